"""The gateway's own stream: what it sends without being asked.

Follows MCP 2025-03-26 to 2025-11-25, "Listening for Messages from the Server"
and "Resumability and Redelivery".
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mcp_proxy.errors import AuthError, GatewayError
from mcp_proxy.proxy.answer import checked_message, media_type
from mcp_proxy.proxy.status import NOT_FOUND, OK
from mcp_proxy.wire.sse import EventStream

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.net.reply import Reply
    from mcp_proxy.proxy.upstream import Upstream

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds between a broken stream and the next, doubled each time without an event."""


async def listen(upstream: Upstream, on_message: Callable[[bytes], None]) -> None:
    """Hand on what the gateway sends; returns when it offers no such stream."""
    listener = _Listener(upstream, on_message)
    # Not a poll: the pause keeps a gateway that hangs up at once from being asked at once.
    while await listener.hear():  # noqa: ASYNC110
        await asyncio.sleep(listener.pause)


class _Listener:
    def __init__(self, upstream: Upstream, on_message: Callable[[bytes], None]) -> None:
        self.pause = FIRST_PAUSE
        self._upstream = upstream
        self._on_message = on_message
        self._last_event_id: str | None = None

    async def hear(self) -> bool:
        """One stream from its beginning to its end; whether to open another."""
        await self._upstream.opened()
        session = self._upstream.session
        self.pause = min(self.pause * 2, LONGEST_PAUSE)
        try:
            reply = await self._upstream.stream(self._last_event_id)
            if reply.status == OK and media_type(reply.headers) == "text/event-stream":
                await self._read(reply)
                return True
            await reply.read()
            if reply.status == NOT_FOUND and session is not None and session.id is not None:
                self._last_event_id = None
                await self._upstream.open(lost=session)
                return True
        except (GatewayError, AuthError):
            # The requests of the client meet the same trouble and explain it.
            return True
        return False

    async def _read(self, reply: Reply) -> None:
        stream = EventStream()
        try:
            async for chunk in reply.chunks():
                for event in stream.feed(chunk):
                    self.pause = FIRST_PAUSE
                    if event.data:
                        self._on_message(checked_message(event.data))
        finally:
            reply.close()
            self._last_event_id = stream.last_event_id or self._last_event_id
            if stream.retry is not None:
                self.pause = stream.retry / 1000
