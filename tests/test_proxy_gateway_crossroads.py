from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from legacy_gateway import LegacyGateway
from modern_gateway import Call as ModernCall
from modern_gateway import ModernGateway, text
from modern_host import relayed
from net_world import Gateway
from relay_world import Client, body_of, client_of, event_stream, mcp_gateway, methods, profile
from serve_process import surroundings
from test_proxy_gateway_acquaintance import Turncoat, modern_play, visit

if TYPE_CHECKING:
    from pathlib import Path

    from legacy_gateway import Call as LegacyCall
    from modern_gateway import Json

CHANGED = b'{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}'


async def modern_look(_call: ModernCall) -> Json:
    """A tool of the one era."""
    return text("modern")


async def legacy_look(_call: LegacyCall) -> Json:
    """A tool of the other."""
    return text("legacy")


@pytest.mark.parametrize("gateway_era", ["legacy", "modern"])
@pytest.mark.parametrize("host_era", ["legacy", "modern"])
def test_every_pair_has_its_way(tmp_path: Path, host_era: str, gateway_era: str) -> None:
    """Issue 5: all four pairs, by themselves."""

    async def look(url: str) -> Json:
        if host_era == "modern":
            async with relayed(profile(url), tmp_path) as host:
                return await host.call("look")
        async with client_of(profile(url), tmp_path) as client:
            await client.greet()
            return await client.call("look")

    async def scenario() -> None:
        if gateway_era == "modern":
            async with ModernGateway(look=modern_look) as modern:
                answer = await look(modern.url)
        else:
            async with LegacyGateway(look=legacy_look) as legacy:
                answer = await look(legacy.url)
        assert answer["result"]["content"][0]["text"] == gateway_era
        is_modern = "modern" in {host_era, gateway_era}
        assert ("resultType" in answer["result"]) == is_modern

    asyncio.run(scenario())


def test_a_host_that_probes_and_then_shakes_hands_is_served(tmp_path: Path) -> None:
    """Issue 5: a host may probe and then `initialize` in the same process."""

    async def scenario() -> None:
        async with (
            ModernGateway(look=modern_look) as gateway,
            client_of(profile(gateway.url), tmp_path) as client,
        ):
            m = "io.modelcontextprotocol/"
            meta = {f"{m}protocolVersion": "2026-07-28", f"{m}clientCapabilities": {}}
            probe = await client.ask("server/discover", {"_meta": meta})
            assert "2026-07-28" in probe["result"]["supportedVersions"]
            assert (await client.greet())["result"]["protocolVersion"] == "2025-06-18"
            assert (await client.call("look"))["result"]["content"][0]["text"] == "modern"
            said = gateway.last("tools/call").params["_meta"]
            assert said[f"{m}clientInfo"]["name"] == "test"

    asyncio.run(scenario())


def test_a_request_before_the_handshake_is_nobodys(tmp_path: Path) -> None:
    """MCP 2025-11-25, Lifecycle; the gateway is not asked what it is, either."""

    async def scenario() -> None:
        async with (
            Gateway(mcp_gateway()) as gateway,
            client_of(profile(gateway.url), tmp_path) as client,
        ):
            assert (await client.ask("prompts/list"))["error"]["code"] == -32600
            assert gateway.requests == []

    asyncio.run(scenario())


def test_what_a_gateway_tells_unasked_is_heard_in_whichever_era_it_speaks(tmp_path: Path) -> None:
    """Ours: the stream of one era ends, and that of the other begins."""

    async def scenario() -> None:
        async with ModernGateway(look=modern_look) as other:

            async def moved(writer: asyncio.StreamWriter, gateway: Gateway) -> None:
                # From now on, the strict gateway answers under this address.
                request = gateway.requests[-1]
                reader, away = await asyncio.open_connection(
                    "127.0.0.1", other.server.sockets[0].getsockname()[1]
                )
                away.write(request)
                while data := await reader.read(1 << 16):
                    writer.write(data)
                    if b"subscriptions" not in request:
                        break
                away.close()

            streams = iter([event_stream(CHANGED)])
            closed = b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n"
            turncoat = Turncoat(mcp_gateway(GET=lambda _message: next(streams, closed)))

            async def story(client: Client) -> None:
                await client.until(lambda: len(client.told) == 1)
                turncoat.now = moved
                assert "result" in await client.call("look")
                await other.until(lambda: other.listening)
                other.announce("notifications/resources/list_changed")
                await client.until(
                    lambda: any("resources" in told["method"] for told in client.told)
                )

            async with Gateway(turncoat.play) as gateway:
                await visit(gateway.url, tmp_path, story)

    asyncio.run(scenario())


def test_sessions_end_when_the_host_goes(tmp_path: Path) -> None:
    """MCP 2025-11-25, Session Management: DELETE; a modern gateway has nothing to delete."""

    async def scenario() -> None:
        async with Gateway(mcp_gateway()) as gateway:
            await visit(gateway.url, tmp_path)
            async with relayed(profile(gateway.url), tmp_path) as host:
                assert "result" in await host.ask("tools/list")
            deleted = [one for one in gateway.requests if one.startswith(b"DELETE ")]
            assert len(deleted) == 2
        async with Gateway(modern_play()) as gateway:
            await visit(gateway.url, tmp_path)
            assert all(one.startswith(b"POST ") for one in gateway.requests)

    asyncio.run(scenario())


def test_nothing_of_the_modern_era_is_loaded_for_those_who_do_without(tmp_path: Path) -> None:
    """Issue 5: legacy users pay nothing after the first time."""

    async def scenario() -> list[set[str]]:
        async with Gateway(mcp_gateway()) as gateway:
            loaded = [await asyncio.to_thread(served, gateway.url) for _ in range(2)]
            assert methods(gateway).count("server/discover") == 1
            assert body_of(gateway.requests[0])["method"] == "server/discover"
        return loaded

    def served(url: str) -> set[str]:
        words = [sys.executable, "-X", "importtime", "-m", "mcp_proxy", "serve", url]
        who = {"name": "test", "version": "1"}
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": who}
        lines: list[Json] = [
            {"id": 1, "method": "initialize", "params": hello},
            {"method": "notifications/initialized"},
            {"id": 2, "method": "tools/call", "params": {"name": "change"}},
        ]
        pipe = subprocess.PIPE
        with subprocess.Popen(
            words, stdin=pipe, stdout=pipe, stderr=pipe, env=surroundings(tmp_path)
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stderr is not None
            heard: list[bytes] = []
            reader = Thread(target=lambda: heard.append(process.stderr.read()))  # type: ignore[union-attr]
            reader.start()
            for line in lines:
                process.stdin.write(json.dumps({"jsonrpc": "2.0"} | line).encode() + b"\n")
                process.stdin.flush()
            while b'"id":2' not in process.stdout.readline().replace(b" ", b""):
                pass
            process.stdin.close()
            reader.join()
        return set(re.findall(r"\| +(mcp_proxy\.\S+)$", heard[0].decode(), flags=re.MULTILINE))

    first, second = asyncio.run(scenario())
    assert "mcp_proxy.proxy.gateway.modern" in first
    of_the_era = {name for name in second if ".modern" in name or ".eras" in name}
    # What a probe of the host is told apart by.
    assert of_the_era <= {"mcp_proxy.proxy.eras", "mcp_proxy.proxy.eras.envelope"}
