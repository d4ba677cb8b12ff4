"""One question to a token endpoint, and the tokens of its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conversation import answer, converse, ok
from mcp_proxy.errors import GatewayRefused, TokenRefused
from mcp_proxy.oauth.http import HttpRequest
from mcp_proxy.oauth.model import Client, TokenSet
from mcp_proxy.oauth.token_endpoint import answer_to, ask, tokens_for

if TYPE_CHECKING:
    from mcp_proxy.oauth.http import Flow

URL = "https://auth.example/token"
TOKEN = f"POST {URL}"
BEARER: dict[str, object] = {"access_token": "a2", "token_type": "Bearer"}


def asking() -> Flow[TokenSet]:
    """Any grant; `before` says what the request asked for."""
    before = TokenSet("", scope="read write")
    return tokens_for(URL, Client("c"), "any", {"scope": "read write"}, before=before, now=1_000.0)


def test_what_an_answer_leaves_out_is_as_it_was_before() -> None:
    """RFC 6749 §5.1, §6."""
    before = TokenSet("a1", "r1", scope="read")
    tokens = converse(
        tokens_for(URL, Client("c"), "any", {"x": "1", "y": None}, before=before, now=5.0),
        (TOKEN, {"grant_type": "any", "x": "1", "client_id": "c"}, ok(BEARER)),
    )
    assert tokens == TokenSet("a2", "r1", issued_at=5.0, scope="read")


@pytest.mark.parametrize(
    ("expires_in", "expires_at"),
    [
        (3600, 4_600.0),
        ("3600", 4_600.0),
        (59.5, 1_059.5),
        (0, 1_000.0),
        (-10, 1_000.0),
        (None, None),
        ("soon", None),
        (True, None),
    ],
)
def test_an_expiry_is_absolute(expires_in: object, expires_at: float | None) -> None:
    """RFC 6749 §5.1. What cannot be read says nothing; less than nothing is now."""
    tokens = converse(asking(), (TOKEN, ok(BEARER | {"expires_in": expires_in})))
    assert tokens.expires_at == expires_at


@pytest.mark.parametrize("scope", ["", None, ["read"], 7])
def test_an_answer_without_a_scope_granted_what_was_asked_for(scope: object) -> None:
    """RFC 6749 §5.1: optional, if identical."""
    assert converse(asking(), (TOKEN, ok(BEARER | {"scope": scope}))).scope == "read write"


@pytest.mark.parametrize("kind", ["bearer", "Bearer", "BEARER"])
def test_the_case_of_a_token_type_does_not_matter(kind: str) -> None:
    """RFC 6749 §5.1."""
    assert converse(asking(), (TOKEN, ok(BEARER | {"token_type": kind}))).access_token == "a2"


@pytest.mark.parametrize(
    ("kind", "scheme"), [("bearer", "Bearer"), ("Bearer", "Bearer"), ("dpop", "DPoP")]
)
def test_how_a_token_is_sent_is_kept(kind: str, scheme: str) -> None:
    """RFC 6749 §5.1: the type knows no case; RFC 9449 §5."""
    tokens = converse(asking(), (TOKEN, ok(BEARER | {"token_type": kind})))
    assert tokens.token_type == scheme


@pytest.mark.parametrize("kind", ["mac", "", None, 7])
def test_only_a_bearer_token_can_be_used(kind: object) -> None:
    """RFC 6749 §7.1: MUST NOT use a type that is not understood."""
    with pytest.raises(TokenRefused, match="not a Bearer token"):
        converse(asking(), (TOKEN, ok(BEARER | {"token_type": kind})))


def test_some_frameworks_answer_201_to_every_post() -> None:
    """Ours. RFC 6749 §5.1 says 200."""
    assert converse(asking(), (TOKEN, answer(201, BEARER))).access_token == "a2"


@pytest.mark.parametrize("token", [None, "", 7, "a\r\nX: y", "a b", "\u00e9"])
def test_a_token_that_no_header_can_carry_is_refused(token: object) -> None:
    """RFC 6750 §2.1. A line break in it would be a header of somebody else's."""
    with pytest.raises(TokenRefused, match="can be sent"):
        converse(asking(), (TOKEN, ok(BEARER | {"access_token": token})))


@pytest.mark.parametrize(
    ("code", "advice"),
    [("invalid_client", "hash"), ("invalid_grant", "login"), ("invalid_scope", None)],
)
def test_a_refusal_says_what_to_do(code: str, advice: str | None) -> None:
    """systems.md §7.2: a wrong secret has two usual causes."""
    with pytest.raises(TokenRefused, match=code) as caught:
        converse(asking(), (TOKEN, answer(401, {"error": code})))
    assert caught.value.hint is None if advice is None else advice in (caught.value.hint or "")


def test_what_a_server_echoes_of_our_secrets_is_masked() -> None:
    """peers.md behaviour 27. What is no secret stays, or nobody could tell what is wrong."""
    client = Client(
        "c", "canary-secret", auth_method="private_key_jwt", assertion="canary-assertion"
    )
    form = {"device_code": "canary-device", "scope": "readings", "resource": None}
    echo = "canary-device canary-secret canary-assertion readings"
    with pytest.raises(TokenRefused) as caught:
        converse(
            ask(URL, client, "any", dict(form)),
            (TOKEN, answer(400, {"error": "x", "error_description": echo})),
        )
    assert str(caught.value) == "The authorization server refuses: *** *** *** readings (x)"


def test_other_endpoints_refuse_in_the_same_shape() -> None:
    """RFC 8628 §3.2 points to RFC 6749 §5.2."""
    request = HttpRequest("POST", "https://auth.example/device")
    assert converse(answer_to(request, []), (f"POST {request.url}", ok({"a": 1}))) == {"a": 1}
    with pytest.raises(TokenRefused):
        converse(
            answer_to(request, []), (f"POST {request.url}", answer(400, {"error": "invalid_scope"}))
        )


@pytest.mark.parametrize("document", [{"error": "invalid_grant"}, b"<html>"])
def test_a_server_in_trouble_has_said_nothing(document: object) -> None:
    """peers.md behaviour 5."""
    with pytest.raises(GatewayRefused):
        converse(asking(), (TOKEN, answer(503, document)))


def test_a_refusal_in_nobodys_words_is_an_http_error() -> None:
    """Ours: a firewall's 403, say."""
    with pytest.raises(GatewayRefused):
        converse(asking(), (TOKEN, answer(403, {"message": "Blocked"})))
