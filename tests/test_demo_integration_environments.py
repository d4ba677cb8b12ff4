"""Three instances on three ports."""

from __future__ import annotations

import asyncio

import httpx2

from demo_person import session, token_request, tokens
from mcp_proxy.demo.integration.environments import environments

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def test_nothing_of_one_environment_is_good_at_another() -> None:
    """systems.md §7.3, row "three separate environments": nine pairs, tokens and refresh tokens."""

    async def scenario() -> None:
        async with environments() as worlds, httpx2.AsyncClient() as client:
            assert list(worlds) == ["ig-dev", "ig-test", "ig-prod"]
            assert len({world.port for world in worlds.values()}) == 3
            found = {name: await tokens(world) for name, world in worlds.items()}
            for owner, granted in found.items():
                bearer = {"Authorization": f"Bearer {granted['access_token']}"}
                for name, world in worlds.items():
                    answer = await client.post(world.url, json=PING, headers=bearer)
                    assert (answer.status_code == 401) == (name != owner)
                    if name != owner:
                        form = {"grant_type": "refresh_token", "resource": world.url}
                        form["refresh_token"] = granted["refresh_token"]
                        refused = await token_request(world, form)
                        assert refused.json()["error"] == "invalid_grant"

    asyncio.run(scenario())


def test_each_environment_says_which_it_is_and_holds_its_own() -> None:
    """systems.md §2.4: each environment is its own instance."""

    async def scenario() -> None:
        async with environments() as worlds:
            for name, label in (("ig-dev", "DEV"), ("ig-test", "TEST"), ("ig-prod", "PROD")):
                world = worlds[name]
                async with session(world, (await tokens(world))["access_token"]) as found:
                    assert f"instance {label}" in str(found.instructions)
                assert world.layout.title == f"Integration Gateway ({label})"
            worlds["ig-dev"].instance.integrations.clear()
            worlds["ig-dev"].accounts["staff-full"].grants.clear()
            assert worlds["ig-prod"].instance.integrations
            assert worlds["ig-prod"].accounts["staff-full"].grants

    asyncio.run(scenario())
