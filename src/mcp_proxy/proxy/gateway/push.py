"""The gateway's own stream: what it sends without being asked.

Follows MCP 2025-03-26 to 2025-11-25, "Listening for Messages from the Server"
and "Resumability and Redelivery".
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mcp_proxy.errors import PermitError
from mcp_proxy.oauth.refusal import is_passing
from mcp_proxy.proxy.gateway.answer import told
from mcp_proxy.proxy.gateway.status import NOT_FOUND, NOT_IMPLEMENTED
from mcp_proxy.proxy.gateway.stream import Stream, is_event_stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.proxy.gateway.access import Session
    from mcp_proxy.proxy.gateway.upstream import Upstream


async def listen(upstream: Upstream, on_message: Callable[[bytes], None]) -> None:
    """Hand on what the gateway sends; returns when it offers no such stream."""
    stream = Stream(upstream.stream)
    before: Session | None = None

    def take(message: bytes) -> bool:
        if (line := told(message)) is not None:
            on_message(line)
        return False

    while True:
        await upstream.opened()
        session = upstream.session
        if session is not before:
            # Event ids mean nothing beyond the session that they were given in.
            before, stream.last_event_id = session, None
        if not await _heard(upstream, session, stream, take):
            return
        await asyncio.sleep(stream.pause)


async def _heard(
    upstream: Upstream, session: Session | None, stream: Stream, take: Callable[[bytes], bool]
) -> bool:
    """One connection from its beginning to its end; whether to open another."""
    try:
        reply = await stream.connect()
        if is_event_stream(reply):
            await stream.read(reply, take)
            return True
        await reply.read()
        if reply.status == NOT_FOUND and session is not None and session.id is not None:
            await upstream.open(lost=session)
            return True
        return is_passing(reply.status) and reply.status != NOT_IMPLEMENTED
    except PermitError:
        # The requests of the client meet the same trouble, the vault's included, and explain it.
        return True
