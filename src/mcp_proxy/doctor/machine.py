"""The steps on this machine: the environment, the redirect, the stored token.

Nothing is written, renewed or asked of a person; a locked keyring is reported as such.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from mcp_proxy.config.load import read_client_secret, read_headers, read_jwt, read_key, read_token
from mcp_proxy.doctor.finding import Finding
from mcp_proxy.doctor.question import page
from mcp_proxy.errors import SignInRequired
from mcp_proxy.login.attempts import attempts_of
from mcp_proxy.login.attention import ending
from mcp_proxy.net.port import bind
from mcp_proxy.net.route import forward_proxy
from mcp_proxy.oauth.authorization import authorization_request, openable
from mcp_proxy.oauth.model import Client
from mcp_proxy.oauth.resource import resource_indicator
from mcp_proxy.tokens.store import GrantStore

if TYPE_CHECKING:
    from mcp_proxy.doctor.patient import Patient
    from mcp_proxy.oauth.model import Grant

_ANY_PORT = "http://127.0.0.1:0/callback"
_REFUSED = 400


def environment(patient: Patient) -> Finding:
    """Every secret that the profile refers to is there; proxies and home can be read.

    Raises:
        ConfigError: one of them is not; the sentence names it.
    """
    auth, warning = patient.profile.auth, None
    patient.headers = read_headers(patient.profile.network.headers)
    if auth.client_secret is not None:
        patient.secret = read_client_secret(auth.client_secret)
        warning = _looks_odd(patient.secret)
    if auth.client_key is not None:
        read_key(auth.client_key)
    if auth.assertion is not None:
        read_jwt(auth.assertion)
    forward_proxy(patient.profile.url, patient.environ)
    facts = {"home": str(patient.home.state)}
    if warning is not None:
        return Finding("environment", "broken", *warning, facts=facts)
    return Finding("environment", "ok", f"Files lie in {patient.home.state}", facts=facts)


def _looks_odd(secret: str) -> tuple[str, str] | None:
    """What people paste in place of a client's secret (systems.md §1.6)."""
    if secret.startswith("{"):
        return (
            "The client secret is a whole JSON object, as mcp-remote's option takes it",
            "Put client_id into the profile, and only the value of client_secret into the secret.",
        )
    if secret != secret.strip() or " " in secret:
        return (
            "The client secret has white space in it",
            "Copy it again: a secret is one word.",
        )
    return None


async def redirect(patient: Patient) -> Finding:
    """The port is free, and the server takes the redirect for this client.

    Raises:
        AuthError, ConfigError: the port cannot be used.
    """
    auth = patient.profile.auth
    if not patient.signs_in or auth.is_unattended or auth.grant == "device-code":
        return Finding("redirect", "skipped", "This way of signing in has no redirect")
    uri = auth.redirect_uri or _ANY_PORT
    if urlsplit(uri).scheme == "https":
        return Finding(
            "redirect", "ok", "The redirect leads to another machine", facts={"uri": uri}
        )
    sockets, real = bind(uri)
    for one in sockets:
        one.close()
    if auth.redirect_uri is None or patient.client_id is None or patient.server is None:
        return Finding("redirect", "ok", "A free port of this machine", facts={"uri": uri})
    return await _accepted(patient, patient.client_id, real)


async def _accepted(patient: Patient, client_id: str, uri: str) -> Finding:
    """Whether the authorization page opens for this client and this redirect.

    RFC 6749 §4.1.2.1: a server that does not know them says so on that page, and sends
    nobody back.
    """
    server, facts = patient.server, {"uri": uri, "client_id": client_id}
    if server is None or server.authorization_endpoint is None:
        return Finding("redirect", "ok", "The port is free", facts=facts)
    request = authorization_request(
        server,
        Client(client_id),
        redirect_uri=uri,
        scope=patient.profile.auth.scope,
        resource=resource_indicator(
            patient.profile.url, patient.profile.auth.resource, patient.resource
        ),
        state=secrets.token_urlsafe(24),
        verifier=secrets.token_urlsafe(48),
    )
    answer = await patient.web.perform(page(openable(request.url)))
    told = parse_qs(urlsplit(answer.headers.get("location", "")).query).get("error", [""])[0]
    if answer.status >= _REFUSED or told:
        why = told or f"HTTP {answer.status}"
        return Finding(
            "redirect",
            "broken",
            f"The authorization server refuses client {client_id} with {uri}: {why}",
            "Compare client id and redirect URI with what is registered there, letter for letter.",
            facts,
        )
    return Finding("redirect", "ok", "The port is free, and the server takes it", facts=facts)


def token(patient: Patient) -> Finding:
    """There is a token that can be sent.

    Raises:
        ConfigError, StoreError, AuthError: there is none, and why.
    """
    auth = patient.profile.auth
    if auth.grant == "bearer" and auth.token is not None:
        patient.token = read_token(auth.token)
        told = ending(auth.token_expires_at, patient.now)
        return Finding("token", "warning" if told else "ok", told or f"From {auth.token}")
    if not patient.signs_in:
        return Finding("token", "skipped", "The gateway asks for none")
    store = GrantStore(patient.home.vault)
    found = store.find(patient.profile.url, patient.profile.account, auth.client_id)
    if found is None:
        raise _nobody(patient)
    return _judged(patient, found[1])


def _nobody(patient: Patient) -> SignInRequired:
    last = attempts_of(patient.profile, patient.home).last()
    why = f"; the last try failed: {last[1]}" if last is not None else ""
    return SignInRequired(
        f"Nobody is signed in as {patient.profile.account}{why}",
        hint=f"mcp-permit login {patient.profile.name}",
    )


def _judged(patient: Patient, grant: Grant) -> Finding:
    wanted = resource_indicator(
        patient.profile.url, patient.profile.auth.resource, patient.resource
    )
    facts = {
        "issuer": grant.issuer,
        "client_id": grant.client.client_id,
        "scope": grant.tokens.scope,
        "resource": grant.resource,
        "expires_at": grant.tokens.expires_at,
        "renewable": grant.is_renewable,
    }
    again = f"mcp-permit login {patient.profile.name} --again"
    if patient.server is not None and grant.issuer != patient.server.issuer:
        says = f"It was issued by {grant.issuer}, and the gateway now names {patient.server.issuer}"
        return Finding("token", "broken", says, again, facts)
    if grant.resource not in {None, wanted}:
        says = f"It was asked for {grant.resource}, and the gateway is {wanted}"
        return Finding("token", "broken", says, again, facts)
    if grant.tokens.is_fresh(patient.now):
        patient.token = grant.tokens.access_token
        return Finding("token", "ok", f"Issued by {grant.issuer}", facts=facts)
    if grant.is_renewable:
        says = "It has ended, and the next use renews it"
        return Finding("token", "warning", says, "mcp-permit tools renews it now", facts)
    return Finding("token", "broken", "It has ended, and nothing renews it", again, facts)
