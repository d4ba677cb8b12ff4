from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mcp_proxy.login.sign_in import sign_in
from mcp_proxy.login.sign_out import sign_out
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
