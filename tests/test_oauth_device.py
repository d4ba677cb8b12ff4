"""The way in by a code that a person types on another device."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conversation import answer, converse, ok
from mcp_proxy.errors import (
    AuthorizationRefused,
    DiscoveryError,
    GatewayRefused,
    GatewayUnreachable,
    TokenRefused,
)
from mcp_proxy.oauth.device import DeviceAuthorization, NotYet, authorize_device, poll
from mcp_proxy.oauth.model import AuthorizationServer, Client, TokenSet

if TYPE_CHECKING:
    from conversation import Answer

ISSUER = "https://auth.example"
SERVER = AuthorizationServer(
    ISSUER, None, f"{ISSUER}/token", device_authorization_endpoint=f"{ISSUER}/device"
)
ASK = f"POST {ISSUER}/device"
TOKEN = f"POST {ISSUER}/token"
RESOURCE = "https://gateway.example/mcp"
LEAST: dict[str, object] = {
    "device_code": "canary-device",
    "user_code": "WDJB-MJHT",
    "verification_uri": f"{ISSUER}/activate",
    "expires_in": 600,
}
ASKED = DeviceAuthorization("canary-device", "WDJB-MJHT", f"{ISSUER}/activate", False, 1_600.0, 5.0)


def beginning(found: Answer, *, allow_http: bool = False) -> DeviceAuthorization:
    flow = authorize_device(
        SERVER, Client("c"), scope="read", resource=RESOURCE, now=1_000.0, allow_http=allow_http
    )
    return converse(flow, (ASK, {"client_id": "c", "scope": "read", "resource": RESOURCE}, found))


def asking(found: Answer, *, seconds: float = 5.0) -> TokenSet | NotYet:
    flow = poll(
        SERVER,
        Client("c"),
        ASKED,
        scope="read",
        resource=RESOURCE,
        interval_seconds=seconds,
        now=1_010.0,
    )
    said: dict[str, object] = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": "canary-device",
        "resource": RESOURCE,
        "client_id": "c",
    }
    return converse(flow, (TOKEN, said, found))


def test_a_person_is_given_a_page_and_a_code() -> None:
    """RFC 8628 §3.2. Five seconds between two questions where the server names none."""
    assert beginning(ok(LEAST)) == ASKED


def test_a_page_that_has_the_code_in_it_is_the_better_one() -> None:
    """RFC 8628 §3.3.1: the code is shown all the same, to be compared."""
    whole = f"{ISSUER}/activate?user_code=WDJB-MJHT"
    found = beginning(ok(LEAST | {"verification_uri_complete": whole, "interval": 2}))
    assert found == replace(ASKED, url=whole, has_code=True, interval_seconds=2.0)


@pytest.mark.parametrize(
    ("said", "interval", "life"),
    [
        ({"interval": "7", "expires_in": "60"}, 7.0, 60.0),
        ({"interval": 0, "expires_in": -5}, 1.0, 0.0),
        ({"interval": 1e9, "expires_in": 1e12}, 60.0, 86_400.0),
        ({"interval": None, "expires_in": None}, 5.0, 86_400.0),
    ],
)
def test_odd_times_do_no_harm(said: dict[str, object], interval: float, life: float) -> None:
    """Ours: neither a storm of questions nor a wait without end."""
    found = beginning(ok(LEAST | said))
    assert (found.interval_seconds, found.expires_at) == (interval, 1_000.0 + life)


@pytest.mark.parametrize("name", ["device_code", "user_code", "verification_uri"])
@pytest.mark.parametrize("value", [None, 7])
def test_an_answer_without_a_code_or_a_page_cannot_be_used(name: str, value: object) -> None:
    """RFC 8628 §3.2: required."""
    with pytest.raises(DiscoveryError, match="no device code that can be used"):
        beginning(ok(LEAST | {name: value}))


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "http://auth.example/activate", "file:///etc/passwd", ""]
)
def test_a_page_that_nobody_should_open_is_shown_to_nobody(url: str) -> None:
    """peers.md behaviour 30; CVE-2025-6514."""
    with pytest.raises(AuthorizationRefused, match="cannot be opened"):
        beginning(ok(LEAST | {"verification_uri": url}))
    if url:
        with pytest.raises(AuthorizationRefused, match="cannot be opened"):
            beginning(ok(LEAST | {"verification_uri_complete": url}))


def test_plain_http_to_another_machine_is_the_persons_own_risk() -> None:
    """Ours: network.allow_http."""
    found = beginning(ok(LEAST | {"verification_uri": "http://auth.test/a"}), allow_http=True)
    assert found.url == "http://auth.test/a"


def test_a_code_is_shown_on_one_line_of_plain_characters() -> None:
    """Ours: a terminal obeys control characters."""
    assert beginning(ok(LEAST | {"user_code": "AB\x1b[2J\r\nCD"})).user_code == "AB [2J CD"


def test_a_server_without_device_codes_is_not_asked() -> None:
    """Ours."""
    plain = replace(SERVER, device_authorization_endpoint=None)
    with pytest.raises(DiscoveryError, match="offers no device codes"):
        converse(authorize_device(plain, Client("c"), scope=None, resource=None, now=0.0))


def test_a_client_that_may_not_do_this_is_told() -> None:
    """RFC 8628 §3.2 points to RFC 6749 §5.2."""
    with pytest.raises(TokenRefused) as caught:
        beginning(answer(400, {"error": "unauthorized_client"}))
    assert caught.value.code == "unauthorized_client"
    assert "registered" in str(caught.value.hint)


def test_the_answer_to_a_yes_is_a_token() -> None:
    """RFC 8628 §3.5."""
    found = asking(ok({"access_token": "a", "token_type": "Bearer", "refresh_token": "r"}))
    assert found == TokenSet("a", "r", issued_at=1_010.0, scope="read")


@pytest.mark.parametrize(
    ("found", "next_seconds"),
    [
        (answer(400, {"error": "authorization_pending"}), 5.0),
        (answer(400, {"error": "slow_down"}), 10.0),
        (answer(429, {"error": "slow_down"}), 10.0),
        (answer(503, b"<html>"), 10.0),
        (GatewayUnreachable("No answer"), 10.0),
    ],
)
def test_the_wait_goes_on_and_never_faster(found: Answer, next_seconds: float) -> None:
    """RFC 8628 §3.5: `slow_down` adds five seconds for good, silence doubles them."""
    assert asking(found) == NotYet(next_seconds)
    assert asking(found, seconds=60.0) == NotYet(60.0)


@pytest.mark.parametrize(
    ("code", "told"), [("access_denied", "said no"), ("expired_token", "in time")]
)
def test_the_end_of_the_wait_is_told(code: str, told: str) -> None:
    """RFC 8628 §3.5."""
    with pytest.raises(AuthorizationRefused, match=told) as caught:
        asking(answer(400, {"error": code}))
    assert caught.value.code == code
    assert caught.value.hint == "mcp-permit login"


def test_other_refusals_are_those_of_every_token_endpoint() -> None:
    """RFC 6749 §5.2."""
    with pytest.raises(TokenRefused, match="invalid_client"):
        asking(answer(401, {"error": "invalid_client"}))


def test_the_secret_code_has_no_representation() -> None:
    """peers.md behaviour 27."""
    assert "canary" not in repr(ASKED)
    with pytest.raises(TokenRefused) as caught:
        asking(answer(400, {"error": "x", "error_description": "no canary-device here"}))
    assert "canary" not in str(caught.value)


def test_a_gateway_error_at_the_beginning_ends_it() -> None:
    """Ours: nobody has been shown anything yet."""
    with pytest.raises(GatewayRefused):
        beginning(answer(503))
