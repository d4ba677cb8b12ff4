from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.errors import GatewayRefused, PermitError, RemoteProtocolError
from mcp_proxy.proxy.crossings.listening import _pause, listen
from mcp_proxy.proxy.eras.changes import listen_request
from mcp_proxy.proxy.eras.legacy_to_modern import Host
from mcp_proxy.wire import jsonrpc
from modern_gateway import Call, Json, ModernGateway
from net_world import Gateway, answer, sends
from test_proxy_gateway_modern import Wire, wire_to

if TYPE_CHECKING:
    from mcp_proxy.proxy.eras.changes import Filter

CHANGED = "notifications/tools/list_changed"


@pytest.fixture(autouse=True)
def brief_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams are taken up again at once."""
    monkeypatch.setattr("mcp_proxy.proxy.crossings.listening.FIRST_PAUSE", 0.001)


class Listener:
    """Somebody who listens, and what they heard."""

    def __init__(self) -> None:
        self.begun: list[bool] = []
        """For each stream that began: whether there was one before."""
        self.lines: list[bytes] = []

    async def listen(self, wire: Wire, *, insists: bool = False, goes_on: bool = False) -> Json:
        """Until it is over; what ended it."""
        line = listen_request({"toolsListChanged": True}, "l1")
        request = Host().stamped(jsonrpc.parse(line))

        def agreed(_found: Filter, _line: bytes, was_away: bool) -> None:  # noqa: FBT001 - theirs
            self.begun.append(was_away)

        async with asyncio.timeout(20):
            found = await listen(
                wire, request, agreed, self.lines.append, insists=insists, goes_on=goes_on
            )
        return dict(json.loads(found))


def test_a_subscription_ends_when_the_gateway_says_so() -> None:
    """MCP 2026-07-28, Subscriptions: the result ends it in peace."""

    async def scenario() -> None:
        async with ModernGateway() as gateway, wire_to(gateway.url) as wire:
            listener = Listener()
            task = asyncio.create_task(listener.listen(wire))
            await gateway.until(lambda: gateway.listening)
            gateway.announce(CHANGED)
            gateway.listening[0].over.set_result(None)  # type: ignore[attr-defined]
            assert "result" in await task
            assert listener.begun == [False]
            assert len(listener.lines) == 1

    asyncio.run(scenario())


def test_it_takes_as_many_streams_as_it_takes() -> None:
    """MCP 2026-07-28, Subscriptions: each under an id of its own."""

    async def scenario() -> None:
        async with ModernGateway() as gateway, wire_to(gateway.url) as wire:
            listener = Listener()
            task = asyncio.create_task(listener.listen(wire, goes_on=True))
            ids = set()
            for number in range(3):
                await gateway.until(lambda: gateway.listening)
                (stream,) = gateway.listening
                ids.add(stream.id)
                if number == 1:
                    stream.over.set_result(None)  # type: ignore[attr-defined]
                else:
                    stream.break_off()
                await gateway.until(lambda: not gateway.listening)
            await gateway.until(lambda: gateway.listening)
            assert len(ids) == 3
            assert listener.begun[:3] == [False, True, True]
            task.cancel()

    asyncio.run(scenario())


BROKEN = sends(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n", then="reset")
BUSY = answer(b"", status="503 Service Unavailable")
NO = answer(
    b'{"jsonrpc":"2.0","id":"l1","error":{"code":-32601,"message":"no"}}',
    "Content-Type: application/json",
    status="404 Not Found",
)


def test_a_first_stream_that_cannot_begin_is_told_unless_somebody_insists() -> None:
    """Ours: who asks for it wants to know; what stands behind a host tries again."""

    async def scenario() -> None:
        async with Gateway(BROKEN) as gateway, wire_to(gateway.url) as wire:
            with pytest.raises(PermitError):
                await Listener().listen(wire)
        end = NO.replace(b'"l1"', b"null")
        async with Gateway(BUSY, BROKEN, BUSY, end) as gateway, wire_to(gateway.url) as wire:
            assert "error" in await Listener().listen(wire, insists=True, goes_on=True)
            assert len(gateway.requests) == 4

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (answer(b"", status="404 Not Found"), GatewayRefused),
        (answer(b"<html>", "Content-Type: text/html"), RemoteProtocolError),
        (
            answer(b"data: nonsense\n\n", "Content-Type: text/event-stream"),
            RemoteProtocolError,
        ),
    ],
)
def test_what_will_never_work_is_not_tried_again(reply: bytes, error: type[PermitError]) -> None:
    """Ours: a gateway that is something else stays something else."""

    async def scenario() -> None:
        async with Gateway(reply) as gateway, wire_to(gateway.url) as wire:
            with pytest.raises(error):
                await Listener().listen(wire, insists=True, goes_on=True)
            assert len(gateway.requests) == 1

    asyncio.run(scenario())


def test_an_event_that_cannot_be_read_ends_it() -> None:
    """Ours: no rule could look at it. Long ones are not looked into before."""

    async def babbles(call: Call) -> Json:
        call.tell("notifications/subscriptions/acknowledged", {"notifications": {}})
        call.send({"method": "notifications/subscriptions/acknowledged", "x": "y" * 300_000})
        await asyncio.Event().wait()
        return {}

    async def scenario() -> None:
        async with ModernGateway() as gateway, wire_to(gateway.url) as wire:
            gateway.methods["subscriptions/listen"] = babbles
            with pytest.raises(RemoteProtocolError, match="cannot be read"):
                await Listener().listen(wire)

    asyncio.run(scenario())


def test_pauses_grow_and_stay_bearable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: a gateway that is down for a night is not asked a million times."""
    monkeypatch.setattr("mcp_proxy.proxy.crossings.listening.FIRST_PAUSE", 1.0)
    assert [_pause(count) for count in (0, 1, 2, 5, 1000)] == [1.0, 2.0, 4.0, 30.0, 30.0]
