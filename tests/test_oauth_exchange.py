"""Somebody else's word for a token."""

from __future__ import annotations

import pytest

from conversation import answer, converse, ok
from mcp_proxy.errors import TokenRefused
from mcp_proxy.oauth.exchange import id_assertion, redeem_assertion
from mcp_proxy.oauth.model import Client, TokenSet

IDP = "https://login.example/token"
TOKEN = "https://auth.example/token"
RESOURCE = "https://gateway.example/mcp"
VOUCHED: dict[str, object] = {
    "access_token": "canary-assertion",
    "issued_token_type": "urn:ietf:params:oauth:token-type:id-jag",
    "token_type": "N_A",
}


def vouching(found: object, *, status: int = 200) -> str:
    flow = id_assertion(
        IDP,
        Client("us", "s", auth_method="client_secret_basic"),
        "canary-id-token",
        issuer="https://auth.example",
        resource=RESOURCE,
        scope="read",
    )
    said: dict[str, object] = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "requested_token_type": "urn:ietf:params:oauth:token-type:id-jag",
        "subject_token": "canary-id-token",
        "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
        "audience": "https://auth.example",
        "resource": RESOURCE,
        "scope": "read",
        "authorization": "Basic dXM6cw==",
    }
    return converse(flow, (f"POST {IDP}", said, answer(status, found)))


def test_an_identity_provider_vouches_for_a_person_to_another_server() -> None:
    """RFC 8693 §2.1, draft-ietf-oauth-identity-assertion-authz-grant §4.3; SEP-990."""
    assert vouching(VOUCHED) == "canary-assertion"


@pytest.mark.parametrize(
    "said",
    [
        {"issued_token_type": "urn:ietf:params:oauth:token-type:access_token"},
        {"issued_token_type": None},
        {"access_token": None},
    ],
)
def test_any_other_token_is_not_shown_to_the_gateways_server(said: dict[str, object]) -> None:
    """RFC 8693 §2.2.1: an access token for something else would be given away."""
    with pytest.raises(TokenRefused, match="something else than an assertion"):
        vouching(VOUCHED | said)


def test_an_identity_provider_that_refuses_says_why_and_not_what_it_was_shown() -> None:
    """RFC 8693 §2.2.2; peers.md behaviour 27."""
    said = {"error": "invalid_request", "error_description": "canary-id-token has expired"}
    with pytest.raises(TokenRefused, match="has expired") as caught:
        vouching(said, status=400)
    assert "canary" not in str(caught.value)


def test_an_assertion_is_redeemed_and_nothing_of_it_is_kept() -> None:
    """RFC 7523 §2.1, RFC 7521 §4.1: the next tokens need another assertion."""
    flow = redeem_assertion(
        TOKEN, Client("c"), "canary-assertion", resource=RESOURCE, scope="read", now=1_000.0
    )
    tokens = converse(
        flow,
        (
            f"POST {TOKEN}",
            {
                "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
                "assertion": "canary-assertion",
                "resource": RESOURCE,
                "scope": "read",
                "client_id": "c",
            },
            ok(
                {
                    "access_token": "a",
                    "token_type": "Bearer",
                    "expires_in": 60,
                    "refresh_token": "r",
                }
            ),
        ),
    )
    assert tokens == TokenSet("a", issued_at=1_000.0, expires_at=1_060.0, scope="read")
