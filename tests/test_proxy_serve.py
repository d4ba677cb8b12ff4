from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest

from net_world import Gateway
from relay_world import mcp_gateway
from serve_process import served, surroundings

if TYPE_CHECKING:
    from pathlib import Path


def test_a_client_that_hangs_up_ends_it_well(tmp_path: Path) -> None:
    """peers.md §8, behaviour 11: exit code 0, the session deleted."""

    async def scenario() -> None:
        async with (
            Gateway(mcp_gateway()) as gateway,
            served(tmp_path, gateway.url) as client,
        ):
            await client.greet()
            assert (await client.call("look"))["result"]["called"] == "look"
            client.hang_up()
            assert await client.ended() == 0
            assert gateway.requests[-1].startswith(b"DELETE ")
            assert client.stderr.endswith(b": 3 of 3 tools surfaced\n")
            assert client.stderr.count(b"\n") == 1

    asyncio.run(scenario())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_as_tidily(tmp_path: Path, number: signal.Signals) -> None:
    """peers.md §8, behaviour 12: DELETE, and the exit code that shells expect."""

    async def scenario() -> None:
        async with (
            Gateway(mcp_gateway()) as gateway,
            served(tmp_path, gateway.url) as client,
        ):
            await client.greet()
            await client.call("look")
            client.process.send_signal(number)
            assert await client.ended() == 128 + number
            assert gateway.requests[-1].startswith(b"DELETE ")

    asyncio.run(scenario())


def test_a_secret_that_is_missing_is_said_before_anything_else(tmp_path: Path) -> None:
    """peers.md §8, behaviour 23."""

    async def scenario() -> None:
        words = ("http://127.0.0.1:9/mcp", "--token", "env:NOT_SET_ANYWHERE")
        async with served(tmp_path, *words, environ=surroundings(tmp_path)) as client:
            assert await client.ended() == 2
            assert b"NOT_SET_ANYWHERE" in client.stderr
            assert client.lines == []

    asyncio.run(scenario())
