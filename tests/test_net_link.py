"""The pool: who gets which connection, and what the requests look like."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.errors import ConfigError, GatewayUnreachable, OutcomeUnknown
from mcp_proxy.net.link import CONNECTIONS, Link, header_lines
from net_world import Gateway, Proxy, answer, sends, turns, within

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_PROXY: dict[str, str] = {}
PAIRS = [("Content-Type", "application/json"), ("Authorization", "Bearer t")]


def link_to(gateway: Gateway, **options: object) -> Link:
    return Link(gateway.url, environ=NO_PROXY, **options)  # type: ignore[arg-type]  # test options


async def ask(link: Link, body: bytes = b"{}") -> bytes:
    return await (await link.send("POST", PAIRS, body)).read()


def test_a_request_goes_out_as_it_was_given() -> None:
    """RFC 9112 §3. The target keeps its query, and unsafe characters are quoted."""

    async def scenario() -> list[bytes]:
        async with within(), Gateway(answer(b"{}", "Mcp-Session-Id: s")) as gateway:
            gateway.url += "/ä b?x=1 2"
            link = link_to(gateway)
            reply = await link.send("POST", PAIRS, b'{"id":1}')
            assert (reply.status, reply.headers["mcp-session-id"]) == (200, "s")
            assert await reply.read() == b"{}"
            await (await link.send("GET", header_lines([("Accept", "text/event-stream")]))).read()
            link.close()
            return [r.replace(b"%d" % gateway.port, b"PORT") for r in gateway.requests]

    assert asyncio.run(scenario()) == [
        (
            b"POST /mcp/%C3%A4%20b?x=1%202 HTTP/1.1\r\nhost: 127.0.0.1:PORT\r\n"
            b"accept-encoding: identity\r\n"
            b"Content-Type: application/json\r\nAuthorization: Bearer t\r\n"
            b'content-length: 8\r\n\r\n{"id":1}'
        ),
        (
            b"GET /mcp/%C3%A4%20b?x=1%202 HTTP/1.1\r\nhost: 127.0.0.1:PORT\r\n"
            b"accept-encoding: identity\r\nAccept: text/event-stream\r\n\r\n"
        ),
    ]


def test_a_thousand_calls_one_after_the_other_take_one_connection() -> None:
    """Ours: performance.md target 19."""

    async def scenario() -> int:
        async with within(), Gateway(answer(b"{}")) as gateway:
            link = link_to(gateway)
            for _ in range(1000):
                await ask(link)
            link.close()
            return gateway.connections

    assert asyncio.run(scenario()) == 1


def test_a_redirect_is_a_reply() -> None:
    """peers.md §8 behaviour 30: a POST with credentials follows no redirect."""

    async def scenario() -> tuple[int, str, int]:
        moved = answer(b"", "Location: http://elsewhere.example/", status="307 Temporary Redirect")
        async with within(), Gateway(moved) as gateway:
            link = link_to(gateway)
            reply = await link.send("POST", PAIRS, b"{}")
            await reply.read()
            link.close()
            return reply.status, reply.headers["location"], len(gateway.requests)

    assert asyncio.run(scenario()) == (307, "http://elsewhere.example/", 1)


def test_a_long_answer_delays_no_other() -> None:
    """Ours: performance.md target 8. The first call is never answered."""

    async def scenario() -> int:
        async with within(), Gateway(sends(), answer(b"{}")) as gateway:
            link = link_to(gateway)
            slow = asyncio.create_task(ask(link))
            await gateway.seen(requests=1)
            for _ in range(3):
                await ask(link)
            assert not slow.done()
            slow.cancel()
            link.close()
            return gateway.connections

    assert asyncio.run(scenario()) == 2


def test_calls_beyond_the_cap_queue_in_their_order() -> None:
    """Ours: 64 exchanges at once; who came first is served first."""
    extra = 5

    async def scenario() -> tuple[int, list[bytes]]:
        release = asyncio.Event()

        async def wait(writer: asyncio.StreamWriter, _: Gateway) -> None:
            await release.wait()
            writer.write(answer(b"{}"))

        async with within(), Gateway(wait) as gateway, asyncio.TaskGroup() as group:
            link = link_to(gateway)
            for number in range(CONNECTIONS + extra):
                group.create_task(ask(link, b"%02d" % number))
            await gateway.seen(requests=CONNECTIONS)
            await turns(50)
            assert len(gateway.requests) == CONNECTIONS
            release.set()
            await gateway.seen(requests=CONNECTIONS + extra)
            await turns(50)
            link.close()
            return gateway.connections, [r[-2:] for r in gateway.requests[CONNECTIONS:]]

    connections, last = asyncio.run(scenario())
    assert connections == CONNECTIONS
    assert sorted(last) == last


def test_a_connection_that_the_server_closed_while_idle_is_not_used() -> None:
    """peers.md §8 behaviour 19: the call would be lost and could not be repeated."""

    async def scenario() -> tuple[int, int]:
        async with within(), Gateway(answer(b"{}")) as gateway:
            link = link_to(gateway)
            await ask(link)
            # No turn of the loop in between: only the operating system knows of the end.
            gateway.writers[0].close()
            for _ in range(2):
                await asyncio.sleep(0)
            await ask(link)
            link.close()
            return gateway.connections, len(gateway.requests)

    assert asyncio.run(scenario()) == (2, 2)


def test_a_connection_that_ended_a_while_ago_is_not_used() -> None:
    """Ours: the loop has noticed by then."""

    async def scenario() -> int:
        async with within(), Gateway(answer(b"{}")) as gateway:
            link = link_to(gateway)
            await ask(link)
            await gateway.hang_up()
            await turns()
            await ask(link)
            link.close()
            return gateway.connections

    assert asyncio.run(scenario()) == 2


@pytest.mark.parametrize(("passed", "connections"), [(4.0, 1), (4.1, 2), (-1.0, 2)])
def test_a_connection_idle_for_too_long_is_not_used(passed: float, connections: int) -> None:
    """Ours: 4 s, for servers close after 5 s. A clock set back tells nothing."""

    async def scenario() -> int:
        now = iter((1000.0, 1000.0 + passed))
        last = 1000.0 + passed
        async with within(), Gateway(answer(b"{}")) as gateway:
            link = link_to(gateway, clock=lambda: next(now, last))
            await ask(link)
            await ask(link)
            link.close()
            return gateway.connections

    assert asyncio.run(scenario()) == connections


def test_connection_close_is_obeyed() -> None:
    """RFC 9112 §9.6."""

    async def scenario() -> tuple[int, bytes]:
        async with within(), Gateway(answer(b"{}", "Connection: close")) as gateway:
            link = link_to(gateway)
            await ask(link)
            body = await ask(link)
            link.close()
            return gateway.connections, body

    assert asyncio.run(scenario()) == (2, b"{}")


def test_warming_connects_once_and_the_first_call_uses_it() -> None:
    """Ours: architecture.md §2, decision 3."""

    async def scenario() -> int:
        async with within(), Gateway(answer(b"{}")) as gateway:
            link = link_to(gateway)
            await link.warm()
            await link.warm()
            await ask(link)
            link.close()
            return gateway.connections

    assert asyncio.run(scenario()) == 1


def test_a_cancelled_call_closes_its_connection_and_frees_its_place() -> None:
    """Ours. The gateway sees the connection end."""

    async def scenario() -> tuple[bytes, int]:
        async with within(), Gateway(sends(), answer(b"{}")) as gateway:
            link = link_to(gateway)
            call = asyncio.create_task(ask(link))
            await gateway.seen(requests=1)
            call.cancel()
            await gateway.seen(ended=1)
            assert link._slots._free == CONNECTIONS
            result = await ask(link)
            link.close()
            return result, gateway.connections

    assert asyncio.run(scenario()) == (b"{}", 2)


def test_a_call_cancelled_as_it_is_answered_spoils_no_other() -> None:
    """Ours: by then its connection may already carry another call."""

    async def scenario() -> tuple[bytes, int]:
        async with within(), Gateway(answer(b"{}")) as gateway:
            link = link_to(gateway)
            await link.warm()
            call = asyncio.create_task(ask(link))
            await gateway.seen(requests=1)
            for _ in range(50):  # up to the turn in which the answer comes, and no further
                if link._idle:
                    break
                await asyncio.sleep(0)
            call.cancel()
            result = await ask(link)
            link.close()
            return result, gateway.connections

    assert asyncio.run(scenario()) == (b"{}", 1)


def test_closing_the_link_ends_what_is_under_way() -> None:
    """peers.md §8 behaviour 11."""

    async def scenario() -> None:
        async with within(), Gateway(sends()) as gateway:
            link = link_to(gateway)
            call = asyncio.create_task(ask(link))
            await gateway.seen(requests=1)
            link.close()
            with pytest.raises(OutcomeUnknown):
                await call

    asyncio.run(scenario())


def test_a_gateway_that_is_not_there_costs_no_place() -> None:
    """Ours. More failures than places, then a success."""

    async def scenario() -> None:
        async with within():
            async with Gateway(answer(b"{}")) as gateway:
                link = link_to(gateway)
            for _ in range(CONNECTIONS + 1):
                with pytest.raises(GatewayUnreachable):
                    await ask(link)
            assert link._slots._free == CONNECTIONS

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("X-A", "secret\r\nX-Evil: 1", "characters"),
        ("X-A", "secret\n", "characters"),
        ("X-A", "secret\x00", "characters"),
        ("X-A", "secret €", "characters"),
        ("X-A:", "secret", "characters"),
        ("", "secret", "characters"),
        ("Content-Length", "0", "set by the connection"),
        ("Host", "secret.example", "set by the connection"),
    ],
)
def test_a_header_cannot_smuggle_anything(name: str, value: str, complaint: str) -> None:
    """RFC 9110 §5.5. The value may be a secret, and is not repeated."""
    with pytest.raises(ConfigError, match=complaint) as caught:
        header_lines([(name, value)])
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://gateway.example/mcp",
        "gateway.example",
        "http:///mcp",
        "http://h:port/",
        "http://ä.example/",
    ],
)
def test_a_url_that_cannot_be_used_is_refused(url: str) -> None:
    """Ours."""

    async def scenario() -> None:
        Link(url, environ=NO_PROXY)

    with pytest.raises(ConfigError):
        asyncio.run(scenario())


@pytest.mark.parametrize("login", ["", "me:p%40ss@"])
def test_plain_http_goes_through_a_proxy_in_absolute_form(login: str) -> None:
    """RFC 9112 §3.2.2 and RFC 9110 §11.7.1. The proxy, not we, looks the name up."""

    async def scenario() -> bytes:
        async with within(), Gateway(answer(b"{}")) as gateway, Proxy(gateway.port) as proxy:
            named = proxy.url.replace("//", f"//{login}")
            link = Link("http://gateway.example/mcp?a=1", environ={"HTTP_PROXY": named})
            await ask(link)
            link.close()
            return proxy.heads[0]

    head = asyncio.run(scenario())
    assert head.startswith(
        b"POST http://gateway.example/mcp?a=1 HTTP/1.1\r\nhost: gateway.example\r\n"
    )
    assert (b"\r\nproxy-authorization: Basic bWU6cEBzcw==\r\n" in head) is bool(login)


def test_the_link_loads_no_http_library() -> None:
    """Ours: performance.md, design recommendation 1."""
    code = (
        "import sys, mcp_proxy.net.link;"
        "print({'httpx2', 'httpcore2', 'anyio', 'truststore', 'logging.config'} & {*sys.modules})"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


@pytest.fixture(autouse=True)
def _no_warnings_of_the_loop(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A transport that complains in the log would write on a person's terminal."""
    yield
    assert not caplog.records
