"""A code for tokens, tokens for newer ones, and tokens given back.

Follows RFC 6749 §4.1.3, §4.4 and §6, RFC 7636 §4.5, RFC 8707 §2 and RFC 7009.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from mcp_proxy.errors import GatewayUnreachable, SignInRequired, TokenRefused
from mcp_proxy.oauth.model import AUTHORIZATION_CODE, CLIENT_CREDENTIALS, TokenSet
from mcp_proxy.oauth.token_endpoint import tokens_for
from mcp_proxy.values import replace

if TYPE_CHECKING:
    from mcp_proxy.oauth.authorization import AuthorizationRequest
    from mcp_proxy.oauth.http import Flow
    from mcp_proxy.oauth.model import AuthorizationServer, Client, Grant


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
    before, endpoint = TokenSet("", scope=scope), server.token_endpoint
    return (
        yield from tokens_for(endpoint, client, AUTHORIZATION_CODE, form, before=before, now=now)
    )


def client_credentials(
    token_endpoint: str, client: Client, *, scope: str | None, resource: str | None, now: float
) -> Flow[TokenSet]:
    """The tokens of `client` itself (RFC 6749 §4.4): a service account, and no person.

    A refresh token is passed over, as §4.4.3 would have it: what gave these tokens gives
    the next ones.

    Raises:
        TokenRefused, GatewayRefused: as `redeem_code`.
    """
    form = {"scope": scope, "resource": resource}
    before = TokenSet("", scope=scope)
    tokens = yield from tokens_for(
        token_endpoint, client, CLIENT_CREDENTIALS, form, before=before, now=now
    )
    return replace(tokens, refresh_token=None)


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
    renewed = yield from tokens_for(
        grant.token_endpoint, grant.client, "refresh_token", form, before=tokens, now=now
    )
    return replace(grant, tokens=renewed)


def revoke(grant: Grant) -> Flow[bool]:
    """Whether the server has taken the grant back (RFC 7009 §2).

    The refresh token goes first and its answer counts; the access token follows because
    §2.1 only recommends that it dies too.
    """
    # Authlib costs 15 ms to import, and only a sign-out wants this.
    from mcp_proxy.oauth import grammar  # noqa: PLC0415

    endpoint, client, tokens = grant.revocation_endpoint, grant.client, grant.tokens
    is_mute = client.auth_method == "private_key_jwt" and client.assertion is None
    if endpoint is None or is_mute:
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
