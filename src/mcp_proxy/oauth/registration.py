"""Which client this program is at one authorization server.

In the order of MCP 2026-07-28, "Client Registration Approaches": configured, client
id metadata document, dynamic registration (RFC 7591), else a person has to decide.
What comes out belongs to the server it came from and is never shown to another;
only the address of a metadata document goes everywhere.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mcp_proxy.errors import RegistrationError
from mcp_proxy.oauth.document import number
from mcp_proxy.oauth.endpoint import ANYWHERE, check_endpoint
from mcp_proxy.oauth.http import HttpRequest
from mcp_proxy.oauth.model import AUTHORIZATION_CODE, DEVICE_CODE, Client
from mcp_proxy.oauth.refusal import is_passing, printable, refusal, refused, without_query
from mcp_proxy.values import replace

if TYPE_CHECKING:
    from mcp_proxy.errors import PermitError
    from mcp_proxy.oauth.document import Document
    from mcp_proxy.oauth.http import Flow, HttpResponse
    from mcp_proxy.oauth.model import AuthMethod, AuthorizationServer

_CLIENT_NAME = "mcp-permit"
_PUBLIC: tuple[AuthMethod, ...] = ("none",)
# In the order of choice for a client with a secret. Basic comes after the form: there are
# servers that take a Basic header only with the client id in the form as well (the mcp SDK
# and what stands on it), and others that take that for two proofs at once (Okta).
_METHODS: tuple[AuthMethod, ...] = ("client_secret_post", "client_secret_basic", *_PUBLIC)
_USUAL_METHOD: tuple[AuthMethod, ...] = ("client_secret_basic",)
_BY_REDIRECT: dict[str, object] = {
    "grant_types": [AUTHORIZATION_CODE, "refresh_token"],
    "response_types": ["code"],
    # OpenID Connect Registration §2: without it a loopback redirect URI is refused.
    "application_type": "native",
}
# RFC 7591 §2: redirect URIs are for grant types that redirect, and response types follow them.
_BY_DEVICE: dict[str, object] = {
    "grant_types": [DEVICE_CODE, "refresh_token"],
    "response_types": [],
    "application_type": "native",
}
# What Django's password hashers write. Servers on that framework show a secret once
# and its hash ever after, and people copy what they see.
_PASSWORD_HASH = re.compile(r"(pbkdf2_sha\d+|argon2|bcrypt(_sha256)?|scrypt)\$")
_ASK = "Register a client there by hand, then set auth.client_id and any auth.client_secret."


def obtain_client(
    server: AuthorizationServer,
    *,
    configured: Client | None,
    metadata_url: str | None,
    remembered: Client | None,
    redirect_uri: str,
    now: float,
    scope: str | None = None,
    bound_to: str | None = None,
) -> Flow[Client]:
    """The client to be at `server`.

    Args:
        server: where; what it advertises decides.
        configured: the profile's client. With a secret and `auth_method` "none" the
            method is chosen here; any other method is the profile's word and stays.
        metadata_url: of this program's client id metadata document.
        remembered: what an earlier registration with this very issuer gave.
        redirect_uri: exactly what the authorization request will say; empty for device
            codes, which come without a redirect.
        now: epoch seconds, for secrets that expire.
        scope: what will be asked for; some servers refuse what was not registered.
        bound_to: the issuer that `configured` was used with before, if any.

    Raises:
        RegistrationError: no client can be had; the hint says what to configure.
        GatewayRefused: the registration endpoint answered 429 or 5xx.
    """
    if configured is not None:
        return _configured(server, configured, bound_to)
    if metadata_url is not None and server.client_id_metadata_document_supported:
        check_metadata_url(metadata_url)
        return Client(metadata_url, origin="metadata-document")
    if remembered is not None and _is_usable(remembered, redirect_uri, now):
        return remembered
    if server.registration_endpoint is None:
        raise RegistrationError(f"{server.issuer} does not register clients", hint=_ASK)
    return (yield from _register(server, server.registration_endpoint, redirect_uri, scope))


def check_metadata_url(url: str) -> None:
    """Pass a URL that may be a client id (draft-ietf-oauth-client-id-metadata-document §3).

    Raises:
        RegistrationError: it is not https, or has no path, or dot segments in it.
    """
    why = _complaint(url)
    if why is not None:
        raise RegistrationError(
            f"{without_query(url)} cannot be a client id: {why}",
            hint="auth.client_metadata_url is the https URL at which the document lies.",
        )


def _complaint(url: str) -> str | None:
    try:
        parts = check_endpoint(url, ANYWHERE)
    except ValueError as reason:
        return str(reason)
    segments = unquote(parts.path).split("/")
    is_plain = any(segments) and not {".", ".."} & set(segments)
    return None if parts.scheme == "https" and is_plain else "it is not https with a plain path"


def _configured(server: AuthorizationServer, client: Client, bound_to: str | None) -> Client:
    if bound_to is not None and bound_to != server.issuer:
        raise RegistrationError(
            f"The configured client belongs to {bound_to}, and the gateway now names another "
            f"authorization server: {server.issuer}",
            hint="If the gateway has really moved, sign out and in again: mcp-permit logout.",
        )
    if client.client_secret is None:
        return client
    if _PASSWORD_HASH.match(client.client_secret):
        raise RegistrationError(
            "The configured client secret is a password hash, not the secret",
            hint="Servers show a secret only before it is saved. Set a new one there and keep it.",
        )
    if client.auth_method != "none":
        return client
    return replace(client, auth_method=_method_with_secret(server))


def _method_with_secret(server: AuthorizationServer) -> AuthMethod:
    """How to show a secret; to a server that only takes public clients, not at all."""
    # RFC 8414 §2: the default where nothing is advertised.
    supported = server.token_endpoint_auth_methods_supported or _USUAL_METHOD
    for method in _METHODS:
        if method in supported:
            return method
    raise RegistrationError(
        f"{server.issuer} takes no client secret, only {printable(', '.join(supported))}",
        hint="Set auth.token_endpoint_auth_method if it takes one all the same.",
    )


def _is_usable(client: Client, redirect_uri: str, now: float) -> bool:
    is_alive = client.secret_expires_at is None or now < client.secret_expires_at
    return is_alive and client.redirect_uri in {None, redirect_uri}


def _register(
    server: AuthorizationServer, endpoint: str, redirect_uri: str, scope: str | None
) -> Flow[Client]:
    """RFC 7591 §3.1: as a native, public client, unless the server knows no public ones."""
    supported = server.token_endpoint_auth_methods_supported or ("none",)
    wanted = next((name for name in (*_PUBLIC, *_METHODS) if name in supported), "none")
    document = {
        "client_name": _CLIENT_NAME,
        **(_BY_REDIRECT | {"redirect_uris": [redirect_uri]} if redirect_uri else _BY_DEVICE),
        "token_endpoint_auth_method": wanted,
    } | ({"scope": scope} if scope else {})
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    response = yield HttpRequest("POST", endpoint, headers, json.dumps(document).encode())
    if not response.is_success:
        raise _refusal(endpoint, response, redirect_uri)
    return _registered(server, response.json_object() or {}, redirect_uri)


def _refusal(endpoint: str, response: HttpResponse, redirect_uri: str) -> PermitError:
    if is_passing(response.status):
        return refused(endpoint, response)
    said = refusal(response.json_object() or {})
    if said is not None and said.code == "invalid_redirect_uri":
        return RegistrationError(
            f"The authorization server refuses the redirect URI {redirect_uri}: {said}",
            hint="Set auth.redirect_uri to one that it allows, or register a client by hand.",
        )
    why = said or f"HTTP {response.status}"
    return RegistrationError(f"{without_query(endpoint)} registers no client: {why}", hint=_ASK)


def _registered(server: AuthorizationServer, document: Document, redirect_uri: str) -> Client:
    """RFC 7591 §3.2.1: the server may have replaced what was asked for."""
    client_id, secret = document.get("client_id"), document.get("client_secret")
    if not isinstance(client_id, str) or not client_id:
        raise RegistrationError(f"{server.issuer} answered without a client id", hint=_ASK)
    secret = secret if isinstance(secret, str) and secret else None
    expires_at = number(document.get("client_secret_expires_at"))
    return Client(
        client_id,
        secret,
        auth_method=_registered_method(server, document, has_secret=secret is not None),
        origin="registered",
        redirect_uri=redirect_uri,
        # 0 means never.
        secret_expires_at=expires_at or None,
    )


def _registered_method(
    server: AuthorizationServer, document: Document, *, has_secret: bool
) -> AuthMethod:
    said = document.get("token_endpoint_auth_method")
    if said is None:
        return _method_with_secret(server) if has_secret else "none"
    for method in _METHODS if has_secret else _PUBLIC:
        if method == said:
            return method
    raise RegistrationError(
        f"{server.issuer} registered a client {'with' if has_secret else 'without'} a secret "
        f"that has to authenticate by {printable(str(said))}",
        hint=_ASK,
    )
