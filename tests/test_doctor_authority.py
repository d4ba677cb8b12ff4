"""The steps of OAuth before anybody signs in, where the walk does not come by."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from doctor_world import ISSUER, patient_of
from mcp_proxy.config.model import Endpoints
from mcp_proxy.doctor import authority
from mcp_proxy.errors import GatewayRefused, RegistrationError, RemoteProtocolError
from mcp_proxy.net.http import Web
from mcp_proxy.oauth.model import AuthorizationServer, Client
from mcp_proxy.tokens.store import GrantStore
from mcp_proxy.values import replace
from net_world import Gateway, within

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from mcp_proxy.doctor.finding import Finding
    from mcp_proxy.doctor.patient import Patient


def answer(status: int, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def looked(
    patient: Patient, step: Callable[[Patient], Awaitable[Finding]], *answers: bytes
) -> Finding:
    """What a step finds where these answers come, one after the other."""

    async def look() -> Finding:
        async with Gateway(*answers) as gateway, Web() as patient.web, within():
            patient.profile = replace(patient.profile, url=gateway.url)
            if patient.server is not None:
                there = f"{gateway.url}/register"
                patient.server = replace(patient.server, registration_endpoint=there)
            return await step(patient)

    return asyncio.run(look())


SERVER = AuthorizationServer(ISSUER, f"{ISSUER}/authorize", f"{ISSUER}/token")
HTML = ("Content-Type: text/html",)


def test_a_challenge_without_words_is_a_warning(tmp_path: Path) -> None:
    """RFC 9728 §5.1: older gateways say only 401."""
    found = looked(patient_of(tmp_path), authority.challenge, answer(401))
    assert found.verdict == "warning"


def test_a_profile_without_a_token_at_a_gateway_that_wants_one(tmp_path: Path) -> None:
    """Ours."""
    found = looked(patient_of(tmp_path, grant="none"), authority.challenge, answer(401))
    assert (found.verdict, found.step) == ("broken", "challenge")
    assert "grant" in (found.hint or "")


@pytest.mark.parametrize(
    ("reply", "kind", "told"),
    [
        (answer(503), GatewayRefused, "HTTP 503"),
        (answer(405), GatewayRefused, "no MCP endpoint at this path"),
        (answer(200, b"<p>Hello", *HTML), RemoteProtocolError, "Something else than MCP"),
        (answer(400, b"no"), RemoteProtocolError, "HTTP 400, nothing"),
    ],
)
def test_what_is_no_endpoint_is_told_apart(
    tmp_path: Path, reply: bytes, kind: type[Exception], told: str
) -> None:
    """Ours."""
    with pytest.raises(kind, match=told):
        looked(patient_of(tmp_path), authority.challenge, reply)


def test_endpoints_by_hand_need_no_metadata(tmp_path: Path) -> None:
    """systems.md §1.3: metadata may be missing."""
    by_hand = Endpoints(f"{ISSUER}/authorize", f"{ISSUER}/token")
    patient = patient_of(tmp_path, endpoints=by_hand)
    found = looked(patient, authority.resource_metadata, answer(404))
    assert (found.verdict, found.says) == ("ok", "The gateway publishes none")
    found = looked(patient, authority.server_metadata, answer(404))
    assert (found.verdict, found.facts["from"]) == ("ok", "the profile")


def test_a_server_without_pkce_is_broken(tmp_path: Path) -> None:
    """MCP 2026-07-28: S256 must be advertised."""
    document = b'{"issuer":"%s","authorization_endpoint":"%s/a","token_endpoint":"%s/t"}'
    patient = patient_of(tmp_path)

    async def look() -> Finding:
        async with Gateway(b"") as gateway, Web() as patient.web, within():
            origin = gateway.url.removesuffix("/mcp").encode()
            metadata = answer(200, document % (origin, origin, origin))
            gateway.answers[:] = [answer(404), answer(404), metadata]
            patient.profile = replace(patient.profile, url=gateway.url)
            return await authority.server_metadata(patient)

    found = asyncio.run(look())
    assert (found.verdict, "S256" in found.says) == ("broken", True)


def test_where_no_token_is_asked_for_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    """Ours."""
    patient = patient_of(tmp_path, grant="none")
    for step in (authority.resource_metadata, authority.server_metadata, authority.client):
        assert asyncio.run(step(patient)).verdict == "skipped"


def test_a_server_for_devices_needs_no_page(tmp_path: Path) -> None:
    """RFC 8628: nobody is sent to an authorization endpoint."""
    by_hand = Endpoints(None, f"{ISSUER}/token", device_authorization_endpoint=f"{ISSUER}/device")
    patient = patient_of(tmp_path, endpoints=by_hand, resource="https://gateway.example/mcp")
    assert looked(patient, authority.server_metadata, answer(404)).verdict == "ok"


def test_a_client_known_by_its_document_or_from_before(tmp_path: Path) -> None:
    """MCP 2026-07-28, "Client Registration Approaches"."""
    url = "https://me.example/client.json"
    patient = patient_of(tmp_path, client_metadata_url=url)
    patient.server = replace(SERVER, client_id_metadata_document_supported=True)
    assert asyncio.run(authority.client(patient)).facts["client_id"] == url
    other = patient_of(tmp_path)
    other.server = SERVER
    GrantStore(other.home.vault).remember_client(ISSUER, Client("dyn-1", origin="registered"))
    assert asyncio.run(authority.client(other)).says == "Registered by an earlier sign-in"


def test_a_server_that_registers_nobody_wants_a_client_by_hand(tmp_path: Path) -> None:
    """Ours."""
    patient = patient_of(tmp_path)
    patient.server = SERVER
    with pytest.raises(RegistrationError, match="does not register clients"):
        asyncio.run(authority.client(patient))


@pytest.mark.parametrize(
    ("reply", "is_open"),
    [
        (answer(400, b'{"error":"invalid_redirect_uri"}'), True),
        (answer(201, b"{}"), True),
        (answer(403, b"redirect"), False),
        (answer(400, b'{"error":"invalid_client_metadata"}'), False),
    ],
)
def test_whether_clients_are_registered_is_told_by_what_is_wrong_with_ours(
    tmp_path: Path, reply: bytes, is_open: object
) -> None:
    """RFC 7591 §3.2.2."""
    patient = patient_of(tmp_path)
    patient.server = SERVER
    if is_open:
        assert looked(patient, authority.client, reply).verdict == "ok"
        return
    with pytest.raises(RegistrationError, match="refuses to register clients"):
        looked(patient, authority.client, reply)
