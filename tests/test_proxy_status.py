from __future__ import annotations

from mcp_proxy.errors import GatewayRefused, InsufficientScope
from mcp_proxy.proxy.status import http_error


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
    assert "administrator" in str(error.hint)


def test_a_redirect_names_the_address_to_use() -> None:
    """systems.md §7.2: the slashless form of an address redirects."""
    error = http_error(301, {"location": "https://gateway.example/mcp/"})
    assert error.hint == "Use this address: https://gateway.example/mcp/"
    assert http_error(308, {}).hint is None


def test_other_statuses_are_named() -> None:
    """Ours."""
    assert str(http_error(500, {})) == "The gateway answered HTTP 500"
