"""Waiting for the redirect that ends a sign-in (RFC 8252 §7.3).

A listener of our own making: it takes one GET of one path from a browser on this
machine, and everything else is noise that gets a 4xx and changes nothing. The
browser gets its page when the sign-in is over, so that the page tells the truth.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from mcp_proxy.errors import AuthError, PermitError
from mcp_proxy.net.page import noise, not_signed_in, signed_in
from mcp_proxy.net.port import bind

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Callable

REQUEST_LIMIT = 8 << 10
"""Bytes of a request, headers included; an authorization response has a few hundred."""
REQUEST_SECONDS = 5.0
"""To bring a request in; a browser on this machine needs a few milliseconds."""
OPEN_LIMIT = 200
"""Connections at once; one more, and the oldest that brought no request is dropped."""

_NAMES = ("localhost", "127.0.0.1", "[::1]")

Verdict = TypeVar("Verdict")


@asynccontextmanager
async def listen(*redirect_uris: str) -> AsyncIterator[RedirectListener]:
    """Listen for the first of `redirect_uris` whose port is free; port 0 means any.

    The port is bound on entering. On leaving, the browser that brought the answer is
    shown how the sign-in ended: well, or with the error that leaves the block.

    Raises:
        AuthError: no port is free.
        ConfigError: a URI does not lead to this machine.
    """
    listener = RedirectListener(*_bind_first(redirect_uris))
    await listener.start()
    page = not_signed_in("The sign-in was broken off.", "Start it again.")
    try:
        yield listener
        page = signed_in()
    except PermitError as error:
        page = not_signed_in(f"{error}.", error.hint)
        raise
    finally:
        listener.stop(page)


def _bind_first(redirect_uris: tuple[str, ...]) -> tuple[list[socket.socket], str]:
    for redirect_uri in redirect_uris[:-1]:
        with suppress(AuthError):
            return bind(redirect_uri)
    return bind(redirect_uris[-1])


class RedirectListener:
    """The open port of one sign-in; made by `listen`."""

    def __init__(self, sockets: list[socket.socket], redirect_uri: str) -> None:
        self.redirect_uri = redirect_uri
        """As the authorization server is to be told: with the real port."""
        self._sockets = sockets
        self._path = urlsplit(redirect_uri).path or "/"
        port = sockets[0].getsockname()[1]
        self._names = {urlsplit(redirect_uri).netloc, *(f"{name}:{port}" for name in _NAMES)}
        self._servers: list[asyncio.Server] = []
        self._visits: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        """Requests that are being read, in the order of their coming."""
        self._is_stopped = False
        loop = asyncio.get_running_loop()
        self._judge: asyncio.Future[Callable[[str], bool]] = loop.create_future()
        self._browser: asyncio.StreamWriter | None = None

    async def wait(self, judge: Callable[[str], Verdict | None]) -> Verdict:
        """What `judge` first makes of a query, other than None; to be called once.

        A query of which it makes None is noise. Queries come as they stand in the URL,
        without the question mark. There is no limit on the time.
        """
        verdict: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()

        def take(query: str) -> bool:
            found = None if verdict.done() else judge(query)
            if found is not None:
                verdict.set_result(found)
            return found is not None

        self._judge.set_result(take)
        return await verdict

    async def start(self) -> None:
        """Answer what comes."""
        for listening in self._sockets:
            server = await asyncio.start_server(self._accept, sock=listening, limit=REQUEST_LIMIT)
            self._servers.append(server)

    def stop(self, page: bytes) -> None:
        """Show `page` to the browser that waits for it, and free the port."""
        self._is_stopped = True
        for server in self._servers:
            server.close()
        if self._browser is not None and not self._browser.is_closing():
            self._browser.write(page)
            self._browser.close()
        for visit in self._visits:
            visit.cancel()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of ours: one that asyncio's server starts is logged when it is cancelled.
        if self._is_stopped:
            writer.transport.abort()
            return
        visit = asyncio.create_task(self._visit(reader, writer))
        self._visits[visit] = writer
        visit.add_done_callback(self._leave)
        if len(self._visits) > OPEN_LIMIT:
            next(iter(self._visits)).cancel()

    def _leave(self, visit: asyncio.Task[None]) -> None:
        writer = self._visits.pop(visit)
        if visit.cancelled():
            writer.transport.abort()

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                refusal = await self._refusal(reader)
        except TimeoutError:
            refusal = noise("408 Request Timeout", "That took too long.")
        except (asyncio.IncompleteReadError, ConnectionError):
            refusal = b""
        if refusal is None:
            self._browser = writer
        else:
            writer.write(refusal)
            writer.close()

    async def _refusal(self, reader: asyncio.StreamReader) -> bytes | None:
        """What to say to noise, and None when it is the awaited redirect."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            return noise("431 Request Header Fields Too Large", "That is too long.")
        line, *fields = head.decode("latin-1").split("\r\n")
        method, target, version = (*line.split(" "), "", "")[:3]
        if not (target.startswith("/") and version.startswith("HTTP/1.") and self._is_us(fields)):
            return noise("400 Bad Request", "No browser on this computer asks like that.")
        path, _, query = target.partition("?")
        if path != self._path:
            return noise("404 Not Found", "There is nothing here.")
        if method != "GET":
            return noise("405 Method Not Allowed", "GET is what is awaited.", "Allow: GET")
        take = await self._judge
        if not take(query):
            return noise("400 Bad Request", "This is not the answer that is awaited.")
        return None

    def _is_us(self, fields: list[str]) -> bool:
        """Whether the one Host header names this port on loopback: a defence against rebinding."""
        split = (field.partition(":") for field in fields)
        hosts = [value.strip().lower() for name, _, value in split if name.lower() == "host"]
        return len(hosts) == 1 and hosts[0] in self._names
