"""What `initialize` is answered, and when."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.errors import GatewayError
from net_world import Gateway, answer
from relay_world import Json, client_of, json_answer, mcp_gateway, profile

if TYPE_CHECKING:
    from pathlib import Path


def test_a_slow_gateway_does_not_hold_up_the_handshake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md X1: the client is answered within a second; its calls wait for the gateway."""
    monkeypatch.setattr("mcp_proxy.proxy.greeting.GREETING_PATIENCE", 0.1)
    up = asyncio.Event()

    def greeted(message: Json) -> object:
        async def late(writer: asyncio.StreamWriter, _gateway: Gateway) -> None:
            await up.wait()
            hello = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}}
            writer.write(json_answer(message, hello))

        return late

    async def scenario() -> None:
        async with (
            Gateway(mcp_gateway(initialize=greeted)) as gateway,  # type: ignore[arg-type]  # a Play
            client_of(profile(gateway.url), tmp_path) as client,
        ):
            assert (await client.greet())["result"]["serverInfo"]["name"] == "mcp-permit"
            call = client.begin("tools/call", {"name": "look"})
            up.set()
            assert (await call)["result"]["called"] == "look"

    asyncio.run(scenario())


def test_a_gateway_that_was_never_met_and_cannot_greet_is_told(tmp_path: Path) -> None:
    """Ours. Without a snapshot there is nothing to say in its place."""

    async def scenario() -> None:
        down = mcp_gateway(initialize=lambda _message: answer(b"", status="502 Bad Gateway"))
        async with Gateway(down) as gateway, client_of(profile(gateway.url), tmp_path) as client:
            assert (await client.greet())["error"]["data"]["status"] == 502

    asyncio.run(scenario())


def test_a_command_learns_why_there_is_no_session(tmp_path: Path) -> None:
    """Ours. Who connects on purpose is told the error itself."""
    hello = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}'

    async def scenario() -> None:
        down = mcp_gateway(initialize=lambda _message: answer(b"", status="502 Bad Gateway"))
        async with Gateway(down) as gateway, client_of(profile(gateway.url), tmp_path) as client:
            with pytest.raises(GatewayError, match="502"):
                await client.relay.connect(hello, b"")

    asyncio.run(scenario())
