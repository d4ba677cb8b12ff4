"""The listener of one sign-in: the one redirect, and much noise."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.errors import AuthorizationRefused
from mcp_proxy.net import loopback
from mcp_proxy.net.loopback import OPEN_LIMIT, REQUEST_LIMIT, RedirectListener, listen
from net_world import turns, within

if TYPE_CHECKING:
    from collections.abc import Iterator

ANY = "http://127.0.0.1:0/callback"


def judge(query: str) -> str | None:
    """The code, if the state is ours."""
    return query.removeprefix("state=ours&code=") if query.startswith("state=ours&") else None


def port_of(listener: RedirectListener) -> int:
    return int(listener.redirect_uri.split(":")[2].split("/")[0])


def request(
    listener: RedirectListener, target: str, *, method: str = "GET", host: str = ""
) -> bytes:
    host = host or f"127.0.0.1:{port_of(listener)}"
    return f"{method} {target} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n".encode()


async def ask(listener: RedirectListener, raw: bytes, *, host: str = "127.0.0.1") -> str:
    """What a browser gets for `raw`, to the end."""
    reader, writer = await asyncio.open_connection(host, port_of(listener))
    writer.write(raw)
    try:
        return (await reader.read()).decode()
    except ConnectionError:
        return ""
    finally:
        writer.close()


async def visit(listener: RedirectListener, query: str = "state=ours&code=c") -> str:
    return await ask(listener, request(listener, f"/callback?{query}"))


def test_the_redirect_ends_the_wait_and_the_page_comes_when_all_is_done() -> None:
    """systems.md X3; ours: a page that said so earlier might lie."""

    async def scenario() -> tuple[str, str]:
        async with within():
            async with listen(ANY) as listener:
                browser = asyncio.create_task(visit(listener))
                code = await listener.wait(judge)
                await turns(50)
                assert not browser.done()
            return code, await browser

    code, page = asyncio.run(scenario())
    assert code == "c"
    assert page.startswith("HTTP/1.1 200 OK\r\n")
    assert "<h1>Signed in</h1>" in page


def test_a_refusal_is_shown_with_its_reason() -> None:
    """Ours: the error that leaves the block."""

    browsers: list[asyncio.Task[str]] = []

    async def sign_in() -> None:
        async with listen(ANY) as listener:
            browsers.append(asyncio.create_task(visit(listener)))
            await listener.wait(judge)
            raise AuthorizationRefused("You said no", hint="Say yes.")

    async def scenario() -> str:
        async with within():
            with pytest.raises(AuthorizationRefused):
                await sign_in()
            return await browsers[0]

    page = asyncio.run(scenario())
    assert "<h1>Not signed in</h1><p>You said no.</p><p>What to do next: Say yes.</p>" in page


def test_any_other_end_says_that_it_was_broken_off() -> None:
    """peers.md §8 behaviour 11: end of input, a signal, or a mistake of ours."""

    async def scenario() -> str:
        waiting = asyncio.Event()
        browsers: list[asyncio.Task[str]] = []

        async def sign_in() -> None:
            async with listen(ANY) as listener:
                browsers.append(asyncio.create_task(visit(listener)))
                await listener.wait(judge)
                waiting.set()
                await asyncio.Event().wait()

        async with within():
            task = asyncio.create_task(sign_in())
            await waiting.wait()
            task.cancel()
            return await browsers[0]

    page = asyncio.run(scenario())
    assert "<h1>Not signed in</h1><p>The sign-in was broken off.</p>" in page


@pytest.mark.parametrize(
    ("target", "method", "host", "status"),
    [
        ("/callback", "GET", "", 400),
        ("/callback?state=theirs&code=x", "GET", "", 400),
        ("/callback?error=access_denied", "GET", "", 400),
        ("/callback?state=ours&code=x", "POST", "", 405),
        ("/callback?state=ours&code=x", "HEAD", "", 405),
        ("/callback/?state=ours&code=x", "GET", "", 404),
        ("/CALLBACK?state=ours&code=x", "GET", "", 404),
        ("/favicon.ico", "GET", "", 404),
        ("/callback?state=ours&code=x", "GET", "evil.example", 400),
        ("/callback?state=ours&code=x", "GET", "127.0.0.1", 400),
        ("/callback?state=ours&code=x", "GET", "127.0.0.1:1", 400),
        ("/callback?state=ours&code=x", "GET", "evil.example:PORT", 400),
        ("/callback?state=ours&code=x", "GET", "127.0.0.1:PORT\r\nHost: evil.example", 400),
        ("http://127.0.0.1/callback?state=ours&code=x", "GET", "", 400),
    ],
)
def test_forged_redirects_are_noise(target: str, method: str, host: str, status: int) -> None:
    """peers.md §8 behaviour 17: none ends the wait, and the true one still counts."""

    async def scenario() -> tuple[str, str]:
        async with within(), listen(ANY) as listener:
            waiting = asyncio.create_task(listener.wait(judge))
            named = host.replace("PORT", str(port_of(listener)))
            answer = await ask(listener, request(listener, target, method=method, host=named))
            assert not waiting.done()
            browser = asyncio.create_task(visit(listener))
            code = await waiting
        await browser
        return answer, code

    answer, code = asyncio.run(scenario())
    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert "text/plain" in answer
    assert code == "c"


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"\r\n\r\n", "400"),
        (b"GET /callback?state=ours&code=x\r\n\r\n", "400"),
        (b"GET /callback?state=ours&code=x HTTP/1.1\r\n\r\n", "400"),
        (b"\x16\x03\x01\x02\x00\r\n\r\n", "400"),
        (b"GET /" + b"x" * REQUEST_LIMIT + b" HTTP/1.1\r\n\r\n", "431"),
    ],
)
def test_what_no_browser_sends_is_noise(raw: bytes, status: str) -> None:
    """Ours: too long, no Host, TLS, nothing."""

    async def scenario() -> str:
        async with within(), listen(ANY) as listener:
            return await ask(listener, raw)

    assert asyncio.run(scenario()).split(" ")[1:2] == [status]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "[::1]"])
def test_this_machine_may_be_called_by_any_of_its_names(host: str) -> None:
    """RFC 8252 §7.3. With `localhost`, both addresses answer."""

    async def scenario() -> str:
        async with within():
            async with listen("http://localhost:0/callback") as listener:
                raw = request(
                    listener, "/callback?state=ours&code=c", host=f"{host}:{port_of(listener)}"
                )
                address = "::1" if host == "[::1]" else "127.0.0.1"
                browser = asyncio.create_task(ask(listener, raw, host=address))
                code = await listener.wait(judge)
            await browser
            return code

    assert asyncio.run(scenario()) == "c"


def test_a_redirect_counts_once() -> None:
    """systems.md X3, single use: a page that is loaded again is noise."""

    async def scenario() -> tuple[str, str]:
        async with within():
            async with listen(ANY) as listener:
                first = asyncio.create_task(visit(listener))
                await listener.wait(judge)
                again = await visit(listener)
            return await first, again

    first, again = asyncio.run(scenario())
    assert "Signed in" in first
    assert again.startswith("HTTP/1.1 400 ")


def test_a_redirect_that_comes_before_the_wait_is_not_lost() -> None:
    """Ours: a browser with a session is faster than we are."""

    async def scenario() -> str:
        async with within():
            async with listen(ANY) as listener:
                browser = asyncio.create_task(visit(listener))
                await turns(50)
                code = await listener.wait(judge)
            await browser
            return code

    assert asyncio.run(scenario()) == "c"


def test_a_wait_that_was_given_up_takes_no_redirect() -> None:
    """peers.md §8 behaviour 13: after the limit a late answer is noise."""

    async def scenario() -> str:
        async with within(), listen(ANY) as listener:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0):
                    await listener.wait(judge)
            return await visit(listener)

    assert asyncio.run(scenario()).startswith("HTTP/1.1 400 ")


def test_thousands_of_noise_requests_change_nothing() -> None:
    """peers.md §8 behaviour 17."""

    async def scenario() -> tuple[set[str], str]:
        async with within(60), listen(ANY) as listener:
            waiting = asyncio.create_task(listener.wait(judge))
            answers: set[str] = set()

            async def shout() -> None:
                for number in range(60):
                    answers.add((await visit(listener, f"state={number}"))[:12])

            await asyncio.gather(*(shout() for _ in range(40)))
            browser = asyncio.create_task(visit(listener))
            code = await waiting
        assert "Signed in" in await browser
        return answers, code

    assert asyncio.run(scenario()) == ({"HTTP/1.1 400"}, "c")


def test_silent_connections_do_not_keep_the_browser_out() -> None:
    """Ours: the oldest silent one goes."""

    async def scenario() -> tuple[str, str]:
        async with within(60):
            async with listen(ANY) as listener:
                waiting = asyncio.create_task(listener.wait(judge))
                with ExitStack() as closing:
                    for _ in range(OPEN_LIMIT + 50):
                        silent = socket.create_connection(("127.0.0.1", port_of(listener)))
                        closing.enter_context(silent)
                        await turns(2)
                    await turns()
                    assert len(listener._visits) == OPEN_LIMIT
                    browser = asyncio.create_task(visit(listener))
                    code = await waiting
            return code, await browser

    code, page = asyncio.run(scenario())
    assert code == "c"
    assert "Signed in" in page


def test_a_slow_request_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: 5 s in earnest."""
    monkeypatch.setattr(loopback, "REQUEST_SECONDS", 0.05)

    async def scenario() -> str:
        async with within(), listen(ANY) as listener:
            return await ask(listener, b"GET /callback")

    assert asyncio.run(scenario()).startswith("HTTP/1.1 408 ")


