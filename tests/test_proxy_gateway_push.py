from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.errors import StoreError
from mcp_proxy.net.link import Link
from mcp_proxy.proxy.gateway.access import Access
from mcp_proxy.proxy.gateway.limits import Limits
from mcp_proxy.proxy.gateway.push import listen
from mcp_proxy.proxy.gateway.upstream import Upstream
from net_world import Gateway, answer, sends
from relay_world import (
    HELLO,
    PATIENCE,
    Client,
    Json,
    event_stream,
    header_of,
    json_answer,
    mcp_gateway,
    talk,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from net_world import Play


@pytest.fixture(autouse=True)
def brief_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams are taken up again at once."""
    monkeypatch.setattr("mcp_proxy.proxy.gateway.stream.FIRST_PAUSE", 0.001)


CHANGED = b'{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}'


def test_what_the_gateway_sends_unasked_reaches_the_client(tmp_path: Path) -> None:
    """MCP 2025-11-25, Listening for Messages from the Server."""

    async def story(client: Client, _gateway: Gateway) -> None:
        await client.until(lambda: client.told)
        assert client.lines[-1] == CHANGED

    talk(tmp_path, mcp_gateway(GET=lambda _message: event_stream(CHANGED)), story)


def test_a_broken_stream_is_taken_up_where_it_ended(tmp_path: Path) -> None:
    """MCP 2025-11-25, Resumability and Redelivery: `Last-Event-ID`, after `retry`."""
    streams = iter([b"id: e7\nretry: 1\ndata: " + CHANGED + b"\n\n", b""])
    resumed = asyncio.Event()

    def streamed(_message: Json) -> bytes:
        body = next(streams, None)
        if body is None:
            resumed.set()
            return answer(b"", status="405 Method Not Allowed")
        return answer(body, "Content-Type: text/event-stream")

    async def story(_client: Client, _gateway: Gateway) -> None:
        async with asyncio.timeout(20):
            await resumed.wait()

    gateway = talk(tmp_path, mcp_gateway(GET=streamed), story)
    asked = [request for request in gateway.requests if request.startswith(b"GET ")]
    assert [header_of(request, "last-event-id") for request in asked] == [None, "e7", "e7"]
    assert {header_of(request, "mcp-session-id") for request in asked} == {"s1"}


def test_a_stream_whose_session_is_forgotten_renews_it(tmp_path: Path) -> None:
    """peers.md §8, behaviour 18: notifications keep flowing after a restart of the gateway."""
    sessions = iter(["old", "new"])
    heard = asyncio.Event()

    def greeted(message: Json) -> bytes:
        return json_answer(message, HELLO, f"Mcp-Session-Id: {next(sessions)}")

    def streamed(_message: Json) -> Play:
        async def judged(writer: asyncio.StreamWriter, gateway: Gateway) -> None:
            is_known = header_of(gateway.requests[-1], "mcp-session-id") == "new"
            if is_known:
                heard.set()
            status = "405 Method Not Allowed" if is_known else "404 Not Found"
            writer.write(answer(b"", status=status))

        return judged

    async def story(_client: Client, _gateway: Gateway) -> None:
        async with asyncio.timeout(20):
            await heard.wait()

    talk(tmp_path, mcp_gateway(initialize=greeted, GET=streamed), story)


def test_event_ids_of_a_forgotten_session_are_not_told_to_the_next_one(tmp_path: Path) -> None:
    """MCP 2025-11-25, Resumability and Redelivery: ids belong to the streams of one session."""
    sessions = iter(["old", "new"])
    renewed, heard = asyncio.Event(), asyncio.Event()

    def greeted(message: Json) -> bytes:
        return json_answer(message, HELLO, f"Mcp-Session-Id: {next(sessions)}")

    def called(message: Json) -> Play:
        async def judged(writer: asyncio.StreamWriter, gateway: Gateway) -> None:
            is_known = header_of(gateway.requests[-1], "mcp-session-id") == "new"
            gone = answer(b"", status="404 Not Found")
            writer.write(json_answer(message, {}) if is_known else gone)

        return judged

    def streamed(_message: Json) -> Play:
        async def judged(writer: asyncio.StreamWriter, gateway: Gateway) -> None:
            if header_of(gateway.requests[-1], "mcp-session-id") == "new":
                heard.set()
                writer.write(answer(b"", status="405 Method Not Allowed"))
                return
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
            writer.write(head + b"id: e7\ndata: " + CHANGED + b"\n\n")
            await renewed.wait()
            writer.close()

        return judged

    async def story(client: Client, _gateway: Gateway) -> None:
        await client.until(lambda: client.told)
        assert "result" in await client.call("look")
        renewed.set()
        async with asyncio.timeout(20):
            await heard.wait()

    script = mcp_gateway(initialize=greeted, GET=streamed, tools_call=called)
    gateway = talk(tmp_path, script, story)
    asked = [request for request in gateway.requests if request.startswith(b"GET ")]
    assert header_of(asked[-1], "mcp-session-id") == "new"
    assert header_of(asked[-1], "last-event-id") is None


@pytest.mark.parametrize("final", ["405 Method Not Allowed", "501 Not Implemented"])
def test_a_stream_that_is_not_to_be_had_now_is_asked_for_again(tmp_path: Path, final: str) -> None:
    """Ours. The requests of the client meet the same trouble and explain it."""
    troubles = (answer(b"", status=status) for status in ("503 Busy", "429 Too Many Requests"))
    tries: Iterator[bytes | Play] = iter([sends(then="reset"), *troubles])
    ended = asyncio.Event()

    def streamed(_message: Json) -> bytes | Play:
        reply = next(tries, None)
        if reply is None:
            ended.set()
            return answer(b"", status=final)
        return reply

    async def story(client: Client, _gateway: Gateway) -> None:
        async with asyncio.timeout(20):
            await ended.wait()
        assert "result" in await client.call("look")

    talk(tmp_path, mcp_gateway(GET=streamed), story)


class Fitful:
    """Tokens out of a vault that cannot be opened at the third time."""

    proofs = None

    def __init__(self) -> None:
        self._asked = 0

    def fresh_token(self) -> str | None:
        return None

    async def access_token(self, *, rejected: str | None = None) -> str:
        self._asked += 1
        if self._asked == 3:
            raise StoreError(f"The keyring is locked, and {rejected} was refused")
        return "abc"

    def is_refused_at_once(self, token: str) -> bool:
        return token != "abc"

    async def close(self) -> None:
        """Nothing runs behind."""


def test_a_vault_that_is_locked_for_a_moment_does_not_end_the_stream() -> None:
    """Ours. `initialize` and `initialized` go well, the first GET does not."""

    async def scenario() -> None:
        told: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        async with Gateway(mcp_gateway(GET=lambda _message: event_stream(CHANGED))) as gateway:
            link = Link(gateway.url)
            upstream = Upstream(Access(link, Fitful(), {}), Limits(20.0), lambda _answer: None)
            upstream.greet(b'{"jsonrpc":"2.0","id":1,"method":"initialize"}')
            await upstream.open()
            await upstream.settle(b'{"jsonrpc":"2.0","method":"notifications/initialized"}')
            listening = asyncio.create_task(
                listen(upstream, lambda line: None if told.done() else told.set_result(line))
            )
            async with asyncio.timeout(PATIENCE):
                assert await told == CHANGED
            listening.cancel()
            link.close()

    asyncio.run(scenario())


def test_an_answer_that_nobody_waits_for_is_dropped(tmp_path: Path) -> None:
    """MCP 2025-11-25: no answers on this stream. A list would pass by every rule here."""
    stray = b'{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"hidden"}]}}'

    async def story(client: Client, _gateway: Gateway) -> None:
        await client.until(lambda: client.told)
        assert stray not in client.lines

    talk(tmp_path, mcp_gateway(GET=lambda _message: event_stream(stray, CHANGED)), story)
