"""The one answer to `initialize`, and the session that follows it.

The remembered answer if there is one, else the gateway's own if it comes soon, else
ours: a client never waits for a gateway that is slow or down, or for a person. Whoever
was only asked who it is opens no session, unless there was no other way to know.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mcp_proxy.errors import PermitError
from mcp_proxy.proxy import handshake
from mcp_proxy.proxy.tools import shape
from mcp_proxy.wire import jsonrpc, mcp

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.proxy.gateway.side import Side
    from mcp_proxy.proxy.plan import Greet
    from mcp_proxy.proxy.tools.shelf import Shelf
    from mcp_proxy.wire.jsonrpc import Message

GREETING_PATIENCE = 1.0
"""Seconds that `initialize` waits for a gateway of which nothing is remembered (systems.md X1)."""


class Greeting:
    """Greets one gateway for one client.

    Args:
        upstream: the gateway.
        shelf: what it said of itself.
        complain: takes one sentence for the person who reads stderr.
    """

    def __init__(self, upstream: Side, shelf: Shelf, complain: Callable[[str], None]) -> None:
        self._upstream = upstream
        self._shelf = shelf
        self._complain = complain
        self._opening: asyncio.Task[bool] | None = None
        self._asking: asyncio.Task[bytes | None] | None = None
        self._told: bytes | None = None
        """The result that the client was given before the gateway was met."""

    async def answer(self, message: Message, greeting: Greet) -> bytes:
        """Answer for the gateway where it is slow, or waits for a person."""
        self._greet(message)
        version = greeting.requested_version
        self._told = self._shelf.greeting(version)
        if self._told is not None:
            return jsonrpc.result_raw(message.request_id, self._told)
        opening = self._begin()
        await asyncio.wait([opening], timeout=GREETING_PATIENCE)
        result = self._shelf.initialize if opening.done() and opening.result() else None
        if result is None:
            guess = self._shelf.greeting(version, may_guess=True)
            result = self._told = guess or handshake.own_result(version)
        return handshake.with_list_changed(jsonrpc.result_raw(message.request_id, result))

    async def discover(self, message: Message) -> bytes:
        """Answer a probe: from memory, and then nothing else happens; else as `answer` does."""
        told = self._shelf.discovery()
        if told is None:
            asking = self._asking = asyncio.create_task(self._asked(message))
            await asyncio.wait([asking], timeout=GREETING_PATIENCE)
            if asking.done() and (answer := asking.result()) is not None:
                return answer
            told = handshake.discover_result(handshake.own_result(mcp.LATEST_LEGACY))
        return jsonrpc.result_raw(message.request_id, told)

    def resume(self, hello: Message, told: bytes) -> None:
        """Go on behind an `initialize` that was answered with the result `told`."""
        self._greet(hello)
        self._told = told

    def proceed(self) -> None:
        """Open the session now, behind: the client goes on, and will use it."""
        if self._opening is None:
            self._begin()

    async def connect(self, hello: bytes) -> None:
        """Open the session for a client that wants to know why it cannot be had.

        Raises:
            AuthError, GatewayError: there is none.
        """
        self._greet(jsonrpc.parse(hello))
        await self._upstream.open()

    def close(self) -> None:
        """Stop waiting for a gateway that is slow to greet."""
        for task in (self._opening, self._asking):
            if task is not None:
                task.cancel()

    def _greet(self, hello: Message) -> None:
        self._upstream.greet(hello.raw)
        self._shelf.asked = handshake.requested_version(hello.params)

    def _begin(self) -> asyncio.Task[bool]:
        self._opening = asyncio.create_task(self._open())
        return self._opening

    async def _open(self) -> bool:
        """Open the session; whether there is one. Why there is none the next request tells."""
        try:
            await self._upstream.open()
        except PermitError:
            return False
        self._compare()
        return True

    async def _asked(self, probe: Message) -> bytes | None:
        """The gateway's own discovery; None where it has none for us."""
        try:
            answer = await self._upstream.ask(probe, repeatable=True, on_message=lambda _line: None)
        except PermitError:
            return None  # the next request tells why
        return answer if shape.complaint(answer) is None else None

    def _compare(self) -> None:
        if self._told is None or self._shelf.initialize is None:
            return
        untold = handshake.untold_capabilities(self._told, self._shelf.initialize)
        if untold:
            self._complain(
                f"the gateway now offers {', '.join(untold)} as well; "
                "the client was told of what it offered last, and learns of it at its next start"
            )
