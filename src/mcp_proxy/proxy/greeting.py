"""The one answer to `initialize`, and the session that it opens.

The gateway's own answer if it comes soon, else the remembered one, else ours: a
client never waits for a gateway that is slow, or for a person.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mcp_proxy.errors import GatewayError, PermitError
from mcp_proxy.proxy import handshake
from mcp_proxy.wire import jsonrpc

if TYPE_CHECKING:
    from mcp_proxy.proxy.plan import Greet
    from mcp_proxy.proxy.shelf import Shelf
    from mcp_proxy.proxy.side import Side
    from mcp_proxy.wire.jsonrpc import Message

GREETING_PATIENCE = 1.0
"""Seconds that `initialize` waits for the gateway's own answer (systems.md X1)."""


class Greeting:
    """Greets one gateway for one client.

    Args:
        upstream: the gateway.
        shelf: what it said of itself.
    """

    def __init__(self, upstream: Side, shelf: Shelf) -> None:
        self._upstream = upstream
        self._shelf = shelf
        self._opening: asyncio.Task[PermitError | None] | None = None

    async def answer(self, message: Message, greeting: Greet) -> bytes:
        """Answer for the gateway where it is slow, or waits for a person.

        Raises:
            GatewayError: the gateway is out of reach and was never met.
        """
        self._upstream.greet(greeting.body)
        opening = self._opening = asyncio.create_task(self._open())
        await asyncio.wait([opening], timeout=GREETING_PATIENCE)
        error = opening.result() if opening.done() else None
        version = greeting.requested_version
        result = self._shelf.initialize if opening.done() and error is None else None
        result = result or self._shelf.greeting(version)
        if result is None and isinstance(error, GatewayError):
            raise error
        answer = jsonrpc.result_raw(message.request_id, result or handshake.own_result(version))
        return handshake.with_list_changed(answer)

    async def connect(self, hello: bytes) -> None:
        """Open the session for a client that wants to know why it cannot be had.

        Raises:
            AuthError, GatewayError: there is none.
        """
        self._upstream.greet(hello)
        await self._upstream.open()

    def close(self) -> None:
        """Stop waiting for a gateway that is slow to greet."""
        if self._opening is not None:
            self._opening.cancel()

    async def _open(self) -> PermitError | None:
        try:
            await self._upstream.open()
        except PermitError as error:
            return error
        return None
