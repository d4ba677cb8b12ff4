"""Uvicorn in the event loop of a test."""

from __future__ import annotations

import asyncio
import signal
import socket
from typing import TYPE_CHECKING

import httpx2
import pytest
from starlette.responses import PlainTextResponse

from mcp_proxy.demo.embedded import EmbeddedServer, bound

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("hello")(scope, receive, send)


def test_it_says_when_it_is_ready_and_leaves_when_told() -> None:
    """Ours: no polling on either side, and no signal is taken away."""

    async def scenario() -> str:
        before = signal.getsignal(signal.SIGINT)
        place = bound(0)
        url = f"http://127.0.0.1:{place.getsockname()[1]}/"
        server = EmbeddedServer(hello)
        async with asyncio.timeout(10), httpx2.AsyncClient() as client:
            with pytest.raises(httpx2.ConnectError):
                await client.get(url)
            serving = asyncio.create_task(server.serve([place]))
            await server.ready.wait()
            told = (await client.get(url)).text
            assert signal.getsignal(signal.SIGINT) == before
            server.leave.set()
            await serving
            with pytest.raises(httpx2.ConnectError):
                await client.get(url)
        return told

    assert asyncio.run(scenario()) == "hello"


def test_a_port_has_one_owner() -> None:
    """Ours."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        bound(taken.getsockname()[1])
