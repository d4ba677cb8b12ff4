"""Tokens bound to a key: when they are asked for, and the proofs that ask (RFC 9449 §5)."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from mcp_proxy.errors import TokenRefused
from mcp_proxy.oauth.dpop import KEY_BYTES, SCHEME, ProofKey, bound, secret_of

if TYPE_CHECKING:
    from mcp_proxy.oauth.http import Flow, HttpRequest, Performer, Result
    from mcp_proxy.oauth.model import TokenSet


class Proving:
    """A `Performer` whose requests to a token endpoint bring proofs.

    Args:
        web: carries them out.
        endpoint: the token endpoint.
        secret: of the `ProofKey`.
    """

    def __init__(self, web: Performer, endpoint: str, secret: str) -> None:
        self._web = web
        self._endpoint = endpoint
        self._key = ProofKey(secret)

    async def perform(self, flow: Flow[Result]) -> Result:
        """See `Performer`."""
        return await self._web.perform(bound(flow, self._endpoint, self._prove))

    def _prove(self, request: HttpRequest, nonce: str | None) -> str:
        jti, now = secrets.token_urlsafe(16), time.time()
        return self._key.proof(request.method, request.url, jti=jti, now=now, nonce=nonce)


def new_secret() -> str:
    """The secret of a key of its own for one sign-in."""
    return secret_of(secrets.token_bytes(KEY_BYTES))


def performer(web: Performer, endpoint: str, secret: str | None) -> Performer:
    """`web`, with proofs to `endpoint` where there is a key."""
    return web if secret is None else Proving(web, endpoint, secret)


def require_key(tokens: TokenSet, secret: str | None) -> TokenSet:
    """`tokens`, unless they are bound to a key that is none of ours.

    Raises:
        TokenRefused: they are.
    """
    if tokens.token_type == SCHEME and secret is None:
        raise TokenRefused("The authorization server has bound the token to a key, unasked")
    return tokens
