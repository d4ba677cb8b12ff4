from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.errors import GatewayError, GatewayRefused, OutcomeUnknown, RemoteProtocolError
from mcp_proxy.net.link import Link
from mcp_proxy.proxy.eras.legacy_to_modern import Host
from mcp_proxy.proxy.gateway.access import Access
from mcp_proxy.proxy.gateway.limits import REQUESTS, Limits
from mcp_proxy.proxy.gateway.modern import Modern, restored
from mcp_proxy.tokens.static import NoTokens
from mcp_proxy.wire import jsonrpc
from mcp_proxy.wire.headers import mirrors
from modern_gateway import Call, Json, ModernGateway, RpcError, text, tool
from net_world import Gateway, answer, sends

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from net_world import Play

REGION = {"type": "string", "x-mcp-header": "Region"}


class Wire(Modern):
    """The wire with what it is given by the house: the tools that are known, and a new list."""

    def __init__(self, access: Access, patience_seconds: float) -> None:
        self.known: Json = {}
        self.lists = 0
        self.heard: list[bytes] = []
        self.next: Json = {}
        """What a new list teaches."""

        async def relist() -> None:
            self.lists += 1
            self.known |= self.next

        super().__init__(
            access,
            Limits(patience_seconds),
            lambda name: mirrors(self.known.get(name)),
            relist,
        )

    async def send(
        self, method: str, params: Json | None = None, *, name: str = "r", repeatable: bool = False
    ) -> bytes:
        """Ask, as a host that has said what it must."""
        request = Host().stamped(jsonrpc.parse(jsonrpc.request(name, method, params)))
        async with asyncio.timeout(20):
            return await self.ask(request, repeatable=repeatable, on_message=self.heard.append)

    async def call(self, tool: str, arguments: Json | None = None, **how: Any) -> bytes:
        """Call a tool."""
        return await self.send("tools/call", {"name": tool, "arguments": arguments or {}}, **how)


@asynccontextmanager
async def wire_to(url: str, patience_seconds: float = 20.0) -> AsyncIterator[Wire]:
    link = Link(url)
    yield Wire(Access(link, NoTokens(), {}), patience_seconds)
    link.close()


async def works(_call: Call) -> Json:
    """A tool."""
    return text("done")


def test_a_strict_gateway_takes_what_is_sent() -> None:
    """MCP 2026-07-28, Streamable HTTP, Request Metadata; nothing of a session goes along."""

    async def scenario() -> None:
        async with ModernGateway(größe=works) as gateway, wire_to(gateway.url) as wire:
            assert b"done" in await wire.call("größe")
            assert b'"supportedVersions"' in await wire.send("server/discover")
            assert gateway.refused == []
            called = gateway.asked[0].headers
            assert called["mcp-method"] == "tools/call"
            assert called["accept"] == "application/json, text/event-stream"
            assert not {"mcp-session-id", "last-event-id"} & called.keys()

    asyncio.run(scenario())


def test_what_a_gateway_tells_on_the_way_is_handed_on_and_what_it_asks_is_not() -> None:
    """MCP 2026-07-28, Streamable HTTP, Receiving Messages: no requests on a stream."""

    async def chatty(call: Call) -> Json:
        call.tell("notifications/progress", {"progressToken": 1, "progress": 1})
        call.send({"jsonrpc": "2.0", "id": 9, "method": "ping"})
        call.send({"jsonrpc": "2.0", "id": 9, "result": {}})
        return text("done")

    async def scenario() -> None:
        async with ModernGateway(chatty=chatty) as gateway, wire_to(gateway.url) as wire:
            assert b"done" in await wire.call("chatty")
            (told,) = wire.heard
            assert b"notifications/progress" in told

    asyncio.run(scenario())


def test_headers_that_were_refused_are_sent_right_after_one_new_list() -> None:
    """MCP 2026-07-28, Streamable HTTP, Client Behavior; a retry is a request of its own."""

    async def scenario() -> None:
        entry = tool("look", region=REGION)
        async with (
            ModernGateway(tools=[entry], look=works) as gateway,
            wire_to(gateway.url) as wire,
        ):
            wire.next = {"look": entry["inputSchema"]}
            found = await wire.call("look", {"region": "eu"})
            assert b"done" in found
            assert jsonrpc.answers(found, "r")
            assert wire.lists == 1
            (refused,) = gateway.refused
            assert refused["why"].startswith("Mcp-Param-Region header is missing")
            (call,) = gateway.asked
            assert call.headers["mcp-param-region"] == "eu"
            assert call.id != "r"

    asyncio.run(scenario())


