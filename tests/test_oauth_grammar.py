"""How requests to an authorization server are spelled."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from urllib.parse import unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation import words
from mcp_proxy.oauth.grammar import (
    authorization_url,
    code_challenge,
    device_request,
    revocation_request,
    token_request,
)
from mcp_proxy.oauth.model import Client

TOKEN = "https://auth.example/token"


def test_the_challenge_is_the_hash_of_the_verifier() -> None:
    """RFC 7636, appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert code_challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_query_of_an_endpoint_stays() -> None:
    """RFC 6749 §3.1."""
    url = authorization_url(
        "https://auth.example/a?tenant=x%20y",
        {
            "response_type": "code",
            "client_id": "c d",
            "scope": None,
            "resource": "https://g.example/",
        },
    )
    assert url == (
        "https://auth.example/a?tenant=x+y&response_type=code&client_id=c+d"
        "&resource=https%3A%2F%2Fg.example%2F"
    )


def test_a_public_client_names_itself_in_the_form() -> None:
    """RFC 6749 §3.2.1. What is None is left out."""
    request = token_request(
        TOKEN, Client("c"), "refresh_token", {"refresh_token": "r", "scope": None, "resource": None}
    )
    assert words(request) == {"grant_type": "refresh_token", "refresh_token": "r", "client_id": "c"}
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.headers["Accept"] == "application/json"


def test_a_secret_can_go_in_the_form() -> None:
    """RFC 6749 §2.3.1."""
    client = Client("c", "s&=+ \u00e9", auth_method="client_secret_post")
    request = token_request(TOKEN, client, "refresh_token", {"refresh_token": "r"})
    assert words(request) == {
        "grant_type": "refresh_token",
        "refresh_token": "r",
        "client_id": "c",
        "client_secret": "s&=+ \u00e9",
    }


def test_a_client_of_a_server_that_wants_no_secret_shows_none() -> None:
    """Ours. A secret is not shown to a server that does not ask for it."""
    request = token_request(TOKEN, Client("c", "canary"), "refresh_token", {"refresh_token": "r"})
    assert b"canary" not in (request.body or b"")
    assert "Authorization" not in request.headers


@pytest.mark.parametrize(
    ("client_id", "secret"),
    [("c", "simple"), ("a:b", "p+q/r=%41 s"), ("https://c.example/x", "\u00e9\u2713")],
)
def test_basic_carries_both_form_encoded(client_id: str, secret: str) -> None:
    """RFC 6749 §2.3.1, appendix B. Latin-1 is not enough for a secret, nor is it asked for."""
    assert shown_by_basic(client_id, secret) == (client_id, secret)


@given(st.text(st.characters(codec="utf-8"), min_size=1), st.text(st.characters(codec="utf-8")))
def test_basic_loses_no_character(client_id: str, secret: str) -> None:
    """RFC 6749 §2.3.1."""
    assert shown_by_basic(client_id, secret) == (client_id, secret)


def test_basic_escapes_all_that_a_form_would() -> None:
    """RFC 6749 §2.3.1, appendix B."""
    client = Client("a:b", "c/d e+f%", auth_method="client_secret_basic")
    request = token_request(TOKEN, client, "refresh_token", {"refresh_token": "r"})
    assert b64decode(request.headers["Authorization"][6:]) == b"a%3Ab:c%2Fd%20e%2Bf%25"


def test_ordinary_ids_and_secrets_look_alike_encoded_or_not() -> None:
    """Ours. So a server that does not decode sees no difference."""
    client = Client("abc-123_X.y~z", "S3cret", auth_method="client_secret_basic")
    request = token_request(TOKEN, client, "refresh_token", {"refresh_token": "r"})
    assert b64decode(request.headers["Authorization"][6:]) == b"abc-123_X.y~z:S3cret"
    assert words(request).keys() == {"grant_type", "refresh_token", "authorization"}


def test_a_revocation_says_which_kind_of_token_it_is() -> None:
    """RFC 7009 §2.1."""
    request = revocation_request("https://auth.example/revoke", Client("c"), "t", "refresh_token")
    assert (request.method, request.url) == ("POST", "https://auth.example/revoke")
    assert words(request) == {"token": "t", "token_type_hint": "refresh_token", "client_id": "c"}


SIGNING = Client("c", auth_method="private_key_jwt", assertion="signed")


def test_a_signature_goes_in_the_form() -> None:
    """RFC 7521 §4.2, RFC 7523 §2.2. The client's id is optional there; some servers want it."""
    request = token_request(TOKEN, SIGNING, "refresh_token", {"refresh_token": "r s"})
    assert words(request) == {
        "grant_type": "refresh_token",
        "refresh_token": "r s",
        "client_id": "c",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": "signed",
    }


def test_a_signature_is_made_for_each_request() -> None:
    """Ours: a slip of the program, never of a person."""
    with pytest.raises(ValueError, match="an assertion for each request"):
        token_request(TOKEN, replace(SIGNING, assertion=None), "refresh_token", {})


@pytest.mark.parametrize(
    ("client", "proof"),
    [
        (Client("c"), {}),
        (
            Client("c", "s", auth_method="client_secret_basic"),
            {"authorization": "Basic Yzpz"},
        ),
        (Client("c", "s", auth_method="client_secret_post"), {"client_secret": "s"}),
        (
            SIGNING,
            {
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": "signed",
            },
        ),
    ],
)
def test_a_device_names_its_client_whatever_the_proof(
    client: Client, proof: dict[str, object]
) -> None:
    """RFC 8628 §3.1."""
    asked = {"scope": "a b", "resource": None}
    request = device_request("https://auth.example/device", client, asked)
    assert words(request) == {"client_id": "c", "scope": "a b"} | proof
    assert (request.body or b"").count(b"client_id=") == 1


def shown_by_basic(client_id: str, secret: str) -> tuple[str, str]:
    """What a server reads that follows the RFC (django-oauth-toolkit decodes like this)."""
    client = Client(client_id, secret, auth_method="client_secret_basic")
    request = token_request(TOKEN, client, "refresh_token", {"refresh_token": "r"})
    scheme, _, proof = request.headers["Authorization"].partition(" ")
    assert scheme == "Basic"
    name, _, password = b64decode(proof).decode("ascii").partition(":")
    return unquote_plus(name), unquote_plus(password)
