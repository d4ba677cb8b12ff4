"""The stored grant made good, by one process at a time.

A refresh token may work only once: spent twice, it ends the sign-in. So a renewal holds
an OS lock around *read again, note, redeem, keep*. Who comes second finds the first one's
tokens, and nothing is handed out before it is durably kept.

Where a process ends between *redeem* and *keep*, its note tells the next one. That one
tries the old refresh token: the server may never have seen it, or grant some grace. If
it does not, the sentence that asks for a sign-in says what has happened.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mcp_proxy.errors import SignInRequired, TokenRefused
from mcp_proxy.tokens.daemon import in_daemon
from mcp_proxy.tokens.pause import Pause

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp_proxy.config.model import Profile
    from mcp_proxy.oauth.model import Grant, TokenSet
    from mcp_proxy.tokens.cachekey import CacheKey
    from mcp_proxy.tokens.note import Note
    from mcp_proxy.tokens.store import GrantStore

    Found = tuple[CacheKey, Grant]

LOCK_SECONDS = 60.0
"""How long to wait for another process (ours): twice what one renewal can take."""


class Renewal:
    """Renews the grant of one profile.

    Args:
        store: where grants are kept.
        profile: whose grant it is.
        renew: spends a grant's refresh token.
        adopt: told the grant that is valid from now on, and under which key it is kept.
    """

    def __init__(
        self,
        store: GrantStore,
        profile: Profile,
        renew: Callable[[Grant], Awaitable[Grant]],
        adopt: Callable[[CacheKey, Grant], None],
    ) -> None:
        self._store = store
        self._profile = profile
        self._renew = renew
        self._adopt = adopt
        self._pause = Pause()
        self._key: CacheKey | None = None
        """Under which the grant was kept when it was last looked for."""
        self._unkept: tuple[str | None, Grant] | None = None
        """A refresh token that still lies in the store, and its successor that could not."""
        self.is_redeeming = False
        """Whether a refresh token is being spent, and its successor is not yet kept."""

    def is_resting(self) -> bool:
        """Whether the last renewal failed so recently that none should be tried."""
        return not self._pause.is_over(_monotonic())

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
            self._pause.begin(_monotonic(), told)
            if self._key is not None:
                note = self._store.usage_note(self._key)
                await asyncio.to_thread(note.failed, str(error))
            raise
        self._pause.end()
        return grant

    async def _settle(self, is_good: Callable[[TokenSet], bool]) -> Grant:
        found = await self._find()
        while True:
            key, grant = _required(found)
            self._key = key
            if is_good(grant.tokens):
                self._adopt(key, grant)
                return grant
            _require_renewable(grant)
            self._pause.check(_monotonic())
            async with self._store.lock(key.digest, "refresh", LOCK_SECONDS):
                found = await self._find()
                # Else something is new: a sibling was faster, or somebody has signed in.
                if found == (key, grant):
                    renewed = await self._redeem(key, grant)
                    if renewed is not None:
                        return renewed
                    found = await self._find()

    async def _redeem(self, key: CacheKey, grant: Grant) -> Grant | None:
        """The renewed grant, durably kept; None if another one has taken its place."""
        cut_off = await asyncio.to_thread(self._store.begin_renewal, key, grant.tokens)
        self.is_redeeming = True
        try:
            renewed = await self._renew(grant)
            await self._keep(key, grant, renewed)
        except (SignInRequired, TokenRefused) as error:
            if not _is_terminal(error):
                if cut_off is None and _is_unspent(error):
                    await asyncio.to_thread(self._store.forget_renewal, key)
                raise
            if await self._find() != (key, grant):
                return None
            await asyncio.to_thread(self._store.remove, key)
            raise _ended(cut_off) from error
        finally:
            self.is_redeeming = False
        return renewed

    async def _keep(self, key: CacheKey, spent: Grant, renewed: Grant) -> None:
        self._unkept = (spent.tokens.refresh_token, renewed)
        try:
            await asyncio.to_thread(self._store.update, key, renewed)
            self._unkept = None
        finally:
            # Even if it could not be kept: for this process there is no other any more.
            self._adopt(key, renewed)

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


def _required(found: Found | None) -> Found:
    if found is None:
        raise SignInRequired("Nobody is signed in", hint="mcp-permit login")
    return found


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


def _require_renewable(grant: Grant) -> None:
    if not grant.is_renewable:
        raise SignInRequired(
            "The access token has ended, and there is none to renew it with",
            hint="mcp-permit login",
        )


def _monotonic() -> float:
    """Seconds that do not jump, whatever happens to the time of day."""
    return asyncio.get_running_loop().time()
