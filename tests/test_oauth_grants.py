"""A code for tokens, tokens for newer ones, and tokens given back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conversation import answer, converse, ok
from mcp_proxy.errors import GatewayRefused, GatewayUnreachable, SignInRequired, TokenRefused
from mcp_proxy.oauth.authorization import AuthorizationRequest
from mcp_proxy.oauth.grants import (
    client_credentials,
    is_terminal,
    redeem_code,
    refresh,
    revoke,
)
from mcp_proxy.oauth.model import AuthorizationServer, Client, Grant, TokenSet

if TYPE_CHECKING:
    from mcp_proxy.oauth.http import Flow

SERVER = AuthorizationServer(
    "https://auth.example", "https://auth.example/a", "https://auth.example/token"
)
TOKEN = "POST https://auth.example/token"
REVOKE = "POST https://auth.example/revoke"
RESOURCE = "https://gateway.example/mcp/"
REQUEST = AuthorizationRequest(
    "https://auth.example/a?x",
    "st",
    "canary-verifier",
    "http://localhost:6545/oauth/callback",
    SERVER.issuer,
    False,
)
CONFIDENTIAL = Client("c", "s", auth_method="client_secret_basic")
BEARER: dict[str, object] = {"access_token": "a2", "token_type": "Bearer"}
GRANT = Grant(
    issuer="https://auth.example",
    token_endpoint="https://auth.example/token",
    client=Client("c"),
    resource=RESOURCE,
    tokens=TokenSet("a1", "r1", issued_at=10.0, expires_at=20.0, scope="read write"),
    revocation_endpoint="https://auth.example/revoke",
    account="work",
    signed_in_at=5.0,
)


def redeeming(client: Client = CONFIDENTIAL, *, resource: str | None = RESOURCE) -> Flow[TokenSet]:
    return redeem_code(
        SERVER, client, "canary-code", REQUEST, resource=resource, scope="read write", now=1_000.0
    )


def test_a_code_is_redeemed_with_its_verifier_its_redirect_and_its_resource() -> None:
    """RFC 6749 §4.1.3, RFC 7636 §4.5, RFC 8707 §2.2. The client proves itself by Basic."""
    tokens = converse(
        redeeming(),
        (
            TOKEN,
            {
                "grant_type": "authorization_code",
                "code": "canary-code",
                "redirect_uri": "http://localhost:6545/oauth/callback",
                "code_verifier": "canary-verifier",
                "resource": RESOURCE,
                "authorization": "Basic Yzpz",
            },
            ok(
                BEARER
                | {"refresh_token": "r2", "expires_in": 3600, "scope": "read", "id_token": "x"}
            ),
        ),
    )
    assert tokens == TokenSet("a2", "r2", issued_at=1_000.0, expires_at=4_600.0, scope="read")


def test_a_public_client_names_itself_and_a_resource_that_nobody_named_is_not_sent() -> None:
    """RFC 6749 §3.2.1."""
    tokens = converse(
        redeeming(Client("c"), resource=None),
        (
            TOKEN,
            {
                "grant_type": "authorization_code",
                "code": "canary-code",
                "redirect_uri": "http://localhost:6545/oauth/callback",
                "code_verifier": "canary-verifier",
                "client_id": "c",
            },
            ok(BEARER),
        ),
    )
    assert tokens == TokenSet("a2", issued_at=1_000.0, scope="read write")


def test_a_refresh_repeats_scope_and_resource_and_keeps_all_but_the_tokens() -> None:
    """RFC 6749 §6, RFC 8707 §2.2; peers.md behaviours 4 and 6."""
    grant = converse(
        refresh(GRANT, now=1_000.0),
        (
            TOKEN,
            {
                "grant_type": "refresh_token",
                "refresh_token": "r1",
                "scope": "read write",
                "resource": RESOURCE,
                "client_id": "c",
            },
            ok(BEARER | {"refresh_token": "r2", "expires_in": 60}),
        ),
    )
    tokens = TokenSet("a2", "r2", issued_at=1_000.0, expires_at=1_060.0, scope="read write")
    assert grant == replace(GRANT, tokens=tokens)


@pytest.mark.parametrize("sent", [{}, {"refresh_token": ""}, {"refresh_token": None}])
def test_a_refresh_token_that_is_not_replaced_is_kept(sent: dict[str, object]) -> None:
    """RFC 6749 §6."""
    grant = converse(refresh(GRANT, now=1_000.0), (TOKEN, ok(BEARER | sent)))
    assert grant.tokens.refresh_token == "r1"


def test_a_narrowed_scope_is_what_there_is_from_then_on() -> None:
    """RFC 6749 §6."""
    narrowed = converse(refresh(GRANT, now=1_000.0), (TOKEN, ok(BEARER | {"scope": "read"})))
    assert narrowed.tokens.scope == "read"


def test_an_expiry_that_is_not_repeated_is_unknown() -> None:
    """Ours. The old one is over; the gateway will say when the new one is."""
    assert converse(refresh(GRANT, now=1_000.0), (TOKEN, ok(BEARER))).tokens.expires_at is None


def test_without_a_refresh_token_there_is_nothing_to_ask() -> None:
    """MCP 2026-07-28: never assume that one is issued."""
    with pytest.raises(SignInRequired) as caught:
        converse(refresh(replace(GRANT, tokens=TokenSet("a1")), now=0.0))
    assert caught.value.hint == "mcp-permit login"


@pytest.mark.parametrize(
    ("status", "code", "terminal"),
    [
        (400, "invalid_grant", True),
        (401, "invalid_grant", True),
        (200, "invalid_grant", True),
        (401, "invalid_client", False),
        (400, "invalid_request", False),
        (400, "invalid_scope", False),
        (400, "temporarily_unavailable", False),
        (403, "slow_down", False),
    ],
)
def test_only_an_invalid_grant_ends_a_grant(status: int, code: str, *, terminal: bool) -> None:
    """RFC 6749 §5.2; peers.md behaviour 5. Some servers refuse with 200."""
    with pytest.raises(TokenRefused) as caught:
        converse(refresh(GRANT, now=0.0), (TOKEN, answer(status, {"error": code})))
    assert caught.value.code == code
    assert is_terminal(caught.value) is terminal


@pytest.mark.parametrize(
    ("status", "document"),
    [
        (500, {"error": "invalid_grant"}),
        (503, b"<html>"),
        (429, {"error": "invalid_grant"}),
        (400, b"<html>"),
        (404, None),
        (302, None),
        (403, {"message": "Blocked"}),
        (200, b"<html>"),
    ],
)
def test_an_answer_that_is_not_oauth_says_nothing_about_the_grant(
    status: int, document: object
) -> None:
    """peers.md behaviour 5: 5xx, 429, firewalls and captive portals keep it."""
    with pytest.raises(GatewayRefused) as caught:
        converse(refresh(GRANT, now=0.0), (TOKEN, answer(status, document)))
    assert caught.value.status == status
    assert not is_terminal(caught.value)


def test_no_answer_says_nothing_about_the_grant() -> None:
    """peers.md behaviour 5."""
    with pytest.raises(GatewayUnreachable) as caught:
        converse(refresh(GRANT, now=0.0), (TOKEN, GatewayUnreachable("No route")))
    assert not is_terminal(caught.value)


def test_what_a_server_echoes_of_our_secrets_is_masked() -> None:
    """peers.md behaviour 27."""
    client = Client("c", "canary-secret", auth_method="client_secret_post")
    echo = "Bad canary-code canary-verifier canary-secret"
    with pytest.raises(TokenRefused) as caught:
        converse(redeeming(client), (TOKEN, answer(400, {"error": "x", "error_description": echo})))
    assert str(caught.value) == "The authorization server refuses: Bad *** *** *** (x)"
    held = replace(GRANT, tokens=TokenSet("a1", "canary-refresh"))
    with pytest.raises(TokenRefused) as caught:
        converse(refresh(held, 0.0), (TOKEN, answer(400, {"error": "canary-refresh"})))
    assert "canary" not in f"{caught.value}{caught.value.data()}{caught.value.code}"


def test_a_sign_out_gives_both_tokens_back() -> None:
    """RFC 7009 §2.1: that the access token dies with the refresh token is only recommended."""
    assert converse(
        revoke(GRANT),
        (
            REVOKE,
            {"token": "r1", "token_type_hint": "refresh_token", "client_id": "c"},
            answer(200),
        ),
        (REVOKE, {"token": "a1", "token_type_hint": "access_token", "client_id": "c"}, answer(400)),
    )


def test_the_answer_about_the_refresh_token_is_the_one_that_counts() -> None:
    """Ours. Nothing more is asked of a server that refuses or falls silent."""
    assert not converse(revoke(GRANT), (REVOKE, answer(503)))
    assert converse(revoke(GRANT), (REVOKE, answer(200)), (REVOKE, GatewayUnreachable("Gone")))
    with pytest.raises(GatewayUnreachable):
        converse(revoke(GRANT), (REVOKE, GatewayUnreachable("Gone")))


def test_without_a_refresh_token_the_access_token_is_given_back() -> None:
    """RFC 7009 §2.1."""
    grant = replace(GRANT, tokens=TokenSet("a1"), client=CONFIDENTIAL)
    said: dict[str, object] = {
        "token": "a1",
        "token_type_hint": "access_token",
        "authorization": "Basic Yzpz",
    }
    assert converse(revoke(grant), (REVOKE, said, answer(200)))


def test_a_server_that_takes_nothing_back_is_not_asked() -> None:
    """RFC 7009: an extension."""
    assert not converse(revoke(replace(GRANT, revocation_endpoint=None)))


def test_a_client_that_has_lost_its_key_cannot_give_anything_back() -> None:
    """RFC 7523 §2.2."""
    assert not converse(revoke(replace(GRANT, client=Client("c", auth_method="private_key_jwt"))))


def test_a_client_gets_tokens_of_its_own() -> None:
    """RFC 6749 §4.4, RFC 8707 §2.2. A refresh token is passed over, as §4.4.3 would have it."""
    tokens = converse(
        client_credentials(
            SERVER.token_endpoint, CONFIDENTIAL, scope="read", resource=RESOURCE, now=1_000.0
        ),
        (
            TOKEN,
            {
                "grant_type": "client_credentials",
                "scope": "read",
                "resource": RESOURCE,
                "authorization": "Basic Yzpz",
            },
            ok(BEARER | {"refresh_token": "r", "expires_in": 60}),
        ),
    )
    assert tokens == TokenSet("a2", issued_at=1_000.0, expires_at=1_060.0, scope="read")


def test_a_client_that_signs_shows_its_signature() -> None:
    """RFC 7523 §2.2."""
    client = Client("c", auth_method="private_key_jwt", assertion="signed")
    converse(
        client_credentials(SERVER.token_endpoint, client, scope=None, resource=None, now=1.0),
        (
            TOKEN,
            {
                "grant_type": "client_credentials",
                "client_id": "c",
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": "signed",
            },
            ok(BEARER),
        ),
    )