def test_headers_that_stay_wrong_are_told_once() -> None:
    """Ours: one list and one retry, as MCP has it, and then the gateway's own words."""

    async def scenario() -> None:
        entry = tool("look", region=REGION)
        async with (
            ModernGateway(tools=[entry], look=works) as gateway,
            wire_to(gateway.url) as wire,
        ):
            assert b"-32020" in await wire.call("look", {"region": "eu"})
            assert (wire.lists, len(gateway.refused)) == (1, 2)

    asyncio.run(scenario())


def test_many_calls_that_want_a_new_list_do_not_starve_it() -> None:
    """Ours: a list needs a place among the requests under way, and all of these had one."""

    async def scenario() -> None:
        entry = tool("look", region=REGION)
        async with (
            ModernGateway(tools=[entry], look=works) as gateway,
            wire_to(gateway.url) as wire,
        ):

            async def relist() -> None:
                await wire.send("tools/list", name="list")
                wire.known["look"] = entry["inputSchema"]

            wire._relist = relist
            calls = [
                wire.call("look", {"region": "eu"}, name=f"r{number}")
                for number in range(REQUESTS + 5)
            ]
            assert all(b"done" in found for found in await asyncio.gather(*calls))

    asyncio.run(scenario())


def test_a_tool_that_is_listed_wrongly_is_not_called() -> None:
    """MCP 2026-07-28, Streamable HTTP: such tools are rejected."""

    async def scenario() -> None:
        async with ModernGateway(look=works) as gateway, wire_to(gateway.url) as wire:
            wire.known["look"] = {"properties": {"x": {"type": "null", "x-mcp-header": "X"}}}
            with pytest.raises(RemoteProtocolError, match="lists this tool wrongly"):
                await wire.call("look")
            assert gateway.asked == []

    asyncio.run(scenario())


def refusal(code: int, data: Json, request_id: object = None) -> bytes:
    body = jsonrpc.failure(None, code, "no", data)
    if request_id is not None:
        body = restored(body, "r")
    return answer(body, "Content-Type: application/json", status="400 Bad Request")


DONE = answer(
    b'{"jsonrpc":"2.0","id":"mcp-permit-m1","result":{"n":1.50}}', "Content-Type: application/json"
)


def test_a_revision_that_is_supported_after_all_is_tried_again() -> None:
    """MCP 2026-07-28, Versioning: a retry with a version that both speak."""

    async def scenario() -> None:
        said = refusal(-32022, {"supported": ["2026-07-28"]}, "r")
        async with Gateway(said, DONE) as gateway, wire_to(gateway.url) as wire:
            assert await wire.send("x/y") == b'{"jsonrpc":"2.0","id":"r","result":{"n":1.50}}'
            assert len(gateway.requests) == 2

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("code", "data"),
    [(-32022, {"supported": ["2027-01-01"]}), (-32022, {}), (-32021, {}), (-32020, {})],
)
def test_other_refusals_are_the_answer(code: int, data: Json) -> None:
    """Issue 5: error code and data survive; a refusal before the id was read has none."""

    async def scenario() -> None:
        async with Gateway(refusal(code, data)) as gateway, wire_to(gateway.url) as wire:
            found = await wire.send("x/y")
            assert jsonrpc.answers(found, "r")
            assert str(code).encode() in found
            assert len(gateway.requests) == 1

    asyncio.run(scenario())


def test_an_unknown_method_is_answered_so() -> None:
    """MCP 2026-07-28, Streamable HTTP: 404 with a body of -32601."""

    async def scenario() -> None:
        async with ModernGateway() as gateway, wire_to(gateway.url) as wire:
            assert b"-32601" in await wire.send("vendor/odd")

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "reply",
    [
        answer(b"Not Found", status="404 Not Found"),
        answer(b'{"jsonrpc":"2.0","id":"other","error":{"code":1,"message":""}}', status="400 X"),
        answer(b'{"jsonrpc":"2.0","id":null,"result":{}}', status="400 X"),
        answer(b"x" * (1 << 15), status="502 Bad Gateway"),
    ],
)
def test_an_http_error_that_answers_nothing_is_one(reply: bytes) -> None:
    """peers.md §8, behaviour 21: an answer, whatever the gateway does."""

    async def scenario() -> None:
        async with Gateway(reply) as gateway, wire_to(gateway.url) as wire:
            with pytest.raises(GatewayRefused):
                await wire.send("x/y")

    asyncio.run(scenario())


def test_a_broken_stream_is_asked_again_only_where_that_does_no_harm() -> None:
    """MCP 2026-07-28, Key Changes: a broken stream loses the request; another id."""
    runs: list[object] = []

    async def falls(call: Call) -> Json:
        runs.append(call.id)
        call.tell("notifications/progress", {"progressToken": 1, "progress": 1})
        await asyncio.sleep(0)
        call.break_off()
        return {}

    async def scenario() -> None:
        async with ModernGateway(falls=falls) as gateway, wire_to(gateway.url) as wire:
            with pytest.raises(OutcomeUnknown):
                await wire.call("falls")
            assert runs == ["r"]
            with pytest.raises(OutcomeUnknown):
                await wire.call("falls", repeatable=True)
            assert len(runs) == 3
            assert len(set(runs)) == 2
            gateway.calls["falls"] = works
            assert jsonrpc.answers(await wire.call("falls", repeatable=True), "r")

    asyncio.run(scenario())


