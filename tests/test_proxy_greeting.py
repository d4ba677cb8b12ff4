"""What `initialize` is answered, and when."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.errors import GatewayError
from net_world import Gateway, answer, sends
from relay_world import (
    HELLO,
    PATIENCE,
    Json,
    client_of,
    header_of,
    json_answer,
    mcp_gateway,
    profile,
)

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


def test_a_gateway_that_is_down_at_its_first_start_is_told_by_the_list(tmp_path: Path) -> None:
    """Issue 6: the handshake is answered all the same; what comes next explains."""

    async def scenario() -> None:
        down = mcp_gateway(initialize=lambda _message: answer(b"", status="502 Bad Gateway"))
        async with Gateway(down) as gateway, client_of(profile(gateway.url), tmp_path) as client:
            assert (await client.greet())["result"]["serverInfo"]["name"] == "mcp-permit"
            assert (await client.ask("tools/list"))["error"]["data"]["status"] == 502

    asyncio.run(scenario())


async def seen(gateway: Gateway, folder: Path) -> None:
    """Have a snapshot of the gateway."""
    async with client_of(profile(gateway.url), folder) as client:
        await client.greet()
        await client.tools()


def test_what_is_remembered_is_said_at_once_and_no_session_is_opened_for_it(tmp_path: Path) -> None:
    """Issue 6: nothing is asked of the gateway for a process that was only asked who it is."""

    async def scenario() -> None:
        async with Gateway(mcp_gateway()) as gateway:
            await seen(gateway, tmp_path)
            gateway.requests.clear()
            async with client_of(profile(gateway.url), tmp_path) as client:
                told = (await client.ask("initialize", {"protocolVersion": "2025-06-18"}))["result"]
                assert told["serverInfo"]["name"] == "scripted"
                assert told["protocolVersion"] == "2025-06-18"
                assert "mcp-permit/snapshot" in told["_meta"]
                assert gateway.requests == []

    asyncio.run(scenario())


def test_a_revision_that_was_never_asked_for_is_the_gateways_to_settle(tmp_path: Path) -> None:
    """MCP 2025-11-25, Lifecycle. Once it has settled, its word is remembered."""
    new = {"protocolVersion": "2025-11-25"}

    async def scenario() -> None:
        async with Gateway(mcp_gateway()) as gateway:
            await seen(gateway, tmp_path)
            for is_remembered in (False, True):
                async with client_of(profile(gateway.url), tmp_path) as client:
                    told = (await client.ask("initialize", new))["result"]
                    assert told["protocolVersion"] == "2025-06-18"
                    assert ("_meta" in told) is is_remembered
                    client.send({"method": "notifications/initialized"})
                    await client.tools()
        async with client_of(profile(gateway.url), tmp_path) as client:
            older = {"protocolVersion": "2024-11-05"}
            told = (await client.ask("initialize", older))["result"]
            assert told["protocolVersion"] == "2024-11-05"
            assert "_meta" in told

    asyncio.run(scenario())


def test_a_gateway_that_settles_on_another_revision_than_last_time_is_spoken_to_in_its_own(
    tmp_path: Path,
) -> None:
    """Ours. The client keeps what it was told; every request of the session has the new one."""

    def greeted(message: Json) -> bytes:
        answers.append(message)
        settled = "2025-03-26" if len(answers) > 1 else "2025-06-18"
        return json_answer(message, HELLO | {"protocolVersion": settled})

    async def scenario() -> None:
        async with Gateway(mcp_gateway(initialize=greeted)) as gateway:
            await seen(gateway, tmp_path)
            gateway.requests.clear()
            async with client_of(profile(gateway.url), tmp_path) as client:
                assert (await client.greet())["result"]["protocolVersion"] == "2025-06-18"
                assert (await client.call("look"))["result"]["called"] == "look"
            versions = {header_of(request, "mcp-protocol-version") for request in gateway.requests}
            assert versions == {None, "2025-03-26"}

    answers: list[Json] = []
    asyncio.run(scenario())


def test_the_session_is_opened_when_the_client_goes_on(tmp_path: Path) -> None:
    """Issue 6: token and session warm up behind, before the first request wants them."""

    greetings = asyncio.Queue[Json]()

    def greeted(message: Json) -> bytes:
        greetings.put_nowait(message)
        return json_answer(message, HELLO)

    async def scenario() -> None:
        async with Gateway(mcp_gateway(initialize=greeted)) as gateway:
            await seen(gateway, tmp_path)
            await greetings.get()
            async with (
                client_of(profile(gateway.url), tmp_path) as client,
                asyncio.timeout(PATIENCE),
            ):
                await client.greet()
                await greetings.get()

    asyncio.run(scenario())


def test_what_a_client_cannot_be_told_any_more_is_told_to_the_person(tmp_path: Path) -> None:
    """Issue 6. Capabilities are settled with the first answer."""

    def greeted(message: Json) -> bytes:
        answers.append(message)
        offered: Json = {"tools": {}, "prompts": {}} if len(answers) > 1 else {"tools": {}}
        return json_answer(message, HELLO | {"capabilities": offered})

    async def scenario() -> None:
        async with Gateway(mcp_gateway(initialize=greeted)) as gateway:
            await seen(gateway, tmp_path)
            async with client_of(profile(gateway.url), tmp_path) as client:
                await client.greet()
                await client.until(lambda: client.complaints)
                assert "now offers prompts as well" in client.complaints[0]

    answers: list[Json] = []
    asyncio.run(scenario())


def test_a_hello_that_was_answered_before_is_not_answered_again(tmp_path: Path) -> None:
    """Ours: the prologue has spoken; the relay goes on from there."""
    hello = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}'

    async def scenario() -> None:
        async with (
            Gateway(mcp_gateway()) as gateway,
            client_of(profile(gateway.url), tmp_path) as client,
        ):
            client.relay.resume(hello, b"{}")
            client.send({"method": "notifications/initialized"})
            assert "look" in await client.tools()
            assert len(client.lines) == 1

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


def probe() -> Json:
    """What a modern host says in its first request."""
    prefix = "io.modelcontextprotocol/"
    meta = {f"{prefix}protocolVersion": "2026-07-28", f"{prefix}clientCapabilities": {}}
    return {"_meta": meta}


def test_a_probe_is_answered_from_memory_and_nothing_else_happens(tmp_path: Path) -> None:
    """protocol.md §5.1: hosts launch a sibling for it. No session, no page, no request."""

    async def scenario() -> None:
        async with Gateway(mcp_gateway()) as gateway:
            await seen(gateway, tmp_path)
            gateway.requests.clear()
            async with client_of(profile(gateway.url), tmp_path) as client:
                told = (await client.ask("server/discover", probe()))["result"]
                assert "2026-07-28" in told["supportedVersions"]
                assert "mcp-permit/snapshot" in told["_meta"]
            assert gateway.requests == []

    asyncio.run(scenario())


def test_a_gateway_that_was_never_met_is_asked_for_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: as for `initialize`. A probe that failed would make a legacy host of a modern one."""
    monkeypatch.setattr("mcp_proxy.proxy.greeting.GREETING_PATIENCE", 0.1)

    async def name(by_method: Json) -> str:
        async with (
            Gateway(mcp_gateway(**by_method)) as gateway,
            client_of(profile(gateway.url), tmp_path) as client,
        ):
            told = (await client.ask("server/discover", probe()))["result"]
            return str(told["_meta"]["io.modelcontextprotocol/serverInfo"]["name"])

    async def scenario() -> None:
        monkeypatch.setattr("mcp_proxy.proxy.greeting.GREETING_PATIENCE", PATIENCE)
        assert await name({}) == "scripted"
        down = {"initialize": lambda _message: answer(b"", status="502 Bad Gateway")}
        assert await name(down) == "mcp-permit"
        monkeypatch.setattr("mcp_proxy.proxy.greeting.GREETING_PATIENCE", 0.1)
        assert await name({"initialize": lambda _message: sends()}) == "mcp-permit"

    asyncio.run(scenario())
