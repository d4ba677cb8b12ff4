"""The gateway's own stream: what it sends without being asked.

Follows MCP 2025-03-26 to 2025-11-25, "Listening for Messages from the Server"
and "Resumability and Redelivery".
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mcp_proxy.errors import AuthError, GatewayError
from mcp_proxy.proxy.answer import checked_message
from mcp_proxy.proxy.status import NOT_FOUND
from mcp_proxy.proxy.stream import Stream, is_event_stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.proxy.upstream import Upstream


async def listen(upstream: Upstream, on_message: Callable[[bytes], None]) -> None:
    """Hand on what the gateway sends; returns when it offers no such stream."""
    stream = Stream(upstream.stream)

    def take(message: bytes) -> bool:
        on_message(checked_message(message))
        return False

    # Not a poll: the pause keeps a gateway that hangs up at once from being asked at once.
    while await _heard(upstream, stream, take):  # noqa: ASYNC110
        await asyncio.sleep(stream.pause)


async def _heard(upstream: Upstream, stream: Stream, take: Callable[[bytes], bool]) -> bool:
    """One connection from its beginning to its end; whether to open another."""
    await upstream.opened()
    session = upstream.session
    try:
        reply = await stream.connect()
        if is_event_stream(reply):
            await stream.read(reply, take)
            return True
        await reply.read()
        if reply.status == NOT_FOUND and session is not None and session.id is not None:
            stream.last_event_id = None
            await upstream.open(lost=session)
            return True
    except (GatewayError, AuthError):
        # The requests of the client meet the same trouble and explain it.
        return True
    return False
