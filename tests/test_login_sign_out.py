from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from mcp_proxy.config.model import Profile
from mcp_proxy.errors import StoreError
from mcp_proxy.login.sign_in import sign_in
from mcp_proxy.login.sign_out import NOTHING, SignedOut, sign_out, sign_out_everywhere
from mcp_proxy.oauth.model import Client, Grant, TokenSet
from mcp_proxy.tokens.cachekey import CacheKey
from mcp_proxy.tokens.store import GrantStore
from relay_world import home
from sign_in_world import Person, staff_profile, world_of_staff

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_signing_out_ends_the_sign_in_at_the_server_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md §8, behaviour 35."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world)
            await sign_in(chosen, home(tmp_path), on_waiting=Person().open)
            out = await sign_out(chosen, home(tmp_path))
            assert (out.removed, out.revoked) == (True, True)
            assert world.counters.revocations > 0
            nothing = await sign_out(chosen, home(tmp_path))
            assert (nothing.removed, nothing.revoked) == (False, False)

    asyncio.run(scenario())


def test_signing_out_works_while_the_server_is_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours. Whoever signs out is signed out on this machine."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world)
            await sign_in(chosen, home(tmp_path), on_waiting=Person().open)
            await world.stop()
            out = await sign_out(chosen, home(tmp_path))
            assert (out.removed, out.revoked) == (True, False)
            assert GrantStore(home(tmp_path).vault).all() == []
            await world.open()

    asyncio.run(scenario())


KEY = CacheKey("https://gw.example/mcp", "https://as.example", "me", None, "default")
GRANT = Grant(
    KEY.issuer,
    "https://as.example/token",
    Client("me"),
    None,
    TokenSet("access", "refresh", 1.0),
    signed_in_at=1.0,
)
PROFILE = Profile("here", KEY.gateway)
REMOVED = SignedOut(removed=True, revoked=False)


def test_a_sign_in_made_meanwhile_is_left_alone(tmp_path: Path) -> None:
    """peers.md 35: a sign-out cannot touch tokens issued after it began."""

    async def scenario() -> None:
        store = GrantStore(home(tmp_path).vault)
        store.save(KEY, GRANT, configured_client_id=None)
        async with store.lock(KEY.digest, "refresh", 0):
            leaving = asyncio.create_task(sign_out(PROFILE, home(tmp_path)))
            await asyncio.sleep(0)
            anew = replace(GRANT, tokens=TokenSet("anew", "anew", 2.0), signed_in_at=2.0)
            store.save(KEY, anew, configured_client_id=None)
        assert await leaving == NOTHING
        assert store.load(KEY) == anew

    asyncio.run(scenario())


def test_a_renewal_made_meanwhile_ends_with_its_sign_in(tmp_path: Path) -> None:
    """Ours: whoever signs out wants the sign-in gone, whatever it was renewed to."""

    async def scenario() -> None:
        store = GrantStore(home(tmp_path).vault)
        store.save(KEY, GRANT, configured_client_id=None)
        store.usage_note(KEY).used(1.0)
        async with store.lock(KEY.digest, "refresh", 0):
            leaving = asyncio.create_task(sign_out(PROFILE, home(tmp_path)))
            await asyncio.sleep(0)
            store.update(KEY, replace(GRANT, tokens=TokenSet("renewed", "renewed", 2.0)))
        assert await leaving == REMOVED
        assert store.load(KEY) is None
        assert store.usage_note(KEY).read().last_used_at is None

    asyncio.run(scenario())


def test_two_who_sign_out_end_one_grant(tmp_path: Path) -> None:
    """Ours."""

    async def scenario() -> None:
        store = GrantStore(home(tmp_path).vault)
        store.save(KEY, GRANT, configured_client_id=None)
        both = await asyncio.gather(*(sign_out(PROFILE, home(tmp_path)) for _ in range(2)))
        assert sorted(one.removed for one in both) == [False, True]

    asyncio.run(scenario())


def test_everywhere_means_grants_without_a_profile_too(tmp_path: Path) -> None:
    """peers.md 35, 4.19. What cannot be read is told and hinders nothing."""

    async def scenario() -> None:
        store = GrantStore(home(tmp_path).vault)
        keys = [replace(KEY, account=account) for account in ("a", "b", "c")]
        for key in keys:
            store.save(key, GRANT, configured_client_id=None)
        (home(tmp_path).vault / "grants" / f"{keys[1].digest}.sealed").write_bytes(b"damaged")
        done = await sign_out_everywhere([PROFILE], home(tmp_path))
        assert [key for key, _ in done] == keys
        assert [left for _, left in done][::2] == [REMOVED, REMOVED]
        assert isinstance(done[1][1], StoreError)
        assert await sign_out_everywhere([PROFILE], home(tmp_path)) == []

    asyncio.run(scenario())


def test_everywhere_the_server_is_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """peers.md 35."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world)
            await sign_in(chosen, home(tmp_path), on_waiting=Person().open)
            ((_, left),) = await sign_out_everywhere([chosen], home(tmp_path))
            assert left == SignedOut(removed=True, revoked=True)
            assert world.counters.revocations > 0

    asyncio.run(scenario())
