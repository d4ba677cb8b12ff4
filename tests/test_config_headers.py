"""Extra headers of a profile."""

from __future__ import annotations

import pytest

from mcp_proxy.config.headers import (
    header,
    header_file,
    header_line,
    header_value,
    with_headers,
)
from mcp_proxy.config.model import SecretRef
from mcp_proxy.errors import ConfigError

KEY = "profiles.demo.network.headers.X-Tenant"


def test_a_value_is_plain_text_or_a_reference() -> None:
    """Ours."""
    assert header("X-Tenant", " blue ", KEY) == "blue"
    assert header("X-Api-Key", "env:API_KEY", KEY) == SecretRef("env", "API_KEY")
    assert header("User-Agent", "acme/1.0 (mcp)", KEY) == "acme/1.0 (mcp)"


@pytest.mark.parametrize("name", ["Authorization", "cookie", "Proxy-Authorization"])
def test_a_credential_is_always_a_reference(name: str) -> None:
    """systems.md X10: no secret in plain TOML or argv."""
    assert header(name, "@~/token", KEY) == SecretRef("file", "~/token")
    with pytest.raises(ConfigError) as caught:
        header(name, "Bearer canary", KEY)
    assert "not hold the secret itself" in str(caught.value)
    assert "canary" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("name", ["Host", "content-length", "Mcp-Session-Id", "ACCEPT"])
def test_headers_of_the_connection_are_not_ours_to_give_away(name: str) -> None:
    """RFC 9112 §6; MCP 2025-11-25 Transports."""
    with pytest.raises(ConfigError, match=r"is set by the connection itself$"):
        header(name, "x", KEY)


@pytest.mark.parametrize("name", ["", "X Tenant", "X-Tenant:", "X\r\nEvil", "Ü"])
def test_a_name_is_a_token(name: str) -> None:
    """RFC 9110 §5.6.2."""
    with pytest.raises(ConfigError, match=r"is not a header name$"):
        header(name, "x", KEY)


def test_a_value_stays_on_its_line_and_in_its_alphabet() -> None:
    """RFC 9110 §5.5."""
    with pytest.raises(ConfigError, match="line break"):
        header_value("a\r\nX-Evil: 1", KEY)
    with pytest.raises(ConfigError, match=r"has a letter beyond ASCII in its value$"):
        header_value("blå", KEY)


def test_a_line_is_parted_at_its_first_colon() -> None:
    """Ours: `--header "Name: value"`, as other bridges take it."""
    assert header_line("X-Link: https://a.example", "--header") == ("X-Link", "https://a.example")
    with pytest.raises(ConfigError, match=r"^--header must be written as Name: value$"):
        header_line("X-Tenant=a", "--header")


def test_a_file_has_a_header_on_each_line() -> None:
    """Ours: it may hold credentials, as only its owner can read it."""
    text = "# for the gateway\n\nAuthorization: Bearer abc\r\nx-tenant: red\nX-Tenant:blue\n"
    assert header_file(text, "--header-file h") == {
        "Authorization": "Bearer abc",
        "X-Tenant": "blue",
    }


@pytest.mark.parametrize("line", ["X-Tenant", "Host: a", "X-Tenant:", "X-Key: ü"])
def test_a_complaint_about_a_file_names_its_line(line: str) -> None:
    """Ours."""
    with pytest.raises(ConfigError, match=r"^--header-file h line 2 "):
        header_file(f"X-A: canary\n{line}\n", "--header-file h")


def test_a_later_header_takes_the_place_of_an_earlier_one() -> None:
    """RFC 9110 §5.1: names do not differ by case."""
    assert with_headers({"X-Tenant": "a", "X-B": "b"}, {"x-tenant": "c"}) == {
        "X-B": "b",
        "x-tenant": "c",
    }
