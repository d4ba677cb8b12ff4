"""One answer of the gateway, while it arrives.

A `Reply` exists from the last header line on. Its body is read in one of two ways:
whole (`read`), or part by part (`chunks`), which holds the sender back when the
reader is slow. A reply that is not wanted any more must be closed.
"""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import TYPE_CHECKING, Protocol

from mcp_proxy.errors import RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mcp_proxy.errors import GatewayError

UNREAD_LIMIT = 1 << 20
"""Bytes that may wait for a slow reader of `chunks` before the sender is held back."""

WHOLE_LIMIT = 1 << 30
"""Bytes of a body read whole; more than any result is, and less than would take all memory."""


class Source(Protocol):
    """Where a body comes from: the connection."""

    def hold(self, *, back: bool) -> None:
        """Stop taking bytes from the peer, or go on."""

    def abort(self) -> None:
        """Drop the connection; the exchange ends as lost."""


class Reply:
    """Status, headers and body of one answer.

    `headers` has lower-case names; repeated fields are joined with a comma (RFC 9110 §5.3).
    """

    __slots__ = ("_ended", "_error", "_held", "_parts", "_source", "_unread", "_waiter", "_whole",
                 "headers", "status")  # fmt: skip

    def __init__(self, source: Source, status: int, headers: dict[str, str]) -> None:
        self.status = status
        self.headers = headers
        self._source = source
        self._parts: list[bytes] = []
        self._unread = 0
        self._held = self._ended = False
        self._whole: BytesIO | None = None
        self._error: GatewayError | None = None
        self._waiter: asyncio.Future[None] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the body has come to its end, well."""
        return self._ended and self._error is None

    def whole(self) -> bytes:
        """The body of a reply that is whole and that nobody has begun to read."""
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)

    async def read(self) -> bytes:
        """The body, complete.

        Raises:
            OutcomeUnknown: the connection was lost before the end.
            RemoteProtocolError: it is not HTTP/1.1, or longer than `WHOLE_LIMIT`.
        """
        if not self._ended and self._whole is None:
            # Grows in place and hands its bytes over without a copy: half the memory, and a
            # third of the time, of a list of parts that are joined in the end.
            self._whole = BytesIO()
            self._whole.writelines(self._parts)
            self._let_flow()
        while not self._ended:
            await self._news()
        if self._error is not None:
            raise self._error
        return self._whole.getvalue() if self._whole is not None else b"".join(self._parts)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives, once.

        Leaving the iteration early does not end the exchange: `close` does. After a wait
        that was cut short, a new iteration goes on where the last part ended.

        Raises:
            OutcomeUnknown: the connection was lost before the end.
            RemoteProtocolError: it is not HTTP/1.1.
        """
        while True:
            parts, self._parts, self._unread = self._parts, [], 0
            self._let_flow()
            for part in parts:
                yield part
            if self._parts:
                continue
            if self._ended:
                break
            await self._news()
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Give the rest of the body up; a complete reply needs no closing."""
        if not self._ended:
            self._source.abort()

    def feed(self, part: bytes) -> None:
        """Take one part of the body from the connection."""
        if self._ended:
            return
        self._unread += len(part)
        if self._whole is not None:
            self._whole.write(part)
            # Woken at the end only: a big body comes in many parts, and no one looks at them.
            if self._unread > WHOLE_LIMIT:
                self.end(RemoteProtocolError(f"The answer is longer than {WHOLE_LIMIT >> 20} MiB"))
                self._source.abort()
            return
        self._parts.append(part)
        if self._unread > UNREAD_LIMIT and not self._held:
            self._held = True
            self._source.hold(back=True)
        self._wake()

    def end(self, error: GatewayError | None) -> None:
        """Take the end of the body from the connection; the first end counts."""
        if not self._ended:
            self._ended = True
            self._error = error
            # The next exchange on this connection must not wait for our reader.
            self._let_flow()
            self._wake()

    def _let_flow(self) -> None:
        if self._held:
            self._held = False
            self._source.hold(back=False)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _news(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
