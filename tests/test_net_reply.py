"""One answer: read whole, or part by part with a slow reader."""

from __future__ import annotations

import asyncio

import pytest

from mcp_proxy.errors import OutcomeUnknown, RemoteProtocolError
from mcp_proxy.net import reply as reply_module
from mcp_proxy.net.link import CONNECTIONS, Link
from mcp_proxy.net.reply import UNREAD_LIMIT
from net_world import OK, Gateway, answer, sends, turns, within

STREAM = OK + b"Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_a_big_body_is_read_whole() -> None:
    """Ours. Bigger than what may wait for a slow reader."""
    body = bytes(range(256)) * (5 << 12)

    async def scenario() -> list[bytes]:
        async with within(), Gateway(answer(body)) as gateway:
            link = Link(gateway.url, environ={})
            got = []
            for _ in range(2):
                reply = await link.send("POST", b"", b"{}")
                got.append(await reply.read())
                assert await reply.read() == body
            link.close()
            assert gateway.connections == 1
            return got

    assert asyncio.run(scenario()) == [body, body]


def test_parts_come_as_they_arrive() -> None:
    """Ours: an event is passed on before the next is there."""

    async def scenario() -> list[bytes]:
        go_on = asyncio.Event()

        async def play(writer: asyncio.StreamWriter, _: Gateway) -> None:
            writer.write(STREAM + b"3\r\none\r\n")
            await go_on.wait()
            writer.write(b"3\r\ntwo\r\n0\r\n\r\n")

        async with within(), Gateway(play) as gateway:
            link = Link(gateway.url, environ={})
            reply = await link.send("GET", b"")
            got = []
            async for part in reply.chunks():
                got.append(part)
                go_on.set()
            link.close()
            return got

    assert asyncio.run(scenario()) == [b"one", b"two"]


def test_a_slow_reader_holds_the_gateway_back() -> None:
    """Ours: at most about 1 MiB waits in memory, and nothing is lost."""
    total = 24 << 20

    async def scenario() -> tuple[bool, int]:
        sent = 0

        async def play(writer: asyncio.StreamWriter, _: Gateway) -> None:
            nonlocal sent
            writer.write(OK + b"Content-Length: %d\r\n\r\n" % total)
            while sent < total:
                writer.write(bytes(1 << 16))
                sent += 1 << 16
                await writer.drain()

        async with within(), Gateway(play) as gateway:
            link = Link(gateway.url, environ={})
            reply = await link.send("GET", b"")
            await turns(3000)
            # What the kernel's buffers hold counts as sent, too.
            was_held = reply._held and reply._unread < UNREAD_LIMIT + (1 << 19) and sent < total
            got = 0
            async for part in reply.chunks():
                got += len(part)
                await asyncio.sleep(0)  # more may come while one part is being looked at
            link.close()
            return was_held, got

    assert asyncio.run(scenario()) == (True, total)


def test_an_answer_held_back_at_its_end_does_not_hold_the_next_one() -> None:
    """Ours: the connection goes on to another call, and its reader reads."""
    body = bytes(UNREAD_LIMIT + 1000)

    async def scenario() -> bytes:
        async with within(), Gateway(answer(body), answer(b"next")) as gateway:
            link = Link(gateway.url, environ={})
            first = await link.send("POST", b"", b"{}")
            await turns(50)  # all of it is there by now, and the hold was given up
            second = await link.send("POST", b"", b"{}")
            got = await second.read()
            assert await first.read() == body
            link.close()
            return got

    assert asyncio.run(scenario()) == b"next"


def test_a_truncated_stream_says_so_after_its_parts() -> None:
    """peers.md §8 behaviour 21."""

    async def scenario() -> list[bytes]:
        async with within(), Gateway(sends(STREAM, b"3\r\none\r\n", then="close")) as gateway:
            link = Link(gateway.url, environ={})
            reply = await link.send("GET", b"")
            parts = reply.chunks()
            got = [await anext(parts)]
            with pytest.raises(OutcomeUnknown):
                await anext(parts)
            link.close()
            return got

    assert asyncio.run(scenario()) == [b"one"]


def test_a_closed_reply_ends_the_connection() -> None:
    """Ours: a stream nobody wants must not hold a place; to close twice is no harm."""

    async def scenario() -> None:
        async with within(), Gateway(sends(STREAM)) as gateway:
            link = Link(gateway.url, environ={})
            reply = await link.send("GET", b"")
            reply.close()
            reply.close()
            await gateway.seen(ended=1)
            with pytest.raises(OutcomeUnknown):
                await reply.read()
            assert link._slots._free == CONNECTIONS
            link.close()

    asyncio.run(scenario())


def test_a_reply_held_back_ends_with_the_link() -> None:
    """peers.md §8 behaviour 11: nobody reads, and yet it ends."""

    async def scenario() -> None:
        async with within(), Gateway(answer(bytes(24 << 20))) as gateway:
            link = Link(gateway.url, environ={})
            reply = await link.send("GET", b"")
            await turns(3000)
            assert reply._held
            link.close()
            with pytest.raises(OutcomeUnknown):
                await reply.read()

    asyncio.run(scenario())


def test_a_complete_reply_is_not_harmed_by_closing() -> None:
    """Ours: its connection may carry another call by then."""

    async def scenario() -> int:
        async with within(), Gateway(answer(b"x")) as gateway:
            link = Link(gateway.url, environ={})
            for _ in range(2):
                reply = await link.send("POST", b"", b"{}")
                assert await reply.read() == b"x"
                reply.close()
            link.close()
            return gateway.connections

    assert asyncio.run(scenario()) == 1


def test_a_body_beyond_all_measure_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: one answer must not take all memory."""
    monkeypatch.setattr(reply_module, "WHOLE_LIMIT", 3 << 20)

    async def scenario() -> None:
        piece = b"8000\r\n" + bytes(0x8000) + b"\r\n"
        async with within(), Gateway(STREAM + piece * 200, answer(b"x")) as gateway:
            link = Link(gateway.url, environ={})
            reply = await link.send("POST", b"", b"{}")
            with pytest.raises(RemoteProtocolError, match="3 MiB"):
                await reply.read()
            assert await (await link.send("POST", b"", b"{}")).read() == b"x"
            link.close()

    asyncio.run(scenario())


def test_a_reader_that_is_cancelled_can_read_on() -> None:
    """Ours: a time limit around one wait does not lose what comes later."""

    async def scenario() -> bytes:
        async with within(), Gateway(sends(STREAM)) as gateway:
            link = Link(gateway.url, environ={})
            reply = await link.send("GET", b"")
            waiting = asyncio.create_task(reply.read())
            await turns()
            waiting.cancel()
            await turns()
            gateway.writers[0].write(b"3\r\none\r\n0\r\n\r\n")
            body = await reply.read()
            link.close()
            return body

    assert asyncio.run(scenario()) == b"one"