def test_event_ids_are_no_place_to_go_on_from() -> None:
    """MCP 2026-07-28, Streamable HTTP: `Last-Event-ID` is not supported."""

    async def scenario() -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 999\r\n\r\n"
        cut: Play = sends(head + b"id: e1\ndata: \n\n", then="close")
        async with Gateway(cut) as gateway, wire_to(gateway.url) as wire:
            with pytest.raises(OutcomeUnknown):
                await wire.send("x/y")
            assert len(gateway.requests) == 1

    asyncio.run(scenario())


def test_who_stops_waiting_closes_the_stream() -> None:
    """MCP 2026-07-28, Cancellation: a disconnect is the signal, with or without events."""
    begun = asyncio.Event()

    async def hangs(call: Call) -> Json:
        if call.params["arguments"]:
            call.tell("notifications/progress", {"progressToken": 1, "progress": 1})
        begun.set()
        await asyncio.Event().wait()
        return {}

    async def scenario() -> None:
        async with ModernGateway(hangs=hangs) as gateway, wire_to(gateway.url) as wire:
            for arguments in ({}, {"loud": True}):
                begun.clear()
                task = asyncio.create_task(wire.call("hangs", arguments))
                await begun.wait()
                task.cancel()
                await gateway.until(lambda: gateway.asked[-1].was_left)
            assert gateway.told == []

    asyncio.run(scenario())


def test_a_gateway_that_is_silent_is_given_up() -> None:
    """peers.md §8, behaviour 21."""

    async def hangs(_call: Call) -> Json:
        await asyncio.Event().wait()
        return {}

    async def scenario() -> None:
        async with ModernGateway(hangs=hangs) as gateway, wire_to(gateway.url, 0.05) as wire:
            with pytest.raises(OutcomeUnknown, match="no sign of life"):
                await wire.call("hangs")

    asyncio.run(scenario())


def test_a_notification_is_sent_with_its_headers() -> None:
    """MCP 2026-07-28, Streamable HTTP: `Mcp-Method` on notifications, too."""

    async def scenario() -> None:
        note = Host().stamped(jsonrpc.parse(jsonrpc.notification("vendor/told", {"n": 1})))
        async with ModernGateway() as gateway, wire_to(gateway.url) as wire:
            await wire.tell(note)
            assert gateway.told[0]["params"]["n"] == 1
        async with (
            Gateway(answer(b"", status="400 Bad Request")) as deaf,
            wire_to(deaf.url) as wire,
        ):
            with pytest.raises(GatewayRefused):
                await wire.tell(note)
            assert b"Mcp-Method: vendor/told" in deaf.requests[0]

    asyncio.run(scenario())


def test_a_probe_takes_any_answer() -> None:
    """MCP 2026-07-28, Versioning: the body says what the gateway is, not the status."""
    probe = Host().stamped(jsonrpc.parse(jsonrpc.request("p", "server/discover")))
    event = b'{"jsonrpc":"2.0","id":"p","result":{"n":1}}'
    stream = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n%b"
    body = b'data: {"jsonrpc":"2.0","method":"x"}\n\ndata: ' + event + b"\n\n"

    async def scenario() -> None:
        for reply, found in (
            (answer(b"no such thing", status="404 Not Found"), b"no such thing"),
            (answer(b"", status="202 Accepted"), b""),
            (stream % (len(body), body), event),
        ):
            async with Gateway(reply) as gateway, wire_to(gateway.url) as wire:
                assert await wire.probe(probe) == found

    asyncio.run(scenario())


def test_an_answer_with_two_ids_is_none() -> None:
    """Ours: readers differ over which of the two counts."""
    with pytest.raises(GatewayError):
        restored(b'{"jsonrpc":"2.0","id":1,"id":2,"result":{}}', "r")


def test_an_error_of_an_unknown_tool_needs_no_headers() -> None:
    """MCP 2026-07-28, Streamable HTTP: without a schema, a call goes without `Mcp-Param-*`."""

    async def missing(_call: Call) -> Json:
        raise RpcError(-32602, "Unknown tool", {"n": 1})

    async def scenario() -> None:
        async with ModernGateway(missing=missing) as gateway, wire_to(gateway.url) as wire:
            assert b'"data":{"n":1}' in (await wire.call("missing")).replace(b" ", b"")

    asyncio.run(scenario())
