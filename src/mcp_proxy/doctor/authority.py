"""The steps of OAuth before anybody signs in: challenge, metadata, client.

Follows MCP 2026-07-28, "Authorization", by the same flows as a sign-in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.doctor.finding import Finding
from mcp_proxy.doctor.question import hello, impossible_registration, message_of, page
from mcp_proxy.errors import DiscoveryError, GatewayRefused, RegistrationError, RemoteProtocolError
from mcp_proxy.oauth.challenge import bearer_challenge
from mcp_proxy.oauth.discovery import discover
from mcp_proxy.oauth.endpoint import reach_of
from mcp_proxy.oauth.refusal import refusal
from mcp_proxy.oauth.resource import discover_resource, metadata_urls
from mcp_proxy.tokens.store import GrantStore

if TYPE_CHECKING:
    from mcp_proxy.doctor.patient import Patient
    from mcp_proxy.oauth.http import HttpResponse
    from mcp_proxy.oauth.model import AuthorizationServer

_UNAUTHORIZED, _NOT_FOUND, _NOT_ALLOWED, _BROKEN = 401, 404, 405, 500
_CLOSED = {401, 403, _NOT_FOUND, _NOT_ALLOWED}


async def challenge(patient: Patient) -> Finding:
    """The gateway asks for a token, or needs none.

    Raises:
        GatewayError: there is no MCP endpoint, or it does not answer.
    """
    answer = await patient.web.perform(hello(patient.profile.url, patient.headers))
    facts = {"status": answer.status}
    if answer.status == _UNAUTHORIZED:
        patient.challenge = answer.headers
        if patient.profile.auth.grant == "none":
            says = "The gateway asks for a token, and the profile has none"
            hint = 'Take grant = "none" out of the profile, or bring a token.'
            return Finding("challenge", "broken", says, hint, facts)
        if bearer_challenge(answer.headers) is None:
            says = "The gateway asks for a token and does not say where to get one"
            return Finding("challenge", "warning", says, facts=facts)
        return Finding("challenge", "ok", "The gateway asks for a token", facts=facts)
    if message_of(answer) is not None:
        patient.asks_for_token = False
        return Finding("challenge", "ok", "The gateway asks for no token", facts=facts)
    raise _no_endpoint(answer)


def _no_endpoint(answer: HttpResponse) -> GatewayRefused | RemoteProtocolError:
    """Why what answered is no MCP endpoint."""
    status, where = answer.status, answer.headers.get("location")
    if where is not None:
        told = where.partition("?")[0]
        return RemoteProtocolError(
            f"The address leads on to {told} (HTTP {status})",
            hint=f"Use that one as the profile's url, slash at the end and all: {told}",
        )
    if status >= _BROKEN:
        return GatewayRefused(
            f"The gateway answers HTTP {status}", status=status, hint="Ask who runs it."
        )
    if status in {_NOT_FOUND, _NOT_ALLOWED}:
        return GatewayRefused(
            f"There is no MCP endpoint at this path (HTTP {status})",
            status=status,
            hint="Check the path of the profile's url, a slash at its end included.",
        )
    kind = answer.headers.get("content-type", "nothing").partition(";")[0]
    return RemoteProtocolError(
        f"Something else than MCP answers there (HTTP {status}, {kind})",
        hint="Is this the address of an MCP endpoint?",
    )


async def resource_metadata(patient: Patient) -> Finding:
    """What the gateway publishes about itself (RFC 9728).

    Raises:
        DiscoveryError: it is about something else.
        GatewayRefused: a place answered 429 or 5xx.
    """
    profile = patient.profile
    if not patient.signs_in:
        return Finding("resource metadata", "skipped", "No token has to be asked for")
    reach = reach_of(profile.url, allow_http=profile.network.allow_http)
    asked = bearer_challenge(patient.challenge)
    patient.resource = await patient.web.perform(
        discover_resource(profile.url, asked, reach, vouched=profile.auth.resource)
    )
    places = metadata_urls(profile.url, asked, reach)
    if patient.resource is None:
        says, facts = "The gateway publishes none", {"looked_at": places}
        if profile.auth.endpoints is not None:
            return Finding("resource metadata", "ok", says, facts=facts)
        hint = "auth.endpoints can stand in for it."
        return Finding("resource metadata", "warning", says, hint, facts)
    says = f"The gateway is {patient.resource.resource}"
    published = {
        "resource": patient.resource.resource,
        "authorization_servers": list(patient.resource.authorization_servers),
    }
    return Finding("resource metadata", "ok", says, facts=published)


async def server_metadata(patient: Patient) -> Finding:
    """What its authorization server publishes (RFC 8414), or the profile says of it.

    Raises:
        DiscoveryError: there is none, or it speaks for another, or is unsafe.
        GatewayRefused: a place answered 429 or 5xx.
    """
    profile = patient.profile
    if not patient.signs_in:
        return Finding("server metadata", "skipped", "No token has to be asked for")
    found = await patient.web.perform(
        discover(
            profile.url,
            bearer_challenge(patient.challenge),
            endpoints=profile.auth.endpoints,
            resource=profile.auth.resource,
            allow_http=profile.network.allow_http,
        )
    )
    server = patient.server = found.server
    facts = {
        "issuer": server.issuer,
        "authorization_endpoint": server.authorization_endpoint,
        "token_endpoint": server.token_endpoint,
        "from": "the profile" if profile.auth.endpoints else "its metadata",
    }
    if not server.is_known_for_s256:
        says = f"{server.issuer} does not advertise PKCE with S256"
        hint = "It cannot be used safely as it is: ask who runs it, or set auth.endpoints."
        return Finding("server metadata", "broken", says, hint, facts)
    if patient.resource is None and profile.auth.endpoints is None:
        await _is_there(patient, server)
    return Finding("server metadata", "ok", f"Tokens come from {server.issuer}", facts=facts)


async def _is_there(patient: Patient, server: AuthorizationServer) -> None:
    """Whether a server that nobody has named has a page to sign in at.

    Without any metadata its addresses are a guess (MCP 2025-03-26, "Fallbacks").
    """
    if server.authorization_endpoint is None:
        return
    answer = await patient.web.perform(page(server.authorization_endpoint))
    if answer.status == _NOT_FOUND:
        raise DiscoveryError(
            "There is no metadata, and no sign-in page where a server without it has one",
            hint="Ask where the authorization server is, and set auth.endpoints.",
        )


async def client(patient: Patient) -> Finding:
    """There is a client to be, without making one.

    Raises:
        RegistrationError: there is none.
        StoreError: the vault cannot be read.
    """
    auth, server = patient.profile.auth, patient.server
    if not patient.signs_in or server is None:
        return Finding("client", "skipped", "No token has to be asked for")
    if auth.client_id is not None:
        patient.client_id = auth.client_id
        return Finding("client", "ok", f"Configured: {auth.client_id}", facts=_named(patient))
    if auth.client_metadata_url and server.client_id_metadata_document_supported:
        patient.client_id = auth.client_metadata_url
        return Finding("client", "ok", "Known by its metadata document", facts=_named(patient))
    remembered = GrantStore(patient.home.vault).client_for(server.issuer, auth.redirect_uri)
    if remembered is not None:
        patient.client_id = remembered.client_id
        return Finding("client", "ok", "Registered by an earlier sign-in", facts=_named(patient))
    if server.registration_endpoint is None:
        raise _no_client(f"{server.issuer} does not register clients")
    answer = await patient.web.perform(impossible_registration(server.registration_endpoint))
    if not _is_open(answer):
        said = refusal(answer.json_object() or {}) or f"HTTP {answer.status}"
        raise _no_client(f"{server.issuer} refuses to register clients: {said}")
    return Finding("client", "ok", "The first sign-in registers one")


def _is_open(answer: HttpResponse) -> bool:
    """Whether all that was wrong with the impossible registration is its missing redirect."""
    return answer.is_success or (answer.status not in _CLOSED and b"redirect" in answer.body)


def _named(patient: Patient) -> dict[str, object]:
    return {"client_id": patient.client_id}


def _no_client(says: str) -> RegistrationError:
    return RegistrationError(
        says, hint="Register a client there by hand, then set auth.client_id and any secret."
    )
