"""A request that is sent at once, and whose reply nobody awaits unless it must be."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.errors import OutcomeUnknown
from mcp_proxy.net.link import CONNECTIONS, Link
from net_world import OK, Gateway, answer, sends, turns, within

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mcp_proxy.net.exchange import Exchange
    from net_world import Play


class Begun:
    """A request sent at once on a connection that has served before, and its news."""

    def __init__(self, link: Link) -> None:
        self.news = asyncio.Event()
        self.count = 0
        begun = link.begin(b"", b'{"id":1}', self._tell)
        assert begun is not None
        self.exchange: Exchange = begun

    def _tell(self) -> None:
        self.count += 1
        self.news.set()


@asynccontextmanager
async def rested(*plays: bytes | Play) -> AsyncIterator[tuple[Link, Gateway]]:
    """A link with one connection at rest; also checks that no place is lost."""
    async with within(), Gateway(answer(b"first"), *plays) as gateway:
        link = Link(gateway.url, environ={})
        await (await link.send("POST", b"", b"{}")).read()
        yield link, gateway
        await turns()
        assert link._slots._free == CONNECTIONS
        link.close()


def test_a_whole_answer_is_there_with_the_news_of_it() -> None:
    """Ours. The connection is free again by then, and serves the next one."""

    async def scenario() -> None:
        async with rested(answer(b"second"), answer(b"third")) as (link, gateway):
            for body in (b"second", b"third"):
                begun = Begun(link)
                assert begun.exchange.whole_reply() is None
                await begun.news.wait()
                reply = begun.exchange.whole_reply()
                assert reply is not None
                assert (reply.status, reply.whole(), begun.count) == (200, body, 1)
            assert gateway.connections == 1
            assert gateway.requests[1].endswith(b'content-length: 8\r\n\r\n{"id":1}')

    asyncio.run(scenario())


def test_an_answer_in_parts_is_awaited_as_ever() -> None:
    """Ours. The news comes with its beginning, and nothing of it is lost."""

    async def scenario() -> None:
        parts = sends(OK + b"Content-Length: 6\r\n\r\n12", b"34", b"56")
        async with rested(parts) as (link, _):
            begun = Begun(link)
            await begun.news.wait()
            assert begun.exchange.whole_reply() is None
            reply = await begun.exchange.reply()
            assert await reply.read() == b"123456"
            assert begun.count == 1
            assert begun.exchange.whole_reply() is reply

    asyncio.run(scenario())


@pytest.mark.parametrize("part", [b"", b"HTTP/1.1 200 OK\r\nContent-"])
def test_a_connection_that_is_lost_is_told_to_whoever_asks(part: bytes) -> None:
    """peers.md §8, behaviour 19."""

    async def scenario() -> None:
        async with rested(sends(part, then="close")) as (link, _):
            begun = Begun(link)
            await begun.news.wait()
            assert begun.exchange.whole_reply() is None
            with pytest.raises(OutcomeUnknown):
                await begun.exchange.reply()

    asyncio.run(scenario())


def test_who_gives_up_drops_the_connection() -> None:
    """Ours. To cancel is to close."""

    async def scenario() -> None:
        async with rested(sends()) as (link, gateway):
            begun = Begun(link)
            waiting = asyncio.create_task(begun.exchange.reply())
            await gateway.seen(requests=2)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await gateway.seen(ended=1)
            assert begun.exchange.whole_reply() is None

    asyncio.run(scenario())


def test_nothing_is_begun_where_it_would_have_to_wait() -> None:
    """Ours. No connection at rest, or no place."""

    async def scenario() -> None:
        async with within(), Gateway(answer(b"x")) as gateway:
            link = Link(gateway.url, environ={})
            assert link.begin(b"", b"{}", lambda: None) is None
            await (await link.send("POST", b"", b"{}")).read()
            await turns()
            taken = [link._slots.take_now() for _ in range(CONNECTIONS)]
            assert all(taken)
            assert link.begin(b"", b"{}", lambda: None) is None
            for _ in taken:
                link._slots.give()
            assert len(gateway.requests) == 1
            link.close()

    asyncio.run(scenario())
