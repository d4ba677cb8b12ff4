from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.errors import GatewayUnreachable, OutcomeUnknown
from mcp_proxy.net.reply import Reply
from mcp_proxy.proxy.gateway.stream import LONGEST_PAUSE, Stream, is_event_stream, media_type

if TYPE_CHECKING:
    from mcp_proxy.errors import GatewayError


class Wire:
    """The connections of a test: what each of them brings, and from where it was to go on."""

    def __init__(self, *bodies: bytes) -> None:
        self.bodies = list(bodies)
        self.asked: list[str | None] = []
        self.aborted = 0

    def hold(self, *, back: bool) -> None:
        """Whole bodies are never held back."""

    def abort(self) -> None:
        self.aborted += 1

    def reply(
        self, body: bytes, *, end: GatewayError | None = None, is_open: bool = False
    ) -> Reply:
        reply = Reply(self, 200, {"content-type": "text/event-stream"})
        reply.feed(body)
        if not is_open:
            reply.end(end)
        return reply

    async def connect(self, last_event_id: str | None) -> Reply:
        self.asked.append(last_event_id)
        if not self.bodies:
            raise GatewayUnreachable("The gateway is gone")
        return self.reply(self.bodies.pop(0))


def ignore(_message: bytes) -> bool:
    return False


def test_the_next_connection_goes_on_after_the_last_event() -> None:
    """MCP 2025-11-25, Resumability and Redelivery; an event without an id keeps the last one."""

    async def scenario() -> None:
        wire = Wire(b"data: two\n\n", b"id: e3\ndata: three\n\n")
        heard: list[bytes] = []
        stream = Stream(wire.connect)

        def take(message: bytes) -> bool:
            heard.append(message)
            return False

        await stream.read(wire.reply(b"id: e1\ndata: one\n\n"), take)
        await stream.read(await stream.connect(), take)
        await stream.read(await stream.connect(), take)
        assert heard == [b"one", b"two", b"three"]
        assert wire.asked == ["e1", "e1"]
        assert stream.last_event_id == "e3"

    asyncio.run(scenario())


def test_a_lost_connection_has_told_how_far_it_came() -> None:
    """MCP 2025-11-25, Resumability and Redelivery."""

    async def scenario() -> None:
        wire = Wire()
        stream = Stream(wire.connect)
        lost = wire.reply(b"id: e1\ndata: \n\nid: e2\ndat", end=OutcomeUnknown("lost"))
        with pytest.raises(OutcomeUnknown):
            await stream.read(lost, ignore)
        assert stream.last_event_id == "e1"

    asyncio.run(scenario())


def test_who_has_what_they_want_closes_the_connection() -> None:
    """Ours. A gateway that keeps its stream open after the answer holds nobody."""

    async def scenario() -> None:
        wire = Wire()
        heard: list[bytes] = []

        def take(message: bytes) -> bool:
            heard.append(message)
            return message == b"wanted"

        reply = wire.reply(b"data: first\n\ndata: wanted\n\ndata: late\n\n", is_open=True)
        await Stream(wire.connect).read(reply, take)
        assert heard == [b"first", b"wanted"]
        assert wire.aborted == 1

    asyncio.run(scenario())


def test_pauses_grow_while_nothing_comes_and_begin_anew_with_an_event() -> None:
    """Ours. A gateway that is gone is asked ever more rarely, but never given up."""

    async def scenario() -> None:
        wire = Wire(b"", b"data: here\n\n")
        stream = Stream(wire.connect)
        assert stream.pause == 1
        await stream.read(await stream.connect(), ignore)
        assert stream.pause == 2
        await stream.read(await stream.connect(), ignore)
        assert stream.pause == 1
        for _ in range(2000):
            with pytest.raises(GatewayUnreachable):
                await stream.connect()
        assert stream.pause == LONGEST_PAUSE

    asyncio.run(scenario())


def test_the_time_that_the_gateway_names_is_kept() -> None:
    """WHATWG HTML §9.2: a reconnection time holds for the stream; silence only adds to it."""

    async def scenario() -> None:
        wire = Wire(b"data: here\n\n", b"")
        stream = Stream(wire.connect)
        await stream.read(wire.reply(b"retry: 90000\ndata: \n\n"), ignore)
        assert stream.pause == 90
        await stream.read(await stream.connect(), ignore)
        await stream.read(await stream.connect(), ignore)
        assert stream.pause == 90

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("status", "kind", "is_one"),
    [
        (200, "text/event-stream", True),
        (200, "Text/Event-Stream ; charset=utf-8", True),
        (200, "application/json", False),
        (404, "text/event-stream", False),
    ],
)
def test_an_event_stream_is_known_by_its_head(status: int, kind: str, *, is_one: bool) -> None:
    """RFC 9110 §8.3.1."""
    assert is_event_stream(Reply(Wire(), status, {"content-type": kind})) is is_one
    assert media_type({}) == ""
