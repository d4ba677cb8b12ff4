"""Which URLs a profile may hold."""

from __future__ import annotations

import pytest

from mcp_proxy.config.urls import (
    endpoint_url,
    gateway_url,
    is_loopback,
    metadata_url,
    redirect_uri,
    resource_uri,
)
from mcp_proxy.errors import ConfigError

KEY = "profiles.demo.url"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://ig.example/integrations/mcp/", "https://ig.example/integrations/mcp/"),
        (" https://ig.example/MCP?Tenant=A ", "https://ig.example/MCP?Tenant=A"),
        ("HTTPS://IG.Example:8443/Mcp", "https://ig.example:8443/Mcp"),
        ("https://ig.example", "https://ig.example"),
        ("https://[2001:DB8::1]:8443/mcp", "https://[2001:db8::1]:8443/mcp"),
        ("http://localhost:8000/mcp", "http://localhost:8000/mcp"),
        ("http://127.0.0.1:8000/mcp", "http://127.0.0.1:8000/mcp"),
        ("http://[::1]:8000/mcp", "http://[::1]:8000/mcp"),
    ],
)
def test_a_gateway_is_kept_as_given_but_for_the_case_of_its_host(given: str, kept: str) -> None:
    """RFC 3986 §6.2.2.1; systems.md §7.2: the trailing slash counts."""
    assert gateway_url(given, KEY, allow_http=False) == kept


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("ig.example/mcp", "is not a URL"),
        ("https:/ig.example", "is not a URL"),
        ("ftp://ig.example/mcp", "must be a web address (https), not ftp"),
        ("file:///etc/passwd", "must be a web address (https), not file"),
        ("https:///mcp", "has no proper host name"),
        ("https://-ig.example/mcp", "has no proper host name"),
        ("https://ig.example:port/mcp", "has no proper host name"),
        ("https://ig.example:65536/mcp", "has a port above 65535"),
        ("https://jo:canary@ig.example/mcp", "must not carry a user name or password"),
        ("https://ig.example/mcp#top", "has a fragment (#…), which is never sent"),
    ],
)
def test_what_is_no_web_address_is_refused_and_not_repeated(given: str, complaint: str) -> None:
    """RFC 3986 §3. A URL may carry secrets, so that the complaint quotes none of it."""
    with pytest.raises(ConfigError) as caught:
        gateway_url(given, KEY, allow_http=True)
    assert str(caught.value) == f"{KEY} {complaint}"
    assert caught.value.key == KEY
    assert "canary" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    "given",
    [
        "https://<your-instance>/mcp",
        "https://{instance}/mcp",
        "https://ig.example/a b",
        "https://ig.example/a\r\nX-Evil: 1",
        "https://ig.example\\@evil.example/",
        "https://bücher.example/mcp",
    ],
)
def test_placeholders_and_smuggled_characters_are_refused(given: str) -> None:
    """RFC 3986 §2: what is not in the grammar must be escaped."""
    with pytest.raises(ConfigError, match=r"^profiles.demo.url (has a char|must not)"):
        gateway_url(given, KEY, allow_http=False)


def test_plain_http_to_another_machine_is_refused() -> None:
    """peers.md behaviour 30."""
    with pytest.raises(ConfigError) as caught:
        gateway_url("http://ig.example:8000/mcp", KEY, allow_http=False)
    assert str(caught.value) == (
        f"{KEY} is plain http to ig.example:8000: whoever is on the way can read the tokens"
    )
    assert "--allow-http" in str(caught.value.hint)


def test_plain_http_is_accepted_by_whoever_says_so() -> None:
    """systems.md §1.2: a local instance behind another name."""
    url = "http://ig.test/mcp"
    assert gateway_url(url, KEY, allow_http=True) == url
    assert endpoint_url(url, KEY, allow_http=True) == url


def test_an_endpoint_keeps_every_letter() -> None:
    """RFC 8414 §3.3: an issuer is compared as a string."""
    url = "HTTPS://Auth.Example/O/Token/"
    assert endpoint_url(f" {url} ", KEY, allow_http=False) == url
    with pytest.raises(ConfigError, match="plain http"):
        endpoint_url("http://auth.example/o/token/", KEY, allow_http=False)


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:6545/oauth/callback",
        "http://127.0.0.1:0/callback",
        "http://[::1]:6545/",
        "https://agents.example/callback",
    ],
)
def test_a_redirect_goes_to_this_machine_or_over_https(uri: str) -> None:
    """RFC 8252 §7.3; systems.md §1.3 for the first one, byte for byte."""
    assert redirect_uri(uri, KEY) == uri


@pytest.mark.parametrize("uri", ["http://ig.example/callback", "http://localhost.evil.example/"])
def test_a_redirect_over_plain_http_to_another_machine_is_refused(uri: str) -> None:
    """RFC 8252 §7.3. The name `localhost` counts only alone."""
    with pytest.raises(ConfigError, match="sends the authorization code over plain http to"):
        redirect_uri(uri, KEY)


def test_a_redirect_to_an_app_scheme_is_refused() -> None:
    """Ours: nothing here could receive it (RFC 8252 §7.1)."""
    with pytest.raises(ConfigError, match=r"not com.example.app$"):
        redirect_uri("com.example.app://callback", KEY)


def test_a_client_metadata_document_has_https_and_a_path() -> None:
    """MCP 2025-11-25 Authorization, Client ID Metadata Documents."""
    url = "https://client.example/mcp-permit.json"
    assert metadata_url(url, KEY) == url
    for wrong in ("https://client.example", "https://client.example/", "http://localhost/c.json"):
        with pytest.raises(ConfigError, match=r"must be an https URL with a path$"):
            metadata_url(wrong, KEY)


def test_a_resource_is_an_absolute_uri_without_fragment() -> None:
    """RFC 8707 §2; it need not be a web address."""
    for uri in ("https://ig.example/integrations/mcp/", "urn:ig:mcp"):
        assert resource_uri(f" {uri}\n", KEY) == uri
    for wrong in ("ig", "/mcp", "https://ig.example/#x", "urn:a b"):
        with pytest.raises(ConfigError, match="must be an absolute URI"):
            resource_uri(wrong, KEY)


@pytest.mark.parametrize(
    ("authority", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST:6545", True),
        ("127.0.0.1:80", True),
        ("127.9.8.7", True),
        ("[::1]", True),
        ("127.0.0.1.evil.example", False),
        ("localhost:6545@evil.example", False),
        ("0.0.0.0", False),
        ("192.168.0.1", False),
    ],
)
def test_loopback_is_this_machine_only(authority: str, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """RFC 8252 §8.3."""
    assert is_loopback(authority) is expected
