"""One valid access token for every caller of this process.

While a token lasts, callers get it at once. Near its end it is renewed behind them; once
it has ended, or the gateway refuses it, they wait together for one renewal.
`tokens.renewal` sees to it that all processes together make no more than one.
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

from mcp_proxy.tokens.renewal import Renewal
from mcp_proxy.tokens.usage import NOTE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.config.model import Profile
    from mcp_proxy.oauth.model import Grant, TokenSet
    from mcp_proxy.tokens.cachekey import CacheKey
    from mcp_proxy.tokens.proofs import Proofs
    from mcp_proxy.tokens.redemption import Redeemer
    from mcp_proxy.tokens.store import GrantStore
    from mcp_proxy.tokens.usage import UsageNote

EARLIEST_SHARE, LATEST_SHARE = 0.65, 0.75
"""Between which shares of its life a token is renewed (systems.md X5; the spread is ours).

Less than the 0.8 at which a token of some seconds is no longer sent, so that this one,
too, has a time in which it is renewed behind its callers.
"""

_BOUND = "DPoP"
"""The type of a token that is bound to a key (RFC 9449 §5)."""
_NEVER, _ALWAYS = float("inf"), float("-inf")


def _chance() -> float:
    # Importing `random` would cost a start 3 ms.
    return int.from_bytes(os.urandom(6)) / 2**48


class TokenSource:
    """The access token of one profile that has signed in.

    Args:
        store: where grants are kept.
        profile: whose grant it is.
        redeemer: spends a grant's refresh token, and keeps what it gives.
        now: epoch seconds; may jump.
        chance: a number from 0 to 1. Each process draws once, so that siblings come to
            a renewal one after the other, and all but the first find it done.
        steady: seconds that never jump, for pauses.
    """

    def __init__(
        self,
        store: GrantStore,
        profile: Profile,
        redeemer: Redeemer,
        now: Callable[[], float] = time.time,
        chance: Callable[[], float] = _chance,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now = now
        self._share = EARLIEST_SHARE + (LATEST_SHARE - EARLIEST_SHARE) * chance()
        self._store = store
        self._redeemer = redeemer
        self._renewal = Renewal(store, profile, redeemer, self._adopt, now, steady)
        self._grant: Grant | None = None
        self._token: str | None = None
        self._look_at = _ALWAYS
        """Until when the token is at hand, and nothing is to be done about it."""
        self._used_at = _ALWAYS
        self._note: UsageNote | None = None
        self._url = profile.url
        self._proofs: tuple[str, Proofs] | None = None
        self._refused: str | None = None
        """The access token that the gateway no longer takes."""
        self._flight: asyncio.Task[Grant] | None = None

    def fresh_token(self) -> str | None:
        """A token to send now, if one is at hand; every call comes by here.

        Near the token's end this also starts its renewal, so an event loop must be running.
        """
        now = self._now()
        if now < self._look_at:
            self._used_at = now
            return self._token
        return self._ageing_token(now)

    async def access_token(self, *, rejected: str | None = None) -> str:
        """A token to send now, and never `rejected`, which the gateway has refused.

        Raises:
            SignInRequired: there is no grant, or the authorization server has ended it.
            TokenRefused: the server refuses for another reason; the grant is kept.
            GatewayError: the server gave no usable answer; the grant is kept.
            StoreError: the vault, its key or the lock cannot be had.
        """
        # Only what is in hand: a late refusal of an older token says nothing about this one.
        if rejected is not None and rejected == (self._token or rejected):
            self._refused, self._look_at = rejected, _ALWAYS
        token = self.fresh_token()
        if token is None:
            # Shielded: a caller who gives up must not stop a refresh token half spent.
            flight = self._flight or self._start(self._is_sendable)
            token = (await asyncio.shield(flight)).tokens.access_token
            self._used_at = self._now()
        return token

    def is_refused_at_once(self, token: str) -> bool:
        """Take note that the gateway refused `token` as soon as it had it.

        False where that says nothing against it: it ended on its way, or is not the one in
        hand any more. Else it is not renewed for a while, or each call would renew one.
        """
        grant = self._grant
        if grant is None or grant.tokens.access_token != token:
            return False
        if is_refused := grant.tokens.is_fresh(self._now()):
            self._renewal.refused_at_once(grant)
        return is_refused

    @property
    def proofs(self) -> Proofs | None:
        """What proves that the token in hand is ours, where it is bound to a key."""
        grant = self._grant
        if grant is None or grant.proof_key is None or grant.tokens.token_type != _BOUND:
            return None
        if self._proofs is None or self._proofs[0] != grant.proof_key:
            # Cryptography is more than a start wants to import.
            from mcp_proxy.tokens.proofs import Proofs  # noqa: PLC0415

            self._proofs = grant.proof_key, Proofs(self._url, grant.proof_key, self._now)
        return self._proofs[1]

    async def close(self, limit_seconds: float = 0.4) -> None:
        """End what runs behind. A token being redeemed here gets `limit_seconds` to be kept.

        Hosts kill what has not ended after 2 s, and requests may have had their moment before.
        """
        flight = self._flight
        if flight is not None:
            if self._redeemer.is_redeeming:
                await asyncio.wait([flight], timeout=limit_seconds)
            flight.cancel()
            await asyncio.wait([flight])
        await asyncio.to_thread(self._note_use)

    def _ageing_token(self, now: float) -> str | None:
        if self._grant is None or not self._is_sendable(self._grant.tokens):
            return None
        self._used_at = now
        if self._is_early(self._grant.tokens):
            asyncio.get_running_loop().run_in_executor(None, self._note_use)
            self._look_later(self._grant.tokens)
        elif self._grant.is_renewable and self._flight is None and not self._renewal.is_resting():
            self._start(self._is_early)
        return self._token

    def _is_sendable(self, tokens: TokenSet) -> bool:
        return tokens.access_token != self._refused and tokens.is_fresh(self._now())

    def _is_early(self, tokens: TokenSet) -> bool:
        return tokens.access_token != self._refused and self._now() < due_at(tokens, self._share)

    def _start(self, is_good: Callable[[TokenSet], bool]) -> asyncio.Task[Grant]:
        self._flight = asyncio.get_running_loop().create_task(self._renewal.settle(is_good))
        self._flight.add_done_callback(self._landed)
        return self._flight

    def _landed(self, flight: asyncio.Task[Grant]) -> None:
        self._flight = None
        if not flight.cancelled():
            # Looked at, or asyncio complains of it: behind the callers nobody else does.
            flight.exception()

    def _adopt(self, key: CacheKey, grant: Grant) -> None:
        self._grant = grant
        self._note = self._store.usage_note(key)
        self._token = grant.tokens.access_token
        self._refused = None
        self._look_later(grant.tokens)

    def _look_later(self, tokens: TokenSet) -> None:
        self._look_at = min(due_at(tokens, self._share), self._now() + NOTE_SECONDS)

    def _note_use(self) -> None:
        if self._note is not None and self._used_at != _ALWAYS:
            self._note.used(self._used_at)


def due_at(tokens: TokenSet, share: float) -> float:
    """When `share` of the tokens' life is over, in epoch seconds; never, where it has no end."""
    if tokens.expires_at is None:
        return _NEVER
    return tokens.issued_at + share * (tokens.expires_at - tokens.issued_at)