def test_a_browser_that_goes_away_is_no_harm() -> None:
    """Ours: in the middle of its request, and before its page."""

    async def scenario() -> str:
        async with within():
            async with listen(ANY) as listener:
                _, half = await asyncio.open_connection("127.0.0.1", port_of(listener))
                half.write(b"GET /callback")
                await turns(20)
                half.close()
                _, whole = await asyncio.open_connection("127.0.0.1", port_of(listener))
                whole.write(request(listener, "/callback?state=ours&code=c"))
                code = await listener.wait(judge)
                whole.transport.abort()
                await turns(20)
            return code

    assert asyncio.run(scenario()) == "c"


def test_leaving_frees_the_port_at_once() -> None:
    """peers.md §8 behaviour 11; a second sign-in may follow at once, on the same port."""

    async def scenario() -> None:
        uri = ANY
        async with within():
            for _ in range(3):
                async with listen(uri) as listener:
                    uri = listener.redirect_uri
                    silent = asyncio.create_task(ask(listener, b"GET"))
                    early = asyncio.create_task(visit(listener))
                    await turns(20)
                assert await silent == ""
                assert await early == ""
                with pytest.raises(ConnectionRefusedError):
                    await ask(listener, b"")

    asyncio.run(scenario())


def test_the_first_free_port_is_taken() -> None:
    """peers.md §8 behaviour 16: a registered port first, else any."""

    async def scenario() -> tuple[str, str]:
        async with listen(ANY) as first, listen(first.redirect_uri, ANY) as second:
            return first.redirect_uri, second.redirect_uri

    first, second = asyncio.run(scenario())
    assert first != second


@pytest.fixture(autouse=True)
def _no_warnings_of_the_loop(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """An exception in a handler would be written on a person's terminal."""
    yield
    assert not caplog.records
