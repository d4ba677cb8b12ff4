"""The link to the gateway: the connections that carry the forwarded messages.

Each call in flight has a connection of its own, so a long answer delays nobody; up to
`CONNECTIONS` of them, then calls queue in their order. Connections are kept and used
again. Nothing is ever sent twice, and no redirect is followed: a 3xx is a reply.
"""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit
from weakref import WeakSet

from mcp_proxy.errors import ConfigError
from mcp_proxy.net.connection import Connection
from mcp_proxy.net.dial import Dialer
from mcp_proxy.net.exchange import Exchange
from mcp_proxy.net.route import PORTS, forward_proxy
from mcp_proxy.net.slots import Slots
from mcp_proxy.net.trust import tls_context

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Mapping
    from urllib.parse import SplitResult

    from mcp_proxy.net.reply import Reply
    from mcp_proxy.net.route import ForwardProxy

CONNECTIONS = 80
"""Exchanges under way at once; a stream that stays open counts as one."""
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_TARGET = "/%:@!$&'()*+,;=~?"
"""What stands in a path or query unquoted, beside letters and digits (RFC 3986 §3.3)."""
_OURS = {"host", "content-length", "transfer-encoding", "connection", "accept-encoding"}


def header_lines(headers: Iterable[tuple[str, str]]) -> bytes:
    """The header lines of a request, checked; `Link.send` takes them ready-made, too.

    Raises:
        ConfigError: a name or value cannot stand in a header (RFC 9110 §5.5), or the
            header belongs to the connection itself. The value is not repeated.
    """
    lines = []
    for name, value in headers:
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise ConfigError(f"The header {name!r} has characters that no header may have")
        if name.lower() in _OURS:
            raise ConfigError(f"The header {name!r} is set by the connection itself")
        lines.append(f"{name}: {value}\r\n")
    return "".join(lines).encode("latin-1")


class Link:
    """Connections to one URL.

    `tls` builds the context for https, in a thread, when it is first needed. A connection
    idle for over `idle_seconds` is not used again: servers close theirs after 5 s and more,
    and a request that crosses the closing is lost. `clock` tells seconds and goes on while
    the machine sleeps.

    Raises:
        ConfigError: the URL or the proxy that `environ` names for it cannot be used.
    """

    def __init__(
        self,
        url: str,
        *,
        tls: Callable[[], ssl.SSLContext] | None = None,
        connect_timeout_seconds: float = 10.0,
        idle_seconds: float = 4.0,
        environ: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.time,
    ) -> None:
        parts, host, port = _address(url)
        authority = parts.netloc.rpartition("@")[2]
        proxy = forward_proxy(url, environ)
        self._where = f"{parts.scheme}://{authority}"
        self._start = _start(parts, authority, proxy)
        self._dialer = Dialer(
            host,
            port,
            where=self._where,
            is_tls=parts.scheme == "https",
            tls=tls or tls_context,
            proxy=proxy,
            timeout_seconds=connect_timeout_seconds,
        )
        self._idle_seconds = idle_seconds
        self._clock = clock
        self._slots = Slots(CONNECTIONS)
        self._idle: list[tuple[Connection, float]] = []
        self._all: WeakSet[Connection] = WeakSet()

    async def send(
        self, method: str, headers: bytes | Iterable[tuple[str, str]], body: bytes | None = None
    ) -> Reply:
        """Send one request, and come back with the last header line of its answer.

        `headers` are pairs, or what `header_lines` made of them; a body of no bytes says
        so, None says nothing. Read the reply to its end or close it: until then it holds
        a connection. To cancel is to close.

        Raises:
            ConfigError: a header cannot be sent.
            GatewayUnreachable: no connection; nothing was sent.
            OutcomeUnknown: the connection was lost after sending.
            RemoteProtocolError: what came is not HTTP/1.1.
        """
        request = self._request(method, headers, body)
        await self._slots.take()
        try:
            connection = self._rested() or await self._dial()
        except BaseException:
            self._slots.give()
            raise
        return await Exchange(connection, connection.exchange(request)).reply()

    def begin(self, headers: bytes, body: bytes, on_news: Callable[[], None]) -> Exchange | None:
        """Send a POST now, if a connection waits and nobody waits for one; else None.

        `on_news` is called once: when there is a reply, as much of it as has come together,
        or when there will be none. Until somebody awaits the reply, nothing else happens.
        """
        if not self._slots.take_now():
            return None
        connection = self._rested()
        if connection is None:
            self._slots.give()
            return None
        request = self._request("POST", headers, body)
        return Exchange(connection, connection.exchange(request, on_news))

    async def warm(self) -> None:
        """Connect ahead of the first call, unless a connection waits already.

        Raises:
            GatewayUnreachable: no connection.
        """
        if not self._idle:
            self._rest(await self._dial())

    def close(self) -> None:
        """Drop all connections; exchanges under way end as lost."""
        for connection in list(self._all):
            connection.abort()
        self._idle.clear()

    def _request(
        self, method: str, headers: bytes | Iterable[tuple[str, str]], body: bytes | None
    ) -> bytes:
        lines = headers if isinstance(headers, bytes) else header_lines(headers)
        length = b"" if body is None else b"content-length: %d\r\n" % len(body)
        return b"%s %s%s%s\r\n%s" % (method.encode(), self._start, lines, length, body or b"")

    async def _dial(self) -> Connection:
        connection = await self._dialer.dial(lambda: Connection(self._where, self._freed))
        self._all.add(connection)
        return connection

    def _rested(self) -> Connection | None:
        while self._idle:
            connection, since = self._idle.pop()
            # A clock that was set back tells nothing: such a connection is not trusted either.
            if connection.is_quiet() and 0 <= self._clock() - since <= self._idle_seconds:
                return connection
            connection.abort()
        return None

    def _rest(self, connection: Connection) -> None:
        self._idle.append((connection, self._clock()))

    def _freed(self, connection: Connection) -> None:
        if connection.is_open():
            self._rest(connection)
        self._slots.give()


def _address(url: str) -> tuple[SplitResult, str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError) as error:
        raise ConfigError("The gateway's URL is not an http or https URL", key="url") from error
    if not host or not host.isascii():
        raise ConfigError(
            "The gateway's URL names no host that can be looked up",
            key="url",
            hint="Write a name with other letters than a to z in its ASCII form (xn--…).",
        )
    return parts, host, port


def _start(parts: SplitResult, authority: str, proxy: ForwardProxy | None) -> bytes:
    """All of a request's head that is the same for every request, after the method."""
    target = quote(parts.path or "/", safe=_TARGET)
    if parts.query:
        target += "?" + quote(parts.query, safe=_TARGET)
    lines = [f"host: {authority}", "accept-encoding: identity"]
    if proxy is not None and parts.scheme == "http":
        target = f"http://{authority}{target}"  # RFC 9112 §3.2.2
        if proxy.authorization:
            lines.append(f"proxy-authorization: {proxy.authorization}")
    return "\r\n".join([f"{target} HTTP/1.1", *lines, ""]).encode("ascii")
