from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.catalog.era import EraNote
from mcp_proxy.wire import jsonrpc
from modern_gateway import REVISION, ModernGateway
from net_world import Gateway, answer, sends
from relay_world import (
    HELLO,
    TOOLS,
    Client,
    Json,
    body_of,
    client_of,
    json_answer,
    mcp_gateway,
    methods,
    profile,
)
from sdk_gateway import sdk_gateway

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from net_world import Play

    Story = Callable[[Client], Awaitable[None]]

BOTH = {"modern": True, "legacy": True}
ONLY_MODERN = {"modern": True, "legacy": False}
ONLY_LEGACY = {"modern": False, "legacy": True}


def http_error(message: Json, code: int, status: str, data: object = None) -> bytes:
    """A JSON-RPC error under an HTTP error."""
    told: Json | None = None if data is None else {"supported": data}
    body = jsonrpc.failure(message.get("id"), code, "no", told)
    return answer(body, "Content-Type: application/json", status=status)


def modern_play(**by_method: Callable[[Json], bytes]) -> Play:
    """A modern gateway that is not strict, and knows a few answers."""

    async def play(writer: asyncio.StreamWriter, gateway: Gateway) -> None:
        message = body_of(gateway.requests[-1])
        method = message.get("method", "")
        match method:
            case other if other.replace("/", "_") in by_method:
                reply = by_method[other.replace("/", "_")](message)
            case "server/discover":
                found = {"supportedVersions": [REVISION], "capabilities": {"tools": {}}}
                reply = json_answer(message, {"resultType": "complete"} | found)
            case "tools/list":
                reply = json_answer(message, {"resultType": "complete", "tools": TOOLS})
            case "tools/call":
                reply = json_answer(message, {"resultType": "complete", "content": []})
            case _:
                reply = http_error(message, -32022, "400 Bad Request", [REVISION])
        writer.write(reply)

    return play


class Turncoat:
    """A gateway that becomes another one."""

    def __init__(self, first: Play) -> None:
        self.now = first

    async def play(self, writer: asyncio.StreamWriter, gateway: Gateway) -> None:
        await self.now(writer, gateway)


async def visit(url: str, folder: Path, story: Story | None = None, **how: Any) -> list[str]:
    """One process of a legacy host, which shakes hands and lists; what was complained of."""
    async with client_of(profile(url, **how), folder) as client:
        assert "result" in await client.greet()
        assert "result" in await client.ask("tools/list")
        if story is not None:
            await story(client)
    return client.complaints


def remembered(folder: Path, url: str) -> dict[Any, bool]:
    """What lies on the disk about a gateway."""
    return EraNote(folder / "eras", url).read()


def asked(gateway: Gateway) -> list[str]:
    """The meetings of a gateway, in order, since this was last called."""
    found = [one for one in methods(gateway) if one in {"server/discover", "initialize"}]
    gateway.requests.clear()
    return found


def test_a_legacy_gateway_is_probed_once_in_its_life(tmp_path: Path) -> None:
    """MCP 2026-07-28, Versioning; issue 5: legacy users pay nothing after the first time."""

    async def scenario() -> None:
        async with Gateway(mcp_gateway()) as gateway:
            await visit(gateway.url, tmp_path)
            assert asked(gateway) == ["server/discover", "initialize"]
            assert remembered(tmp_path, gateway.url) == ONLY_LEGACY
            await visit(gateway.url, tmp_path)
            assert asked(gateway) == ["initialize"]

    asyncio.run(scenario())


def test_a_modern_gateway_is_asked_what_it_is_and_shakes_no_hands(tmp_path: Path) -> None:
    """MCP 2026-07-28, Versioning: the discovery is what a legacy host is welcomed with."""

    async def scenario() -> None:
        async with Gateway(modern_play()) as gateway:
            await visit(gateway.url, tmp_path)
            assert asked(gateway) == ["server/discover", "initialize"]
            assert remembered(tmp_path, gateway.url) == ONLY_MODERN
            await visit(gateway.url, tmp_path)
            assert asked(gateway) == ["server/discover"]

    asyncio.run(scenario())


def test_a_gateway_of_both_eras_serves_a_host_in_its_own(tmp_path: Path) -> None:
    """Ours: where nothing must be translated, nothing is. The SDK's server does not say so."""

    async def scenario() -> None:
        async with sdk_gateway() as url:
            async with client_of(profile(url), tmp_path) as client:
                greeting = await client.greet()
                assert greeting["result"]["protocolVersion"] == "2025-06-18"
                answer = await client.call("add", first=1, second=2)
                assert "resultType" not in answer["result"], "a modern result would have it"
            assert remembered(tmp_path, url) == BOTH

    asyncio.run(scenario())


