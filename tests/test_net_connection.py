"""One connection, by the bytes: how answers end, and what is no answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.errors import OutcomeUnknown, PermitError, RemoteProtocolError
from mcp_proxy.net.connection import HEAD_LIMIT
from mcp_proxy.net.link import CONNECTIONS, Link
from net_world import OK, Gateway, answer, sends, turns, within

if TYPE_CHECKING:
    from net_world import Play

CHUNKED = (
    OK + b"Transfer-Encoding: chunked\r\nX-A: 1\r\nx-a:  2 \r\n\r\n"
    b'5;ext=1\r\n{"id"\r\n3\r\n:1}\r\n0\r\nX-Trailer: 9\r\n\r\n'
)


async def talk(*answers: bytes | Play, calls: int = 1) -> list[tuple[int, dict[str, str], bytes]]:
    """Make `calls` calls one after the other; also checks that no place is lost."""
    got = []
    async with within(), Gateway(*answers) as gateway:
        link = Link(gateway.url, environ={})
        try:
            for _ in range(calls):
                reply = await link.send("POST", b"", b"{}")
                got.append((reply.status, reply.headers, await reply.read()))
        finally:
            await turns()
            assert link._slots._free == CONNECTIONS
            link.close()
        return got


def refusal(*answers: bytes | Play, calls: int = 1) -> PermitError:
    """The error of the last of `calls` calls."""
    with pytest.raises(PermitError) as caught:
        asyncio.run(talk(*answers, calls=calls))
    return caught.value


def test_an_answer_may_be_cut_anywhere() -> None:
    """RFC 9112 §7.1. Chunk extensions and trailers change nothing; fields are joined."""

    async def scenario() -> None:
        cuts = range(1, len(CHUNKED))
        plays = [sends(CHUNKED[:cut], CHUNKED[cut:]) for cut in cuts]
        for got in await talk(*plays, calls=len(plays)):
            assert got == (200, {"transfer-encoding": "chunked", "x-a": "1, 2"}, b'{"id":1}')

    asyncio.run(scenario())


def test_an_answer_may_come_byte_by_byte() -> None:
    """RFC 9112 §6.3."""
    whole = answer(b'{"id":1}')
    parts = [whole[i : i + 1] for i in range(len(whole))]
    assert asyncio.run(talk(sends(*parts)))[0][2] == b'{"id":1}'


@pytest.mark.parametrize("status", ["200 OK", "202 Accepted", "401 Unauthorized", "500 Oops"])
def test_a_status_is_reported_not_judged(status: str) -> None:
    """Ours."""
    got = asyncio.run(talk(answer(b"x", status=status)))
    assert (got[0][0], got[0][2]) == (int(status[:3]), b"x")


def test_an_answer_without_content_is_complete_at_once() -> None:
    """RFC 9110 §15.3.5: 204 has no body, and the connection goes on."""
    got = asyncio.run(talk(b"HTTP/1.1 204 No Content\r\n\r\n", answer(b"x"), calls=2))
    assert [(status, body) for status, _, body in got] == [(204, b""), (200, b"x")]


def test_interim_answers_are_passed_over() -> None:
    """RFC 9110 §15.2: 100 and 103 may come before any answer, though we never ask for one."""
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    got = asyncio.run(talk(sends(interim, answer(b"x")), interim + answer(b"y"), calls=2))
    assert [(status, headers, body) for status, headers, body in got] == [
        (200, {"content-length": "1"}, b"x"),
        (200, {"content-length": "1"}, b"y"),
    ]


def test_a_body_may_end_with_the_connection() -> None:
    """RFC 9112 §6.3 item 8."""
    got = asyncio.run(talk(sends(OK + b"\r\n", b"ab", b"cd", then="close"), answer(b"x"), calls=2))
    assert [body for *_, body in got] == [b"abcd", b"x"]


@pytest.mark.parametrize(
    ("play", "when"),
    [
        (sends(then="close"), "before it answered"),
        (sends(then="reset"), "before it answered"),
        (sends(b"HTTP/1.1 20", then="close"), "before it answered"),
        (sends(b"HTTP/1.1 100 Continue\r\n\r\n", then="close"), "before it answered"),
        (sends(answer(b"abcd")[:-1], then="close"), "in the middle of its answer"),
        (sends(answer(b"abcd")[:-1], then="reset"), "in the middle of its answer"),
        (sends(CHUNKED[:-2], then="close"), "in the middle of its answer"),
        (sends(OK + b"\r\n", b"ab", then="reset"), "in the middle of its answer"),
    ],
)
def test_a_connection_lost_after_sending_leaves_the_outcome_unknown(play: Play, when: str) -> None:
    """peers.md §8 behaviour 19: a tool may have run."""
    error = refusal(play)
    assert isinstance(error, OutcomeUnknown)
    assert when in str(error)
    assert "look before you repeat" in str(error.hint)


def test_a_lost_call_is_not_sent_again() -> None:
    """peers.md §8 behaviour 19, on a connection that had served before."""

    async def scenario() -> int:
        async with within(), Gateway(answer(b"x"), sends(then="reset"), answer(b"y")) as gateway:
            link = Link(gateway.url, environ={})
            await (await link.send("POST", b"", b"{}")).read()
            with pytest.raises(OutcomeUnknown):
                await link.send("POST", b"", b"{}")
            link.close()
            return len(gateway.requests)

    assert asyncio.run(scenario()) == 2


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_not_http_is_refused(raw: bytes) -> None:
    """peers.md §8 behaviour 21; RFC 9112 §6.3: two lengths are an attack."""
    error = refusal(raw)
    assert isinstance(error, RemoteProtocolError)
    assert "not HTTP/1.1" in str(error)
    assert "127.0.0.1" in str(error)


def test_endless_headers_are_refused() -> None:
    """Ours: memory is bounded."""
    lines = [b"X-%06d: " % i + b"x" * 1000 + b"\r\n" for i in range(HEAD_LIMIT // 1000)]
    error = refusal(sends(OK, *(b"".join(lines[i : i + 50]) for i in range(0, len(lines), 50))))
    assert isinstance(error, RemoteProtocolError)
    assert "endless" in str(error)


@pytest.mark.parametrize("keep", [(), ("Connection: close",)])
def test_what_follows_an_answer_is_dropped_with_its_connection(keep: tuple[str, ...]) -> None:
    """Ours: the answer is good; the next call must not get a stranger's."""
    double = answer(b"mine", *keep) + answer(b"stranger's")
    got = asyncio.run(talk(double, answer(b"x"), calls=2))
    assert [body for *_, body in got] == [b"mine", b"x"]


def test_a_gateway_that_speaks_unasked_is_hung_up_on() -> None:
    """Ours: what comes between calls answers none of them."""

    async def scenario() -> tuple[bytes, int]:
        async with within(), Gateway(answer(b"x"), answer(b"y")) as gateway:
            link = Link(gateway.url, environ={})
            await (await link.send("POST", b"", b"{}")).read()
            gateway.writers[0].write(answer(b"stranger's"))
            await gateway.seen(ended=1)
            body = await (await link.send("POST", b"", b"{}")).read()
            link.close()
            return body, gateway.connections

    assert asyncio.run(scenario()) == (b"y", 2)
