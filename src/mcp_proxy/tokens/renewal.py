"""The stored grant made good, once for all processes.

They queue before a renewal, at an OS lock, and whoever comes first has it done by a
`redemption`, which holds a lock of its own: it may go on after this process has ended. Who
comes second finds the first one's tokens, and nothing is handed out before it is kept.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from mcp_proxy.errors import SignInRequired
from mcp_proxy.tokens.daemon import in_daemon
from mcp_proxy.tokens.pause import Pause
from mcp_proxy.tokens.redemption import LOCK_SECONDS, UnkeptError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.config.model import Profile
    from mcp_proxy.oauth.model import Grant, TokenSet
    from mcp_proxy.tokens.cachekey import CacheKey
    from mcp_proxy.tokens.redemption import Redeemer
    from mcp_proxy.tokens.store import GrantStore

    Found = tuple[CacheKey, Grant]

REFUSED_SECONDS = 60.0
"""How long nothing is renewed after the gateway has refused what was new (ours)."""


class Renewal:
    """Renews the grant of one profile.

    Args:
        store: where grants are kept.
        profile: whose grant it is.
        redeemer: spends a grant's refresh token, and keeps what it gives.
        adopt: told the grant that is valid from now on, and under which key it is kept.
        now: epoch seconds; may jump.
        steady: seconds that never jump.
    """

    def __init__(
        self,
        store: GrantStore,
        profile: Profile,
        redeemer: Redeemer,
        adopt: Callable[[CacheKey, Grant], None],
        now: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now = now
        self._steady = steady
        self._store = store
        self._profile = profile
        self._redeemer = redeemer
        self._adopt = adopt
        self._pause = Pause()
        self._key: CacheKey | None = None
        """Under which the grant was kept when it was last looked for."""
        self._unkept: tuple[str | None, Grant] | None = None
        """A refresh token that still lies in the store, and its successor that could not."""
        self._doubted: float | None = None
        """When the sign-in was made whose new token the gateway has refused at once."""
        self._doubted_until = 0.0

    def is_resting(self) -> bool:
        """Whether the last renewal failed so recently that none should be tried."""
        return not self._pause.is_over(self._steady())

    def refused_at_once(self, grant: Grant) -> None:
        """The gateway took the new token of `grant` not even once: another would not help."""
        self._doubted, self._doubted_until = grant.signed_in_at, self._steady() + REFUSED_SECONDS

    async def settle(self, is_good: Callable[[TokenSet], bool]) -> Grant:
        """The stored grant once it is good, be it by a renewal of ours or of somebody else.

        Raises:
            SignInRequired: there is no grant, or it cannot be renewed any more.
            TokenRefused, GatewayError: it could not be renewed now; it is kept.
            StoreError: vault or lock cannot be had.
        """
        try:
            grant = await self._settle(is_good)
        except Exception as error:
            # After a sign-in, by whomever, nobody shall be told of the one before.
            told = None if isinstance(error, SignInRequired) else error
            self._pause.begin(self._steady(), told)
            if self._key is not None:
                note = self._store.usage_note(self._key)
                await asyncio.to_thread(note.failed, str(error))
            raise
        self._pause.end()
        return grant

    async def _settle(self, is_good: Callable[[TokenSet], bool]) -> Grant:
        found, is_renewed = await self._find(), False
        while True:
            key, grant = _required(found)
            self._key = key
            # A server may give the same access token again: it is believed.
            if is_renewed or is_good(grant.tokens):
                if is_renewed and grant.signed_in_at == self._doubted:
                    self.refused_at_once(grant)  # as it will be, most likely
                self._adopt(key, grant)
                return grant
            _require_renewable(grant)
            self._require_use(grant)
            self._pause.check(self._steady())
            async with self._store.lock(key.digest, "queue", LOCK_SECONDS):
                is_first = await self._find() == found
                is_renewed = is_first and await self._redeem(key, grant)
                found = await self._find()

    async def _redeem(self, key: CacheKey, grant: Grant) -> bool:
        await self._keep_late(key)
        try:
            return await self._redeemer.redeem(key, grant)
        except UnkeptError as error:
            # For this process there is no other grant any more.
            self._unkept = grant.tokens.refresh_token, error.successor
            self._adopt(key, error.successor)
            raise

    async def _keep_late(self, key: CacheKey) -> None:
        """Put what could not be kept where it belongs, before anything more is spent."""
        if self._unkept is None:
            return
        spent, successor = self._unkept
        async with self._store.lock(key.digest, "refresh", LOCK_SECONDS):
            stored = await asyncio.to_thread(self._store.load, key)
            if stored is not None and stored.tokens.refresh_token == spent:
                await asyncio.to_thread(self._store.update, key, successor)
        self._unkept = None

    async def _find(self) -> Found | None:
        profile = self._profile
        # The first time this may wait for a keyring, and no exit may wait for that.
        found = await in_daemon(
            lambda: self._store.find(profile.url, profile.account, profile.auth.client_id)
        )
        if found is not None and self._unkept is not None:
            spent, successor = self._unkept
            if found[1].tokens.refresh_token == spent:
                return found[0], successor
        return found

    def _require_use(self, grant: Grant) -> None:
        """Go on unless a renewal would only bring one more token that is refused."""
        is_doubted = grant.signed_in_at == self._doubted and self._steady() < self._doubted_until
        if is_doubted and grant.tokens.is_fresh(self._now()):
            raise SignInRequired(
                "The gateway refuses its tokens even when they are new",
                hint="Ask its administrator, or sign in again: mcp-permit login",
            )


def _required(found: Found | None) -> Found:
    if found is None:
        raise SignInRequired("Nobody is signed in", hint="mcp-permit login")
    return found


def _require_renewable(grant: Grant) -> None:
    if not grant.is_renewable:
        raise SignInRequired(
            "The access token has ended, and there is none to renew it with",
            hint="mcp-permit login",
        )
