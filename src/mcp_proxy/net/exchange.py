"""One request on its way to the gateway, and the reply to come."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcp_proxy.net.connection import Connection
    from mcp_proxy.net.reply import Reply


class Exchange:
    """What was sent over `connection`; its `answer` is to come."""

    __slots__ = ("_answer", "_connection")

    def __init__(self, connection: Connection, answer: asyncio.Future[Reply]) -> None:
        self._connection = connection
        self._answer = answer

    async def reply(self) -> Reply:
        """The reply, with its last header line. To cancel is to drop the connection.

        Raises:
            OutcomeUnknown: the connection was lost after sending.
            RemoteProtocolError: what came is not HTTP/1.1.
        """
        try:
            return await self._answer
        except asyncio.CancelledError:
            self._connection.abandon(self._answer)
            raise

    def whole_reply(self) -> Reply | None:
        """The reply, if all of it is there; None as long as it is not, or if it never will be."""
        answer = self._answer
        if not answer.done() or answer.cancelled() or answer.exception() is not None:
            return None
        reply = answer.result()
        return reply if reply.is_whole else None
