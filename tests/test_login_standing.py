from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mcp_proxy.config.model import Auth, SecretRef
from mcp_proxy.login.standing import catalog_key, last_snapshot, standing
from relay_world import client_of, home, profile
from sign_in_world import Person, staff_profile, world_of_staff

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_new_profile_has_nothing(tmp_path: Path) -> None:
    """Ours. Looking makes no file."""
    found = standing(profile("https://gateway.example/mcp", auth=Auth()), home(tmp_path))
    assert not found.signed_in
    assert (found.issuer, found.expires_at, found.tools_listed) == (None, None, None)
    assert list(tmp_path.iterdir()) == []


def test_a_signed_in_profile_tells_who_where_and_until_when(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md X24."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world)
            async with client_of(chosen, tmp_path, on_page=Person().open) as client:
                await client.greet()
                listed = await client.tools()
            found = standing(chosen, home(tmp_path))
            assert found.signed_in
            assert found.renewable
            assert (found.issuer, found.client_id) == (world.issuer, world.client_id)
            assert found.expires_at is not None
            assert found.signed_in_at is not None
            assert found.expires_at > found.signed_in_at
            assert found.tools_listed == found.tools_surfaced == len(listed)

    asyncio.run(scenario())


def test_the_last_list_outlives_the_vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """peers.md §8, behaviour 31: no network and no token."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world)
            async with client_of(chosen, tmp_path, on_page=Person().open) as client:
                await client.greet()
                listed = await client.tools()
        for sealed in home(tmp_path).vault.rglob("grants/*"):
            sealed.unlink()
        snapshot = last_snapshot(chosen, home(tmp_path))
        assert snapshot is not None
        assert [tool.name for tool in snapshot.tools] == listed

    asyncio.run(scenario())


def test_a_configured_token_counts_as_signed_in(tmp_path: Path) -> None:
    """Ours. Its catalog is its own, apart from a sign-in's."""
    url = "https://gateway.example/mcp"
    keyed = profile(url, auth=Auth(grant="bearer", token=SecretRef("env", "TOKEN")))
    assert standing(keyed, home(tmp_path)).signed_in
    assert catalog_key(keyed, home(tmp_path)) != catalog_key(profile(url), home(tmp_path))
