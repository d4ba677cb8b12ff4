"""The proofs that go to the gateway with a token that is bound to a key (RFC 9449 §7)."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from mcp_proxy.oauth.challenge import bearer_challenge
from mcp_proxy.oauth.dpop import SCHEME, ProofKey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_JTI_BYTES = 16
_UNAUTHORIZED = 401


class Proofs:
    """The header lines that prove one key to one gateway.

    Args:
        url: the gateway's.
        secret: of the `ProofKey`.
        now: epoch seconds.
        chance: so many random bytes.
    """

    def __init__(
        self,
        url: str,
        secret: str,
        now: Callable[[], float] = time.time,
        chance: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._url = url
        self._key = ProofKey(secret)
        self._now = now
        self._chance = chance
        self._nonce: str | None = None

    def line(self, method: str, token: str) -> bytes:
        """The header line for one request; no second one may carry it."""
        proof = self._key.proof(
            method,
            self._url,
            jti=self._chance(_JTI_BYTES).hex(),
            now=self._now(),
            token=token,
            nonce=self._nonce,
        )
        return f"{SCHEME}: {proof}\r\n".encode()

    def is_for_a_nonce(self, status: int, headers: Mapping[str, str]) -> bool:
        """Whether an answer only asks for the nonce that it brings; remembers any (§8, §9)."""
        nonce = headers.get("dpop-nonce")
        if nonce is None or nonce == self._nonce:
            return False
        self._nonce = nonce
        challenge = bearer_challenge(headers)
        return (
            status == _UNAUTHORIZED
            and challenge is not None
            and challenge.error == "use_dpop_nonce"
        )