def test_a_401_is_no_verdict(tmp_path: Path) -> None:
    """protocol.md §1.3: authenticate, then ask again."""
    gone = answer(b"", 'WWW-Authenticate: Bearer scope="x"', status="401 Unauthorized")

    async def scenario() -> None:
        async with Gateway(gone) as gateway:
            async with client_of(profile(gateway.url), tmp_path) as client:
                await client.greet()
                assert (await client.ask("tools/list"))["error"]["code"] == 1003
            assert set(asked(gateway)) == {"server/discover"}
            assert remembered(tmp_path, gateway.url) == {}

    asyncio.run(scenario())


@pytest.mark.parametrize("silence", [sends(), sends(then="reset")])
def test_silence_is_no_verdict_either_and_a_handshake_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silence: Play
) -> None:
    """MCP 2026-07-28, stdio, Backward Compatibility: anything else, or silence."""
    monkeypatch.setattr("mcp_proxy.proxy.gateway.modern.PROBE_SECONDS", 0.05)

    async def scenario() -> None:
        async with Gateway(mcp_gateway(server_discover=lambda _message: silence)) as gateway:
            await visit(gateway.url, tmp_path)
            assert remembered(tmp_path, gateway.url) == ONLY_LEGACY

    asyncio.run(scenario())


def test_what_could_not_be_reached_is_not_remembered(tmp_path: Path) -> None:
    """Ours: a gateway that is down is no legacy gateway."""

    async def scenario() -> None:
        async with Gateway(b"") as gateway:
            url = gateway.url
        async with client_of(profile(url), tmp_path) as client:
            await client.greet()
            answer = await client.ask("prompts/list")
            assert answer["error"]["data"]["type"] == "GatewayUnreachable"
        assert remembered(tmp_path, url) == {}

    asyncio.run(scenario())


def test_what_is_no_gateway_is_asked_no_more_than_it_takes(tmp_path: Path) -> None:
    """Ours: a guess that fails is not doubted again."""

    async def scenario() -> None:
        async with Gateway(answer(b"not here", status="404 Not Found")) as gateway:
            async with client_of(profile(gateway.url), tmp_path) as client:
                await client.greet()
                asked(gateway)
                assert (await client.ask("prompts/list"))["error"]["data"]["status"] == 404
            assert asked(gateway) == ["initialize"]
            assert remembered(tmp_path, gateway.url) == {}

    asyncio.run(scenario())


def test_a_gateway_that_has_become_modern_is_met_anew(tmp_path: Path) -> None:
    """MCP 2026-07-28, Versioning: re-probing if the cached assumption later fails."""

    async def scenario() -> None:
        turncoat = Turncoat(mcp_gateway())
        async with Gateway(turncoat.play) as gateway:
            await visit(gateway.url, tmp_path)
            turncoat.now = modern_play()
            asked(gateway)
            await visit(gateway.url, tmp_path)
            assert asked(gateway)[:2] == ["initialize", "server/discover"]
            assert remembered(tmp_path, gateway.url) == ONLY_MODERN

    asyncio.run(scenario())


def test_a_gateway_that_has_gone_back_is_met_anew(tmp_path: Path) -> None:
    """MCP 2026-07-28, Versioning: the other direction."""

    async def scenario() -> None:
        turncoat = Turncoat(modern_play())
        async with Gateway(turncoat.play) as gateway:
            await visit(gateway.url, tmp_path)
            turncoat.now = mcp_gateway()
            asked(gateway)

            async def story(_client: Client) -> None:
                # The host had its answers from memory, and the gateway is met behind them.
                await gateway.seen(requests=5)

            await visit(gateway.url, tmp_path, story)
            assert asked(gateway) == ["server/discover", "initialize"]
            assert remembered(tmp_path, gateway.url) == ONLY_LEGACY

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "gone",
    [
        lambda message: http_error(message, -32022, "400 Bad Request", [REVISION]),
        lambda _message: answer(b"", status="404 Not Found"),
    ],
)
def test_a_gateway_may_become_modern_while_we_are_there(
    tmp_path: Path, gone: Callable[[Json], bytes]
) -> None:
    """Ours: a deployment does not ask who is connected. The call runs once."""
    calls: list[object] = []

    def refused(message: Json) -> bytes:
        if "_meta" in message["params"]:
            calls.append(message["id"])
            return json_answer(message, {"resultType": "complete", "content": []})
        return gone(message)

    async def scenario() -> None:
        turncoat = Turncoat(mcp_gateway())

        async def story(client: Client) -> None:
            turncoat.now = modern_play(tools_call=refused)
            assert "result" in await client.call("change")

        async with Gateway(turncoat.play) as gateway:
            await visit(gateway.url, tmp_path, story)
            assert remembered(tmp_path, gateway.url)["modern"]
        assert len(calls) == 1

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "gone",
    [
        lambda message: http_error(message, -32000, "400 Bad Request"),
        lambda message: http_error(message | {"id": None}, -32600, "400 Bad Request"),
        lambda _message: answer(b"", status="405 Method Not Allowed"),
    ],
)
def test_a_gateway_may_go_back_while_we_are_there(
    tmp_path: Path, gone: Callable[[Json], bytes]
) -> None:
    """Ours: what an old server says to a request that has no session. The call runs once."""
    calls: list[object] = []

    def called(message: Json) -> bytes:
        if "_meta" in message["params"]:
            return gone(message)
        calls.append(message["id"])
        return json_answer(message, {"content": []})

    async def scenario() -> None:
        turncoat = Turncoat(modern_play())

        async def story(client: Client) -> None:
            turncoat.now = mcp_gateway(tools_call=called)
            assert "result" in await client.call("change")

        async with Gateway(turncoat.play) as gateway:
            await visit(gateway.url, tmp_path, story)
            assert remembered(tmp_path, gateway.url) == ONLY_LEGACY
        assert len(calls) == 1

    asyncio.run(scenario())


