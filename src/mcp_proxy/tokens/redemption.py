"""A refresh token spent, and its successor kept, by one process at a time.

A refresh token may work only once: spent twice, it ends the sign-in. So an OS lock is held
around *look again, note, redeem, keep*. Who comes second finds the first one's tokens.

Where a process ends between *redeem* and *keep*, its note tells the next one. That one
tries the old refresh token: the server may never have seen it, or grant some grace. If
it does not, the sentence that asks for a sign-in says what has happened.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from mcp_proxy.errors import SignInRequired, StoreError, TokenRefused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp_proxy.oauth.model import Grant
    from mcp_proxy.tokens.cachekey import CacheKey
    from mcp_proxy.tokens.note import Note
    from mcp_proxy.tokens.store import GrantStore

LOCK_SECONDS = 60.0
"""How long to wait for another process (ours): twice what one renewal can take."""


class UnkeptError(StoreError):
    """A refresh token is spent, and its successor could not be kept.

    `successor` is the grant to go on with: what lies in the store is worth nothing.
    """

    def __init__(self, message: str, *, successor: Grant, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.successor = successor


class Redeemer(Protocol):
    """Renews a grant, here or by a process of its own."""

    @property
    def is_redeeming(self) -> bool:
        """Whether this process spends a refresh token whose successor is not yet kept."""

    async def redeem(self, key: CacheKey, grant: Grant) -> bool:
        """Put the successor of `grant` into the store; False where something else lies there.

        Raises:
            SignInRequired: it cannot be renewed; removed, if the server has ended it.
            TokenRefused, GatewayError: it could not be renewed now; it is kept.
            UnkeptError: it was renewed, and the store does not take it.
            StoreError: vault or lock cannot be had.
        """


class Redemption:
    """The `Redeemer` that does it in this process.

    Args:
        store: where grants are kept.
        renew: spends a grant's refresh token.
        begin: called once the lock is held, before anything is spent.
    """

    def __init__(
        self,
        store: GrantStore,
        renew: Callable[[Grant], Awaitable[Grant]],
        begin: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._renew = renew
        self._begin = begin
        self.is_redeeming = False

    async def redeem(self, key: CacheKey, grant: Grant) -> bool:
        """See `Redeemer`."""
        async with self._store.lock(key.digest, "refresh", LOCK_SECONDS):
            # Else something is new: a sibling was faster, or somebody has signed in.
            if not await self._is_stored(key, grant):
                return False
            self._begin()
            cut_off = await asyncio.to_thread(self._store.begin_renewal, key, grant.tokens)
            self.is_redeeming = True
            try:
                return await self._spend(key, grant, cut_off)
            finally:
                self.is_redeeming = False

    async def _spend(self, key: CacheKey, grant: Grant, cut_off: Note | None) -> bool:
        try:
            renewed = await self._renew(grant)
        except (SignInRequired, TokenRefused) as error:
            if not _is_terminal(error):
                if cut_off is None and _is_unspent(error):
                    await asyncio.to_thread(self._store.forget_renewal, key)
                raise
            if not await self._is_stored(key, grant):
                return False
            await asyncio.to_thread(self._store.remove, key)
            raise _ended(cut_off) from error
        try:
            await asyncio.to_thread(self._store.update, key, renewed)
        except StoreError as error:
            raise UnkeptError(str(error), successor=renewed, hint=error.hint) from error
        return True

    async def _is_stored(self, key: CacheKey, grant: Grant) -> bool:
        return await asyncio.to_thread(self._store.load, key) == grant


def _is_terminal(error: SignInRequired | TokenRefused) -> bool:
    # OAuth is more than a start wants to import.
    from mcp_proxy.oauth.grants import is_terminal  # noqa: PLC0415

    return is_terminal(error)


def _is_unspent(error: SignInRequired | TokenRefused) -> bool:
    """Whether the server has said in its own words, or was not asked, why there is no token."""
    return isinstance(error, SignInRequired) or error.code is not None


def _ended(cut_off: Note | None) -> SignInRequired:
    what = "The authorization server has ended the sign-in"
    if cut_off is not None:
        what = (
            f"The renewal that began at {cut_off} was cut off before its answer could be kept, "
            "and the authorization server no longer takes the refresh token it has spent"
        )
    return SignInRequired(what, hint="mcp-permit login")
