"""One event stream of the gateway, over as many connections as it takes.

Follows MCP 2025-03-26 to 2025-11-25, "Resumability and Redelivery": a gateway may
close a connection and go on with its stream in the next one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.proxy.gateway.status import OK
from mcp_proxy.wire.sse import EventStream

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from mcp_proxy.net.reply import Reply

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds between two connections where the gateway names no time, doubled after each
one that brought nothing."""
_LONGEST_DOUBLING = 9


class Stream:
    """Where a stream stands: what came last, and when to go on.

    Args:
        connect: a GET that goes on after this event id; its status is the caller's to judge.
            None where the era knows no such thing.
    """

    def __init__(self, connect: Callable[[str | None], Awaitable[Reply]] | None) -> None:
        self.last_event_id: str | None = None
        self.silent = 0
        """Connections, or tries of one, since the last event."""
        self._connect = connect
        self._retry = FIRST_PAUSE

    @property
    def pause(self) -> float:
        """Seconds to wait before the next connection."""
        if not self.silent:
            return self._retry
        doubled = FIRST_PAUSE * 2.0 ** min(self.silent, _LONGEST_DOUBLING)
        return max(self._retry, min(doubled, LONGEST_PAUSE))

    async def connect(self) -> Reply:
        """The next connection.

        Raises:
            AuthError, GatewayError: there is none.
        """
        if self._connect is None:
            raise AssertionError("a stream of the modern era does not go on")
        self.silent += 1
        return await self._connect(self.last_event_id)

    @property
    def can_go_on(self) -> bool:
        """Whether a broken stream can be taken up where it broke."""
        return self._connect is not None and self.last_event_id is not None

    async def read(self, reply: Reply, take: Callable[[bytes], bool]) -> None:
        """Give `take` each message of one connection, until it has what it wants.

        Raises:
            OutcomeUnknown: the connection was lost.
            RemoteProtocolError: what came is no event stream of MCP.
        """
        events = EventStream()
        try:
            async for chunk in reply.chunks():
                for event in events.feed(chunk):
                    self.silent = 0
                    if event.data and take(event.data):
                        return
        finally:
            reply.close()
            self.last_event_id = events.last_event_id or self.last_event_id
            if events.retry is not None:
                self._retry = events.retry / 1000


def is_event_stream(reply: Reply) -> bool:
    """Whether this answer holds events."""
    return reply.status == OK and media_type(reply.headers) == "text/event-stream"


def media_type(headers: Mapping[str, str]) -> str:
    """The media type without its parameters, lower case (RFC 9110 §8.3.1)."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()
