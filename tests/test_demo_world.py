"""The world, started and stopped in each of its forms."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx2
import pytest

from demo_person import refreshed, session, tokens
from mcp_proxy.demo.world import REDIRECT_URI, SECRET_VARIABLE, World, main, world_in_thread

if TYPE_CHECKING:
    from pathlib import Path


def test_it_has_the_documented_addresses_and_a_secret_of_its_own() -> None:
    """systems.md §1.1, §1.3; issue 2."""

    async def scenario() -> tuple[str, str]:
        async with World.start() as one, World.start() as other:
            assert one.url == f"http://127.0.0.1:{one.port}/integrations/mcp/"
            assert one.redirect_uri == REDIRECT_URI == "http://localhost:6545/oauth/callback"
            return one.client_secret, other.client_secret

    one, other = asyncio.run(scenario())
    assert one != other


def test_an_outage_loses_sessions_and_keeps_the_port_and_the_sign_ins() -> None:
    """Ours: the tour stops the gateway; tests start it again."""

    async def scenario() -> None:
        async with asyncio.timeout(10), World.start() as world:
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
        async with asyncio.timeout(10), World.start() as world:
            token = (await tokens(world))["access_token"]
            async with session(world, token) as found:
                while not world.counters.streams:
                    await found.send_ping()
                await world.stop()

    asyncio.run(scenario())


def test_tokens_end_when_told_and_live_as_long_as_told() -> None:
    """Ours."""

    async def scenario() -> None:
        async with asyncio.timeout(10), World.start(token_life_seconds=7) as world:
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
        World(taken.getsockname()[1])


def test_it_runs_in_a_thread_beside_a_test() -> None:
    """Ours: for tests that start real processes."""
    with world_in_thread(consent="person") as world:
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
        world_in_thread(port=taken.getsockname()[1]),
    ):
        pass


def test_a_world_that_is_not_open_does_nothing_from_outside() -> None:
    """Ours."""
    world = World()
    deed = world.forget_sessions()
    with pytest.raises(RuntimeError):
        world.from_outside(deed)
    deed.close()
    world.approve_runs()
    world._socket.close()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_is_a_process_that_says_where_it_is_and_ends_on_a_signal(
    tmp_path: Path, ending: signal.Signals
) -> None:
    """Ours: for tests that kill it. The secret is in the file alone."""
    secret_file = tmp_path / "secret"
    command = [sys.executable, "-m", "mcp_proxy.demo.world", "--secret-file", str(secret_file)]
    environ = {name: value for name, value in os.environ.items() if name != SECRET_VARIABLE}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environ, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        facts = json.loads(line)
        assert set(facts) == {"url", "issuer", "client_id", "port"}
        assert httpx2.get(facts["url"]).status_code == 401
        process.send_signal(ending)
        assert process.wait(10) == 0
    assert secret_file.read_text() not in line
    assert secret_file.stat().st_mode & 0o777 == 0o600


def test_without_a_secret_the_process_does_not_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ours: a secret that nobody can know is none."""
    monkeypatch.delenv(SECRET_VARIABLE, raising=False)
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2
    assert "--secret-file" in capsys.readouterr().err
