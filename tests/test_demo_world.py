"""The world, started and stopped in each of its forms."""

from __future__ import annotations

import asyncio
import socket

import httpx2
import pytest

from demo_person import refreshed, session, tokens
from mcp_proxy.demo.integration.world import IntegrationWorld
from mcp_proxy.demo.world import world_in_thread


def test_an_outage_loses_sessions_and_keeps_the_port_and_the_sign_ins() -> None:
    """Ours: the tour stops the gateway; tests start it again."""

    async def scenario() -> None:
        async with asyncio.timeout(10), IntegrationWorld.start() as world:
            found = await tokens(world)
            await world.stop()
            async with httpx2.AsyncClient() as client:
                with pytest.raises(httpx2.ConnectError):
                    await client.get(world.origin)
            await world.open()
            assert (await refreshed(world, found["refresh_token"])).status_code == 200
            async with session(world, found["access_token"]) as again:
                assert len((await again.list_tools()).tools) == 16

    asyncio.run(scenario())


def test_stopping_ends_open_streams_at_once() -> None:
    """Ours: a GET stream is open and a run is waiting."""

    async def scenario() -> None:
        async with asyncio.timeout(10), IntegrationWorld.start() as world:
            token = (await tokens(world))["access_token"]
            async with session(world, token) as found:
                while not world.counters.streams:
                    await found.send_ping()
                await world.stop()

    asyncio.run(scenario())


def test_tokens_end_when_told_and_live_as_long_as_told() -> None:
    """Ours."""

    async def scenario() -> None:
        async with asyncio.timeout(10), IntegrationWorld.start(token_life_seconds=7) as world:
            found = await tokens(world)
            assert found["expires_in"] == 7
            world.expire_tokens()
            assert world.ledger.bearer(found["access_token"]) is None
            world.revoke_all()
            answer = await refreshed(world, found["refresh_token"])
            assert answer.json()["error"] == "invalid_grant"

    asyncio.run(scenario())


def test_a_port_that_is_taken_is_said() -> None:
    """Ours."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        IntegrationWorld(taken.getsockname()[1])


def test_it_runs_in_a_thread_beside_a_test() -> None:
    """Ours: for tests that start real processes."""
    with world_in_thread(IntegrationWorld, consent="person") as world:
        answer = httpx2.get(world.url)
        assert answer.status_code == 401
        assert world.counters.unauthorized == 1
        world.from_outside(world.forget_sessions())
        world.approve_runs()
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(world.url)


def test_what_hinders_the_thread_is_raised_beside_it() -> None:
    """Ours."""
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(OSError, match="in use"),
        world_in_thread(IntegrationWorld, port=taken.getsockname()[1]),
    ):
        pass


def test_a_world_that_is_not_open_does_nothing_from_outside() -> None:
    """Ours."""
    world = IntegrationWorld()
    deed = world.forget_sessions()
    with pytest.raises(RuntimeError):
        world.from_outside(deed)
    deed.close()
    world.approve_runs()
    world.close()
