"""All clients of the demo's authorization server."""

from __future__ import annotations

import warnings
from base64 import b64encode
from typing import Any

import pytest
from joserfc import jwk, jwt

from mcp_proxy.demo.application import Application
from mcp_proxy.demo.applications import Applications
from mcp_proxy.demo.ledger import Refusal
from mcp_proxy.demo.switches import Counters, Faults

ISSUER = "https://auth.example"
KEY = jwk.ECKey.generate_key("P-256")
NOW = 1_000.0
REDIRECT = "http://127.0.0.1:1/callback"


def applications(**faults: Any) -> Applications:
    pem = KEY.as_pem(private=False).decode()
    by_hand = [
        Application.registered("person", "s3cret", REDIRECT),
        Application("robot", None, None, frozenset({"client_credentials"}), pem),
    ]
    return Applications(by_hand, Faults(**faults), Counters(), lambda: NOW)


def asserted(**changes: object) -> dict[str, str]:
    claims = {"iss": "robot", "sub": "robot", "aud": ISSUER, "exp": NOW + 300, "jti": "1"} | changes
    return {"client_assertion": jwt.encode({"alg": "ES256"}, claims, KEY)}


def refusal(found: Applications, form: dict[str, str]) -> str:
    with pytest.raises(Refusal) as caught:
        found.authenticated(None, form, ISSUER)
    return caught.value.code


def test_each_client_proves_itself_in_its_own_way() -> None:
    """RFC 6749 §2.3.1, RFC 7523 §2.2."""
    found = applications()
    basic = "Basic " + b64encode(b"person:s3cret").decode()
    assert found.authenticated(basic, {}, ISSUER).client_id == "person"
    assert found.authenticated(None, asserted(), ISSUER).client_id == "robot"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "person"},
        {"sub": "person"},
        {"aud": "https://other.example"},
        {"exp": NOW},
        {"exp": NOW + 3600},
        {"jti": ""},
    ],
)
def test_an_assertion_about_something_else_is_refused(changes: dict[str, object]) -> None:
    """RFC 7523 §3."""
    assert refusal(applications(), asserted(**changes)) == "invalid_client"


def test_an_assertion_is_good_once() -> None:
    """RFC 7523 §3, `jti`."""
    found = applications()
    found.authenticated(None, asserted(), ISSUER)
    assert refusal(found, asserted()) == "invalid_client"


@pytest.mark.parametrize("assertion", ["", "a.b.c", "none"])
def test_what_is_no_assertion_is_refused(assertion: str) -> None:
    """RFC 7523 §3.2."""
    assert refusal(applications(), {"client_assertion": assertion}) == "invalid_client"


def test_somebody_elses_signature_is_refused() -> None:
    """RFC 7523 §3."""
    with warnings.catch_warnings():
        other = jwk.ECKey.generate_key("P-256")
    claims = {"iss": "robot", "sub": "robot", "aud": ISSUER, "exp": NOW + 300, "jti": "1"}
    forged = jwt.encode({"alg": "ES256"}, claims, other)
    assert refusal(applications(), {"client_assertion": forged}) == "invalid_client"


def test_a_client_registers_itself_and_can_be_forgotten() -> None:
    """RFC 7591 §3.2.1; a server without a database forgets at a restart."""
    found = applications(registration="open")
    answer = found.register({"redirect_uris": [REDIRECT]})
    client_id = str(answer["client_id"])
    assert answer["token_endpoint_auth_method"] == "none"
    assert found.authenticated(None, {"client_id": client_id}, ISSUER).redirect_uri == REDIRECT
    found.forget()
    assert refusal(found, {"client_id": client_id}) == "invalid_client"
    assert found.find("person") is not None


def test_what_cannot_be_registered_is_refused() -> None:
    """RFC 7591 §3.2.2."""
    for faults, document in (
        ({"registration": "refused"}, {"redirect_uris": [REDIRECT]}),
        ({"registration": "open"}, []),
        ({"registration": "open"}, {"grant_types": ["authorization_code"]}),
    ):
        with pytest.raises(Refusal):
            applications(**faults).register(document)


def test_a_server_may_know_nobody_any_more() -> None:
    """`Faults.forgets_clients`."""
    form = {"client_id": "person", "client_secret": "s3cret"}
    assert refusal(applications(forgets_clients=True), form) == "invalid_client"
