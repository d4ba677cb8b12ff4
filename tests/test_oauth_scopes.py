"""What to ask for."""

from __future__ import annotations

import pytest

from mcp_proxy.oauth.challenge import Challenge
from mcp_proxy.oauth.model import AuthorizationServer, ProtectedResource
from mcp_proxy.oauth.scopes import is_covered, scope_to_request, scope_to_step_up, united


def server(*scopes: str) -> AuthorizationServer:
    return AuthorizationServer(
        "https://auth.example",
        "https://auth.example/a",
        "https://auth.example/t",
        scopes_supported=scopes,
    )


def gateway(*scopes: str) -> ProtectedResource:
    return ProtectedResource("https://gateway.example/mcp", ("https://auth.example",), scopes)


def test_the_profile_has_the_first_word_and_the_last() -> None:
    """Ours. Nothing is added to what a person wrote."""
    chosen = scope_to_request(
        "mine", Challenge(scope="theirs"), gateway("all"), server("offline_access")
    )
    assert chosen == "mine"


def test_an_empty_scope_in_the_profile_sends_none() -> None:
    """Ours. The way out where a gateway advertises scopes that its server refuses."""
    assert scope_to_request("", Challenge(scope="theirs"), gateway("all"), server()) is None


def test_the_challenge_comes_before_what_the_gateway_supports() -> None:
    """MCP 2026-07-28, Authorization, "Scope Selection Strategy"."""
    assert scope_to_request(None, Challenge(scope="a b"), gateway("c"), server("d")) == "a b"


@pytest.mark.parametrize("challenge", [None, Challenge(), Challenge(error="invalid_token")])
def test_all_that_the_gateway_supports_comes_next(challenge: Challenge | None) -> None:
    """MCP 2026-07-28, Authorization, "Scope Selection Strategy"."""
    assert scope_to_request(None, challenge, gateway("a", "b"), server("d")) == "a b"


@pytest.mark.parametrize("resource", [None, gateway(), ProtectedResource("https://g.example", ())])
def test_where_nobody_names_a_scope_none_is_sent(resource: ProtectedResource | None) -> None:
    """MCP 2026-07-28: omit it. What the authorization server lists is for all its clients."""
    assert scope_to_request(None, None, resource, server("openid", "offline_access")) is None


def test_offline_access_is_added_only_where_the_server_lists_it() -> None:
    """SEP-2207."""
    assert (
        scope_to_request(None, None, gateway("a"), server("a", "offline_access"))
        == "a offline_access"
    )
    assert scope_to_request(None, None, gateway("a"), server("a")) == "a"
    unlisted = AuthorizationServer(
        "https://a.example", "https://a.example/a", "https://a.example/t"
    )
    assert scope_to_request(None, None, gateway("a"), unlisted) == "a"


def test_offline_access_is_asked_for_once() -> None:
    """Ours."""
    challenge = Challenge(scope="offline_access a")
    assert scope_to_request(None, challenge, None, server("offline_access")) == "offline_access a"


def test_scopes_are_united() -> None:
    """Ours: each once, the old ones first."""
    assert united("b a", "c  b", None, "") == "b a c"
    assert united(None, "") is None


@pytest.mark.parametrize(
    ("configured", "granted", "asked"),
    [
        (None, "read offline_access", "read offline_access write"),
        (None, "read", "read write offline_access"),
        (None, None, "write offline_access"),
        ("mine", "read", "read write mine"),
    ],
)
def test_a_step_up_keeps_what_was_granted(
    configured: str | None, granted: str | None, asked: str
) -> None:
    """SEP-2350: the union. Servers do not repeat `offline_access` among what they grant."""
    challenge = Challenge(scope="write", error="insufficient_scope")
    assert scope_to_step_up(configured, granted, challenge, server("offline_access")) == asked


def test_a_challenge_that_names_no_scope_adds_none() -> None:
    """RFC 6750 §3.1: the scope of `insufficient_scope` is optional."""
    assert scope_to_step_up(None, "read", None, server()) == "read"


@pytest.mark.parametrize(
    ("scope", "by", "covered"),
    [("a", "b a", True), ("a c", "a b", False), (None, None, True), ("a", None, False)],
)
def test_what_was_granted_already_needs_no_step_up(
    scope: str | None, by: str | None, *, covered: bool
) -> None:
    """Ours."""
    assert is_covered(scope, by) is covered
