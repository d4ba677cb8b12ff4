"""The gateway, whatever era it speaks: which way each message takes.

    host     gateway   way
    legacy   legacy    upstream: bytes pass, in a session
    legacy   modern    legacy_host, over the wire of `modern`
    modern   modern    modern_host, over the same wire
    modern   legacy    sessions, each over an upstream of its own

Nothing of the modern era is loaded where neither side is known to speak it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mcp_proxy.errors import GatewayError
from mcp_proxy.proxy.gateway.acquaintance import Acquaintance
from mcp_proxy.proxy.gateway.upstream import Upstream, unheralded
from mcp_proxy.wire import mcp

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp_proxy.catalog.era import EraNote
    from mcp_proxy.proxy.crossings.modern_ways import ModernWays
    from mcp_proxy.proxy.crossings.sessions import Sessions
    from mcp_proxy.proxy.gateway.access import Access, Begun
    from mcp_proxy.proxy.gateway.limits import Limits
    from mcp_proxy.proxy.gateway.side import Way
    from mcp_proxy.proxy.tools.shelf import Shelf
    from mcp_proxy.wire.jsonrpc import Message

_SHORT = 1 << 14
"""Bytes; no answer that throws doubt upon an era is longer."""


class Crossroads:
    """One gateway, spoken to by one identity, for a host of either era.

    Args:
        access: the gateway, asked with valid tokens.
        limits: of the requests under way.
        shelf: what the gateway says of itself and lists.
        note: the eras that are remembered.
        relist: learns the gateway's tools anew.
        emit: takes what a session sends that belongs to no request of a modern host.
        complain: takes one sentence for the person who reads stderr.
    """

    def __init__(
        self,
        access: Access,
        limits: Limits,
        shelf: Shelf,
        note: EraNote,
        relist: Callable[[], Awaitable[object]],
        emit: Callable[[bytes], None],
        complain: Callable[[str], None],
    ) -> None:
        self._access = access
        self._limits = limits
        self._shelf = shelf
        self._relist = relist
        self._emit = emit
        self._complain = complain
        self._upstream = Upstream(access, limits, self._met)
        self._gateway = Acquaintance(
            note, self._upstream, self._modern_ways, self._reckon, complain
        )
        self._ways: ModernWays | None = None
        self._sessions: Sessions | None = None
        self._hello: bytes | None = None
        self._is_modern = False
        """Whether the host has said something, and no `initialize`."""
        self._listening: asyncio.Task[None] | None = None
        self._heard_in: mcp.Era | None = None
        self._known = asyncio.Event()

    # ---- meeting and leaving ------------------------------------------------------------------

    def greet(self, hello: bytes) -> None:
        """Keep the host's `initialize`: it opens every session, and tells who asks."""
        self._hello = hello
        self._upstream.greet(hello)
        if self._ways is not None:
            self._ways.greet(hello)

    async def open(self) -> None:
        """Meet the gateway.

        Raises:
            AuthError, GatewayError: it is not to be had.
            LocalProtocolError: it wants a handshake, and the host has sent none.
        """
        if await self._gateway.settled("legacy") == "modern":
            await self._gateway.meet("legacy")
        if self._gateway.chosen("legacy") == "legacy":
            try:
                await self._upstream.open()
            except GatewayError as refusal:
                if not await self._gateway.is_overturned("legacy", refusal):
                    raise

    async def settle(self, line: bytes) -> None:
        """Take `notifications/initialized`; a modern gateway has no use for it."""
        await self._upstream.settle(line)

    async def close(self) -> None:
        """End the sessions, where there are any."""
        await self._upstream.close()
        if self._sessions is not None:
            await self._sessions.close()

    # ---- messages -------------------------------------------------------------------------------

    def begin(self, request: Message, on_news: Callable[[], None]) -> Begun | None:
        """Send a request of a legacy host to a legacy gateway at once, as `Upstream.begin`."""
        is_plain = self._hello is not None and self._gateway.chosen("legacy") == "legacy"
        if not is_plain or mcp.era(request) == "modern":
            return None
        return self._upstream.begin(request, on_news)

    def plain_answer(self, begun: Begun, request: Message) -> bytes | None:
        """The answer, if it has come, and nothing in it wants a closer look."""
        answer = self._upstream.plain_answer(begun, request)
        # Errors may throw doubt upon an era; what limits us says when to try again.
        if answer is None or b'"error"' in answer or b"retry" in answer:
            return None
        return answer

    async def ask(
        self,
        request: Message,
        *,
        repeatable: bool,
        on_message: Callable[[bytes], None],
        begun: Begun | None = None,
    ) -> bytes:
        """Send a request the way that leads to the gateway; its answer.

        `begun` is what `begin` has sent of it.

        Raises:
            AuthError, GatewayError: there is no answer.
        """
        host = self._host(request)
        era = self._gateway.chosen(host) or await self._gateway.settled(host)
        try:
            if begun is not None:
                way: Way = self._upstream
                answer = await self._upstream.ask(
                    request, repeatable=repeatable, on_message=on_message, begun=begun
                )
            else:
                way = self._way(request, era)
                answer = await way.ask(request, repeatable=repeatable, on_message=on_message)
        except GatewayError as refusal:
            if not await self._gateway.is_overturned(host, refusal):
                raise
        else:
            if way is self._sessions or len(answer) > _SHORT or b'"error"' not in answer:
                return answer
            if not await self._gateway.is_overturned(host, answer):
                return answer
        # It was refused, not run: that was no message of the gateway's era.
        way = self._way(request, await self._gateway.settled(host))
        return await way.ask(request, repeatable=repeatable, on_message=on_message)

    async def tell(self, message: Message) -> None:
        """Send a notification, or an answer to a request of the gateway."""
        era = await self._gateway.settled(self._host(message))
        await self._way(message, era).tell(message)

    async def listen(self, on_message: Callable[[bytes], None]) -> None:
        """Hand on what the gateway sends unasked; returns when it never will."""
        while True:
            await self._known.wait()
            era = self._heard_in = self._gateway.chosen("legacy")
            way: Way = self._upstream if era == "legacy" else self._modern_ways().legacy
            self._listening = asyncio.create_task(way.listen(on_message))
            try:
                await asyncio.wait([self._listening])
            finally:
                self._listening.cancel()
            if era == self._gateway.chosen("legacy"):
                self._listening.result()
                return

    def _host(self, message: Message) -> mcp.Era:
        """Whose message it is, or in whose name it is ours.

        Raises:
            LocalProtocolError: a legacy host has not said `initialize`.
        """
        if mcp.era(message) == "modern":
            self._is_modern = self._hello is None
            return "modern"
        if self._hello is not None:
            return "legacy"
        # A modern host's notifications do not name its era, nor do requests of our own.
        if self._is_modern:
            return "modern"
        raise unheralded()

    def _way(self, message: Message, era: mcp.Era) -> Way:
        if era == "legacy":
            return self._upstream if self._host(message) == "legacy" else self._host_sessions()
        ways = self._modern_ways()
        return ways.legacy if mcp.era(message) == "legacy" else ways.modern

    # ---- what is known of the gateway -----------------------------------------------------------

    def _met(self, answer: bytes) -> None:
        self._gateway.met()
        self._shelf.met(answer)

    def _reckon(self) -> None:
        """Go by what is known now."""
        host: mcp.Era = "modern" if self._hello is None else "legacy"
        era = self._gateway.chosen(host)
        self._shelf.view.flaw = self._modern_ways().flaw if era == "modern" else None
        if self._gateway.chosen("legacy") is None:
            self._known.clear()
        else:
            self._known.set()
        if self._listening is not None and self._heard_in != self._gateway.chosen("legacy"):
            self._listening.cancel()

    def _host_sessions(self) -> Sessions:
        if self._sessions is None:
            # Only for a modern host.
            import secrets  # noqa: PLC0415

            from mcp_proxy.proxy.crossings.sessions import Sessions  # noqa: PLC0415

            def connect(on_met: Callable[[bytes], None]) -> Upstream:
                def met(answer: bytes) -> None:
                    self._met(answer)
                    on_met(answer)

                return Upstream(self._access, self._limits, met)

            self._sessions = Sessions(
                connect, lambda: secrets.token_urlsafe(24), self._emit, self._complain
            )
        return self._sessions

    def _modern_ways(self) -> ModernWays:
        if self._ways is None:
            # Only for a gateway that is modern, or may be.
            from mcp_proxy.proxy.crossings.modern_ways import ModernWays  # noqa: PLC0415

            self._ways = ModernWays(
                self._access, self._limits, self._shelf, self._relist, self._complain
            )
            if self._hello is not None:
                self._ways.greet(self._hello)
        return self._ways
