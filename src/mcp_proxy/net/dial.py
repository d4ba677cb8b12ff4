"""How a connection gets to the gateway: directly or through a proxy, plain or TLS.

Everything that goes wrong here goes wrong before a request is sent.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from mcp_proxy.net.tunnel import Opening
from mcp_proxy.net.unreachable import unreachable

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from mcp_proxy.net.connection import Connection
    from mcp_proxy.net.route import ForwardProxy

_HEAD_START_SECONDS = 0.25
"""Of the first address, before the next is tried as well (RFC 8305 §5)."""

Speaker = TypeVar("Speaker", bound=asyncio.Protocol)


class Dialer:
    """Connects to `host`:`port`, called `where` in messages.

    `tls` builds the context; it is called in a thread, once, and only when the gateway
    (`is_tls`) or the proxy is spoken to over TLS.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        where: str,
        is_tls: bool,
        tls: Callable[[], ssl.SSLContext],
        proxy: ForwardProxy | None,
        timeout_seconds: float,
    ) -> None:
        self._host = host
        self._port = port
        self._where = where
        self._is_tls = is_tls
        self._tls = tls
        self._proxy = proxy
        self._timeout_seconds = timeout_seconds
        self._context: ssl.SSLContext | None = None
        self._building = asyncio.Lock()

    async def dial(self, make: Callable[[], Connection]) -> Connection:
        """A connection made by `make`, ready for its first request.

        Raises:
            GatewayUnreachable: there is none; nothing was sent to the gateway.
            ConfigError: the TLS context cannot be built.
        """
        if self._is_tls or (self._proxy is not None and self._proxy.is_tls):
            await self._build_context()
        try:
            async with asyncio.timeout(self._timeout_seconds):
                if self._proxy is None:
                    return await self._connect(make, self._host, self._port, is_tls=self._is_tls)
                if self._is_tls:
                    return await self._through(self._proxy, make)
                return await self._reach(self._proxy, make)
        except OSError as error:  # TimeoutError and ssl.SSLError are of this class
            raise unreachable(self._where, error) from error

    async def _build_context(self) -> None:
        async with self._building:
            if self._context is None:
                self._context = await asyncio.to_thread(self._tls)

    async def _connect(
        self, make: Callable[[], Speaker], host: str, port: int, *, is_tls: bool
    ) -> Speaker:
        _, speaker = await asyncio.get_running_loop().create_connection(
            make,
            host,
            port,
            ssl=self._context if is_tls else None,
            happy_eyeballs_delay=_HEAD_START_SECONDS if _has_choice(host) else None,
        )
        return speaker

    async def _reach(self, proxy: ForwardProxy, make: Callable[[], Speaker]) -> Speaker:
        try:
            return await self._connect(make, proxy.host, proxy.port, is_tls=proxy.is_tls)
        except OSError as error:
            raise unreachable(str(proxy), error) from error

    async def _through(self, proxy: ForwardProxy, make: Callable[[], Connection]) -> Connection:
        """Have the proxy open a tunnel, and speak TLS to the gateway inside it."""
        opening = await self._reach(proxy, lambda: Opening(proxy, self._host, self._port))
        connection = make()
        try:
            await opening.opened
            transport = await asyncio.get_running_loop().start_tls(
                opening.transport,
                connection,
                self._context,  # type: ignore[arg-type]  # built by `dial` for a gateway over TLS
                server_hostname=self._host,
            )
        except BaseException:
            opening.transport.abort()
            raise
        if transport is None:  # the stubs of asyncio: lost during the handshake
            raise ConnectionResetError
        connection.connection_made(transport)
        return connection


def _has_choice(host: str) -> bool:
    """Whether `host` may have several addresses of which one hangs.

    An address has no choice, and on this machine none hangs. asyncio's race loses the
    socket that has won when a cancellation comes in the same moment.
    """
    return not (host == "localhost" or ":" in host or host.replace(".", "").isdigit())
