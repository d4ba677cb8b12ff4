"""How requests to an authorization server are spelled, by Authlib's functions without I/O.

The only file that imports Authlib, which costs 15 ms: import this one where a request
is made, never above.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import (
    prepare_grant_uri,
    prepare_token_request,
)
from authlib.oauth2.rfc7009 import (
    prepare_revoke_token_request,
)
from authlib.oauth2.rfc7636 import (
    create_s256_code_challenge,
)

from mcp_proxy.oauth.http import HttpRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.oauth.model import Client

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


def code_challenge(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636 §4.2)."""
    return str(create_s256_code_challenge(verifier))


def authorization_url(endpoint: str, parameters: Mapping[str, str | None]) -> str:
    """The page of RFC 6749 §4.1.1; the endpoint's own query stays, None is left out."""
    return str(prepare_grant_uri(endpoint, **parameters))


def token_request(
    endpoint: str, client: Client, grant_type: str, parameters: Mapping[str, str | None]
) -> HttpRequest:
    """A request to a token endpoint (RFC 6749 §4.1.3, §6); None and "" are left out."""
    return _authenticated(endpoint, client, prepare_token_request(grant_type, **parameters))


def device_request(
    endpoint: str, client: Client, parameters: Mapping[str, str | None]
) -> HttpRequest:
    """A request to a device authorization endpoint (RFC 8628 §3.1); None is left out."""
    said = {name: value for name, value in parameters.items() if value}
    if client.auth_method == "client_secret_basic":
        # §3.1 wants the id in any case, and all other methods write it into the form.
        said["client_id"] = client.client_id
    return _authenticated(endpoint, client, urlencode(said))


def revocation_request(endpoint: str, client: Client, token: str, kind: str) -> HttpRequest:
    """A request to a revocation endpoint (RFC 7009 §2.1); `kind` is its `token_type_hint`."""
    body, _ = prepare_revoke_token_request(token, kind)
    return _authenticated(endpoint, client, body)


def _authenticated(endpoint: str, client: Client, body: str) -> HttpRequest:
    if client.auth_method == "private_key_jwt":
        return _asserted(endpoint, client, body)
    name, secret = client.client_id, client.client_secret or ""
    if client.auth_method == "client_secret_basic":
        # RFC 6749 §2.3.1 wants both form-encoded before Basic. Authlib leaves that out, and
        # servers that follow the RFC (django-oauth-toolkit, the mcp SDK) would then decode
        # what was never encoded: a secret with `+`, `%` or `:` fails. A space becomes %20,
        # not +, which form decoders and URL decoders both read.
        name, secret = quote(name, safe=""), quote(secret, safe="")
    headers = dict(_FORM)
    auth = ClientAuth(name, secret, client.auth_method)
    _, headers, body = auth.prepare("POST", endpoint, headers, body)
    return HttpRequest("POST", endpoint, headers, body.encode())


def _asserted(endpoint: str, client: Client, body: str) -> HttpRequest:
    if client.assertion is None:
        raise ValueError("A client with private_key_jwt needs an assertion for each request")
    # 60 ms, of which most clients need nothing.
    from authlib.oauth2.rfc7523.client import ASSERTION_TYPE  # noqa: PLC0415

    proof = {
        # RFC 7521 §4.2: optional. There are servers that find the key by it.
        "client_id": client.client_id,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": client.assertion,
    }
    said = [pair for pair in parse_qsl(body) if pair[0] not in proof]
    return HttpRequest("POST", endpoint, dict(_FORM), urlencode([*said, *proof.items()]).encode())
