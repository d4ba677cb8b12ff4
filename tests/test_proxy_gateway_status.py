from __future__ import annotations

import pytest

from mcp_proxy.errors import GatewayRefused, InsufficientScope
from mcp_proxy.proxy.gateway.status import forgets_session, http_error


def test_a_refused_scope_is_told_apart_from_a_refused_account() -> None:
    """RFC 6750 §3.1; MCP 2025-11-25, Scope Challenge Handling."""
    challenge = 'Bearer error="insufficient_scope", scope="files:write"'
    error = http_error(403, {"www-authenticate": challenge})
    assert isinstance(error, InsufficientScope)
    assert error.scope == "files:write"
    assert 'login --scope "files:write"' in str(error.hint)


def test_a_scope_that_nobody_names_gives_no_advice() -> None:
    """Ours."""
    error = http_error(403, {"www-authenticate": 'Bearer error="insufficient_scope"'})
    assert isinstance(error, InsufficientScope)
    assert error.hint is None


def test_an_account_that_may_not_connect_is_told_whom_to_ask() -> None:
    """systems.md §7.2: only Staff may use Integration Gateway's endpoint."""
    error = http_error(403, {})
    assert isinstance(error, GatewayRefused)
    assert error.status == 403
    assert "may not use" in str(error)
    assert str(error).endswith("mcp-permit login --again"), "some clients show only this"
    assert "administrator" in str(error.hint)


def test_a_redirect_names_the_address_to_use() -> None:
    """systems.md §7.2: the slashless form of an address redirects."""
    error = http_error(301, {"location": "https://gateway.example/mcp/"})
    assert error.hint == "Use this address: https://gateway.example/mcp/"
    assert http_error(308, {}).hint is None


def test_other_statuses_are_named() -> None:
    """Ours."""
    assert str(http_error(500, {})) == "The gateway answered HTTP 500"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Old"}}', ": Old"),
        (b'{"error":"forbidden","error_description":"ann is no staff"}', ": ann is no staff"),
        (b'{"error":{"message":"Bearer abcdefgh12345678"}}', ": Bearer ***"),
        (b'{"error":{"message":""}}', ""),
        (b'{"error":{"message":7}}', ""),
        (b'["error"]', ""),
        (b"<h1>Bad</h1>", ""),
    ],
)
def test_what_the_gateway_says_about_it_is_said(body: bytes, words: str) -> None:
    """Ours. A status alone sends people to the wrong place."""
    assert str(http_error(400, {}, body)) == f"The gateway answered HTTP 400{words}"


UNKNOWN = b'{"jsonrpc":"2.0","error":{"code":-32000,"message":"No valid session ID"},"id":null}'


@pytest.mark.parametrize(
    ("status", "body", "is_forgotten"),
    [
        (404, b"", True),
        (404, b"<h1>Nothing here</h1>", True),
        (400, UNKNOWN, True),
        (400, UNKNOWN.replace(b"null", b'"server-error"'), True),
        (410, b"Session has ended", True),
        (503, b"unknown session", True),
        (400, b"Bad request", False),
        (400, UNKNOWN.replace(b"null", b"7"), False),
        (500, UNKNOWN, False),
    ],
)
def test_a_forgotten_session_is_known_by_its_status_or_its_words(
    status: int, body: bytes, *, is_forgotten: bool
) -> None:
    """peers.md §8, behaviour 18; the words are those of the TypeScript SDK's examples."""
    assert forgets_session(status, body) == is_forgotten
