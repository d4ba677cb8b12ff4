"""A code for tokens, tokens for newer ones, and tokens given back.

Follows RFC 6749 §4.1.3, §5 and §6, RFC 7636 §4.5, RFC 8707 §2 and RFC 7009. Access
tokens are opaque: nothing in them is read.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from mcp_proxy.errors import GatewayUnreachable, SignInRequired, TokenRefused
from mcp_proxy.oauth.document import number
from mcp_proxy.oauth.model import TokenSet
from mcp_proxy.oauth.refusal import is_passing, printable, refusal, refused

if TYPE_CHECKING:
    from mcp_proxy.oauth.authorization import AuthorizationRequest
    from mcp_proxy.oauth.document import Document
    from mcp_proxy.oauth.http import Flow
    from mcp_proxy.oauth.model import AuthorizationServer, Client, Grant

# What can stand in a header: an access token comes from outside and goes into one.
_SENDABLE = re.compile(r"[\x21-\x7e]+")
_HINTS = {
    "invalid_grant": "mcp-permit login",
    "invalid_client": "Check auth.client_id and auth.client_secret. Servers that keep only a "
    "hash of the secret show the secret before it is saved and never again.",
}


def redeem_code(
    server: AuthorizationServer,
    client: Client,
    code: str,
    request: AuthorizationRequest,
    *,
    resource: str | None,
    scope: str | None,
    now: float,
) -> Flow[TokenSet]:
    """The tokens for a code.

    `scope` is what the authorization request asked for: it holds where the answer names
    none. `now` is when the request is made, so that an expiry is never taken too late.

    Raises:
        TokenRefused: the server says no, or its tokens cannot be used.
        GatewayRefused: it gave no answer that OAuth knows.
    """
    form = {
        "redirect_uri": request.redirect_uri,
        "code": code,
        "code_verifier": request.verifier,
        "resource": resource,
    }
    document = yield from _ask(server.token_endpoint, client, "authorization_code", form)
    return _tokens(document, TokenSet("", scope=scope), now)


def refresh(grant: Grant, now: float) -> Flow[Grant]:
    """`grant` with new tokens, from the token endpoint of its sign-in and no other.

    A server that sends no refresh token means the old one to be kept (RFC 6749 §6).

    Raises:
        SignInRequired: the grant holds no refresh token.
        TokenRefused: the server says no; see `is_terminal`.
        GatewayRefused: it gave no answer that OAuth knows; the grant is as good as before.
    """
    tokens = grant.tokens
    if tokens.refresh_token is None:
        raise SignInRequired("The sign-in has ended", hint="mcp-permit login")
    form = {
        "refresh_token": tokens.refresh_token,
        "scope": tokens.scope,
        "resource": grant.resource,
    }
    document = yield from _ask(grant.token_endpoint, grant.client, "refresh_token", form)
    return replace(grant, tokens=_tokens(document, tokens, now))


def revoke(grant: Grant) -> Flow[bool]:
    """Whether the server has taken the grant back (RFC 7009 §2).

    The refresh token goes first and its answer counts; the access token follows because
    §2.1 only recommends that it dies too.
    """
    # Authlib costs 90 ms to import, and only a sign-out wants this.
    from mcp_proxy.oauth import grammar  # noqa: PLC0415

    endpoint, client, tokens = grant.revocation_endpoint, grant.client, grant.tokens
    if endpoint is None:
        return False
    held = {"refresh_token": tokens.refresh_token, "access_token": tokens.access_token}
    first, *others = [
        grammar.revocation_request(endpoint, client, token, kind)
        for kind, token in held.items()
        if token
    ]
    response = yield first
    if not response.is_success:
        return False
    for other in others:
        with suppress(GatewayUnreachable):
            yield other
    return True


def is_terminal(error: BaseException) -> bool:
    """Whether `error` ends a grant: `invalid_grant` does, and nothing else (RFC 6749 §5.2)."""
    return isinstance(error, TokenRefused) and error.code == "invalid_grant"


def _ask(url: str, client: Client, grant_type: str, form: dict[str, str | None]) -> Flow[Document]:
    """The JSON object of a token endpoint that did not refuse (RFC 6749 §5)."""
    # Authlib costs 90 ms to import, and most starts need no new token.
    from mcp_proxy.oauth import grammar  # noqa: PLC0415

    response = yield grammar.token_request(url, client, grant_type, form)
    document = response.json_object()
    # The status first: a gateway in trouble may say `invalid_grant` and not mean it.
    if document is None or is_passing(response.status):
        raise refused(url, response)
    secrets = (form.get("code"), form.get("code_verifier"), form.get("refresh_token"))
    if said := refusal(document, (*secrets, client.client_secret)):
        raise TokenRefused(
            f"The authorization server refuses: {said}", code=said.code, hint=_HINTS.get(said.code)
        )
    if not response.is_success:
        raise refused(url, response)
    return document


def _tokens(document: Document, before: TokenSet, now: float) -> TokenSet:
    """The tokens of an answer; `before` gives what it leaves out (RFC 6749 §5.1, §6)."""
    access_token, kind = document.get("access_token"), document.get("token_type")
    if not isinstance(access_token, str) or not _SENDABLE.fullmatch(access_token):
        raise TokenRefused("The authorization server gave no access token that can be sent")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise TokenRefused(f"The token is not a Bearer token but {printable(str(kind))}")
    life_seconds = number(document.get("expires_in"))
    return TokenSet(
        access_token=access_token,
        refresh_token=_text(document, "refresh_token") or before.refresh_token,
        issued_at=now,
        expires_at=None if life_seconds is None else now + max(life_seconds, 0.0),
        scope=_text(document, "scope") or before.scope,
    )


def _text(document: Document, name: str) -> str | None:
    value = document.get(name)
    return value if isinstance(value, str) else None