def test_a_refusal_that_means_nothing_new_is_told_as_it_came(tmp_path: Path) -> None:
    """Issue 5: error code and data survive a doubt that was for nothing."""

    def refused(message: Json) -> bytes:
        return http_error(message, -32600, "400 Bad Request", ["x"])

    async def scenario() -> None:
        async def story(client: Client) -> None:
            error = (await client.call("change"))["error"]
            assert (error["code"], error["data"]) == (-32600, {"supported": ["x"]})
            missing = await client.ask("prompts/list")
            assert missing["error"]["data"]["status"] == 405

        nothing = answer(b"", status="405 Method Not Allowed")
        play = modern_play(tools_call=refused, prompts_list=lambda _message: nothing)
        async with Gateway(play) as gateway:
            await visit(gateway.url, tmp_path, story)
            assert remembered(tmp_path, gateway.url) == ONLY_MODERN

    asyncio.run(scenario())


def test_a_doubt_that_nobody_can_settle_changes_nothing(tmp_path: Path) -> None:
    """Ours: the trouble that raised it is the one to tell of."""

    async def scenario() -> None:
        turncoat = Turncoat(modern_play())

        async def story(client: Client) -> None:
            ahead = {"supportedVersions": ["2027-01-01"]}
            turncoat.now = modern_play(
                tools_call=lambda _message: answer(b"", status="404 Not Found"),
                server_discover=lambda message: json_answer(message, ahead),
            )
            assert (await client.call("change"))["error"]["data"]["status"] == 404
            assert "result" in await client.ask("tools/list")
            gone = answer(b"", status="401 Unauthorized")
            turncoat.now = modern_play(
                tools_call=lambda _message: answer(b"", status="404 Not Found"),
                server_discover=lambda _message: gone,
            )
            assert (await client.call("change"))["error"]["code"] == 1003
            assert "result" in await client.ask("tools/list")

        async with Gateway(turncoat.play) as gateway:
            await visit(gateway.url, tmp_path, story)
            assert remembered(tmp_path, gateway.url) == ONLY_MODERN

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "odd",
    [
        lambda message: json_answer(message, HELLO | {"protocolVersion": REVISION}),
        lambda message: json_answer(message, {"resultType": "complete"}),
        lambda message: http_error(message, -32601, "404 Not Found"),
    ],
)
def test_a_handshake_that_is_none_is_not_taken_for_one(
    tmp_path: Path, odd: Callable[[Json], bytes]
) -> None:
    """Ours: some modern gateways answer anything."""

    async def scenario() -> None:
        async with Gateway(modern_play(initialize=odd)) as gateway:
            await visit(gateway.url, tmp_path)
            assert remembered(tmp_path, gateway.url) == ONLY_MODERN

    asyncio.run(scenario())


def test_a_handshake_that_fails_today_may_work_tomorrow(tmp_path: Path) -> None:
    """Ours: a server error says nothing of the era."""

    async def scenario() -> None:
        broken = answer(b"", status="500 Internal Server Error")
        async with Gateway(modern_play(initialize=lambda _message: broken)) as gateway:
            await visit(gateway.url, tmp_path)
            assert remembered(tmp_path, gateway.url) == {"modern": True}

    asyncio.run(scenario())


def test_a_note_that_cannot_be_kept_is_told_and_harms_nobody(tmp_path: Path) -> None:
    """Ours."""

    async def scenario() -> None:
        (tmp_path / "eras").write_bytes(b"")
        async with Gateway(mcp_gateway()) as gateway:
            complaints = await visit(gateway.url, tmp_path)
            assert any("eras" in sentence for sentence in complaints)

    asyncio.run(scenario())


def test_a_strict_gateway_is_remembered_by_those_who_come_at_once(tmp_path: Path) -> None:
    """Ours: many requests, one probe."""

    async def scenario() -> None:
        async with ModernGateway() as gateway, client_of(profile(gateway.url), tmp_path) as client:
            who = {"name": "old", "version": "1"}
            hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": who}
            begun = [client.begin("initialize", hello), client.begin("tools/list")]
            begun += [client.begin("tools/list") for _ in range(5)]
            assert all("result" in found for found in await asyncio.gather(*begun))
            assert gateway.names().count("server/discover") == 1

    asyncio.run(scenario())
