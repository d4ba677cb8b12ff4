"""The opening of a tunnel through a forward proxy (RFC 9110 §9.3.6, CONNECT)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from mcp_proxy.errors import GatewayUnreachable

if TYPE_CHECKING:
    from mcp_proxy.net.route import ForwardProxy

_HEAD_LIMIT = 64 << 10
_CREDENTIALS_WANTED = {"401", "407"}
"""407 is meant; tinyproxy says 401 to a wrong password."""


class Opening(asyncio.Protocol):
    """Asks `proxy` for a tunnel as soon as it is connected.

    `opened` ends when the tunnel stands, or raises `GatewayUnreachable`. Whoever awaits it
    gives `transport` another protocol then, or aborts it.
    """

    def __init__(self, proxy: ForwardProxy, host: str, port: int) -> None:
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport
        self._proxy = proxy
        self._authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        self.transport = cast("asyncio.Transport", transport)
        lines = [f"CONNECT {self._authority} HTTP/1.1", f"Host: {self._authority}"]
        if self._proxy.authorization:
            lines.append(f"Proxy-Authorization: {self._proxy.authorization}")
        self.transport.write("\r\n".join([*lines, "", ""]).encode("latin-1"))

    def data_received(self, data: bytes) -> None:
        """Read up to the empty line; nobody speaks in a new tunnel before we do."""
        self._head += data
        end = self._head.find(b"\r\n\r\n")
        if self.opened.done() or (end < 0 and len(self._head) < _HEAD_LIMIT):
            return
        version, _, rest = self._head.decode("latin-1").partition(" ")
        status = rest[:3]
        if end < 0 or not version.startswith("HTTP/1."):
            self._refuse("did not answer with HTTP/1.1", "Check that its address is right.")
        elif status in _CREDENTIALS_WANTED:
            self._refuse("wants a user name and a password", "Put them into the proxy's URL.")
        elif not status.startswith("2"):
            self._refuse(f"opens no way to {self._authority} ({status})", "Ask who runs it.")
        elif end + 4 != len(self._head):
            self._refuse("spoke in the gateway's place", "Ask who runs it.")
        else:
            self.opened.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """The proxy hung up."""
        if not self.opened.done():
            self._refuse("hung up", "Try again; if that does not help, ask who runs it.", exc)

    def _refuse(self, deed: str, hint: str, cause: Exception | None = None) -> None:
        error = GatewayUnreachable(f"{self._proxy} {deed}", hint=hint)
        error.__cause__ = cause
        self.opened.set_exception(error)
