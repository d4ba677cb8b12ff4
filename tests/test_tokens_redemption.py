"""One refresh token spent and its successor kept. Real store and locks, a played endpoint."""

from __future__ import annotations

import asyncio
import errno
import os
from typing import TYPE_CHECKING, NoReturn

import keyring
import pytest
from keyring.backends import fail

import rings
from desk import GRANT, KEY, TOKENS, Clock, Desk
from mcp_proxy.errors import SignInRequired, StoreError, TokenRefused
from mcp_proxy.tokens.redemption import Redemption, UnkeptError
from mcp_proxy.tokens.store import GrantStore
from mcp_proxy.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    rings.choose(fail.Keyring)
    yield
    keyring.set_keyring(before)


@pytest.fixture
def store(tmp_path: Path) -> GrantStore:
    found = GrantStore(tmp_path / "vault")
    found.save(KEY, GRANT, configured_client_id=None)
    return found


def test_what_is_spent_has_its_successor_kept(store: GrantStore) -> None:
    """peers.md 7: once it says so, it lies in the store."""

    async def scenario() -> None:
        assert await Redemption(store, Desk(Clock()).renew).redeem(KEY, GRANT)

    asyncio.run(scenario())
    kept = store.load(KEY)
    assert kept is not None
    assert kept.tokens.refresh_token == "refresh-2"


@pytest.mark.parametrize("is_gone", [False, True])
def test_where_something_else_is_stored_nothing_is_spent(
    store: GrantStore, *, is_gone: bool
) -> None:
    """peers.md 5: a sibling was faster, or somebody has signed out."""
    if is_gone:
        store.remove(KEY)
    else:
        store.update(KEY, replace(GRANT, tokens=replace(TOKENS, access_token="theirs")))

    async def scenario() -> None:
        desk = Desk(Clock())
        assert not await Redemption(store, desk.renew).redeem(KEY, GRANT)
        assert desk.spent == []

    asyncio.run(scenario())


def test_a_token_that_is_ended_takes_its_grant_along(store: GrantStore) -> None:
    """protocol.md §2: `invalid_grant` alone discards the refresh token."""

    async def scenario() -> None:
        desk = Desk(Clock())
        desk.end_family()
        with pytest.raises(SignInRequired, match="has ended the sign-in"):
            await Redemption(store, desk.renew).redeem(KEY, GRANT)

    asyncio.run(scenario())
    assert store.load(KEY) is None


def test_what_cannot_be_kept_is_handed_over(
    store: GrantStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: the disk fills up in the middle of it."""

    def full(_descriptor: int) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def scenario() -> None:
        desk = Desk(Clock())
        desk.open.clear()
        redeeming = asyncio.create_task(Redemption(store, desk.renew).redeem(KEY, GRANT))
        await desk.asked.wait()
        monkeypatch.setattr(os, "fsync", full)
        desk.open.set()
        with pytest.raises(UnkeptError, match="No space left") as told:
            await redeeming
        assert told.value.successor.tokens.refresh_token == "refresh-2"
        assert told.value.hint

    asyncio.run(scenario())


def test_it_begins_under_the_lock_and_before_anything_is_noted(store: GrantStore) -> None:
    """Ours: whoever is told to stop here has spent nothing, and leaves nothing."""

    class Stop(Exception):
        """Whoever wanted it has gone."""

    async def scenario() -> None:
        desk = Desk(Clock())

        def begin() -> NoReturn:
            raise Stop

        async with store.lock(KEY.digest, "refresh", 0):
            waiting = asyncio.create_task(Redemption(store, desk.renew, begin).redeem(KEY, GRANT))
            with pytest.raises(StoreError, match="kept"):
                async with store.lock(KEY.digest, "refresh", 0):
                    pass
            assert not waiting.done()
        with pytest.raises(Stop):
            await waiting
        assert desk.spent == []
        assert store.begin_renewal(KEY, TOKENS) is None, "no note of an earlier one"
        async with store.lock(KEY.digest, "refresh", 0):
            pass

    asyncio.run(scenario())


@pytest.mark.parametrize("place", ["waiting", "under way", "over"])
def test_it_tells_when_a_token_is_under_way(store: GrantStore, place: str) -> None:
    """peers.md 11: an end waits for that, and not for a lock."""

    async def scenario() -> bool:
        desk = Desk(Clock())
        desk.open.clear()
        redemption = Redemption(store, desk.renew)
        async with store.lock(KEY.digest, "refresh", 0):
            redeeming = asyncio.create_task(redemption.redeem(KEY, GRANT))
            await asyncio.sleep(0)
            if place == "waiting":
                redeeming.cancel()
                return redemption.is_redeeming
        await desk.asked.wait()
        if place == "under way":
            redeeming.cancel()
            return redemption.is_redeeming
        desk.trouble = TokenRefused("wrong secret", code="invalid_client")
        desk.open.set()
        with pytest.raises(TokenRefused):
            await redeeming
        return redemption.is_redeeming

    assert asyncio.run(scenario()) == (place == "under way")
