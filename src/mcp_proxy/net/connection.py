"""One connection to the gateway: HTTP/1.1, one exchange at a time.

An asyncio protocol over httptools, because both were measured: streams and HTTP
libraries cost more per call than the call itself. Follows RFC 9112. It connects
nothing, pools nothing and repeats nothing.
"""

from __future__ import annotations

import asyncio
import select
from typing import TYPE_CHECKING, cast

import httptools

from mcp_proxy.errors import GatewayError, OutcomeUnknown, RemoteProtocolError
from mcp_proxy.net.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD_LIMIT = 256 << 10
"""Bytes of status line and headers; more is not an answer but an attack or a mistake."""

_SWITCHING_PROTOCOLS = 101
_FIRST_FINAL_STATUS = 200


class Connection(asyncio.Protocol):
    """One socket to `where`; `freed` is called once after each exchange, however it ended."""

    def __init__(self, where: str, freed: Callable[[Connection], None]) -> None:
        self._where = where
        self._freed = freed
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport
        self._answer: asyncio.Future[Reply] | None = None
        """Set from the request to the end of the exchange."""
        self._on_news: Callable[[], None] | None = None
        self._reply: Reply | None = None
        self._headers: dict[str, str] = {}
        self._head_size = 0
        self._is_complete = self._is_reusable = False

    # What the pool asks.

    def exchange(
        self, request: bytes, on_news: Callable[[], None] | None = None
    ) -> asyncio.Future[Reply]:
        """Send one request; the reply comes with its last header line.

        `on_news` is called once: when the bytes that brought the reply, and what came with
        it of its body, are dealt with, or when the exchange has ended without a reply. The
        future raises `OutcomeUnknown` when the connection is lost before that, and
        `RemoteProtocolError` when what comes is not HTTP/1.1.
        """
        self._answer = answer = asyncio.get_running_loop().create_future()
        self._on_news = on_news
        self._reply = None
        self._head_size = 0
        self._is_complete = False
        self._transport.write(request)
        return answer

    def abandon(self, answer: asyncio.Future[Reply]) -> None:
        """Drop the connection if it is still busy with the exchange of `answer`."""
        if self._answer is answer:
            self.abort()

    def is_open(self) -> bool:
        """Whether another exchange can be tried on it."""
        return not self._transport.is_closing()

    def is_quiet(self) -> bool:
        """Whether it is open and the peer has sent nothing, not even the end.

        Asked of the operating system: an end that the event loop has not come to yet
        would cost a call.
        """
        if self._transport.is_closing():
            return False
        try:
            return not select.select((self._transport.get_extra_info("socket"),), (), (), 0)[0]
        except (OSError, ValueError):  # closed under us, or a descriptor beyond select's range
            return False

    def hold(self, *, back: bool) -> None:
        """Stop taking bytes from the peer, or go on."""
        if self._transport.is_closing():
            return
        if back:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def abort(self) -> None:
        """Drop the connection at once; an exchange under way ends as lost."""
        self._transport.abort()

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Parse; whatever is not the expected answer ends the connection."""
        if self._answer is None:
            self.abort()
            return
        if self._reply is None:
            self._head_size += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            # What follows a complete answer spoils the connection, not the answer.
            self._fail("answered something that is not HTTP/1.1", error)
            return
        if self._reply is None and self._head_size > HEAD_LIMIT:
            self._fail("answered with endless headers")
        elif self._is_complete:
            if not self._is_reusable:
                self.abort()
            self._end(None)
        elif self._on_news is not None and self._reply is not None:
            self._tell_news()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the exchange under way, if any: well, when closing was to end the body."""
        until_close = self._reply is not None and not (
            {"content-length", "transfer-encoding"} & self._reply.headers.keys()
        )
        self._end(None if until_close and exc is None else self._lost(exc))

    # What the parser tells.

    def on_message_begin(self) -> None:
        """Start the headers afresh."""
        if self._is_complete:
            raise ValueError("a second answer")
        self._headers = {}

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep one field; trailers are dropped, for nobody looks at them."""
        if self._reply is None:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
            before = self._headers.get(key)
            self._headers[key] = text if before is None else f"{before}, {text}"

    def on_headers_complete(self) -> None:
        """Hand the reply out, unless it is an interim one (RFC 9110 §15.2)."""
        status = self._parser.get_status_code()
        if status == _SWITCHING_PROTOCOLS:
            raise ValueError("a change of protocol that nobody asked for")
        if status >= _FIRST_FINAL_STATUS:
            self._reply = Reply(self, status, self._headers)
            if self._answer is not None and not self._answer.done():
                self._answer.set_result(self._reply)

    def on_body(self, part: bytes) -> None:
        """Pass one part on."""
        cast("Reply", self._reply).feed(part)  # interim answers have none

    def on_message_complete(self) -> None:
        """Note the end; it counts when all bytes in hand have been looked at."""
        self._is_complete = self._reply is not None
        # The parser forgets it as soon as this returns.
        self._is_reusable = self._parser.should_keep_alive()

    # Ends.

    def _lost(self, cause: BaseException | None) -> OutcomeUnknown:
        when = "before it answered" if self._reply is None else "in the middle of its answer"
        error = OutcomeUnknown(
            f"The connection to {self._where} was lost {when}",
            hint="The request may have been carried out: look before you repeat it.",
        )
        error.__cause__ = cause
        return error

    def _fail(self, deed: str, cause: BaseException | None = None) -> None:
        error = RemoteProtocolError(f"{self._where} {deed}")
        error.__cause__ = cause
        self.abort()
        self._end(None if self._is_complete else error)

    def _end(self, error: GatewayError | None) -> None:
        answer, self._answer = self._answer, None
        if answer is None:
            return
        if self._reply is not None:
            self._reply.end(error)
        elif not answer.done():
            answer.set_exception(cast("GatewayError", error))
        self._freed(self)
        if self._on_news is not None:
            self._tell_news()

    def _tell_news(self) -> None:
        on_news, self._on_news = self._on_news, None
        cast("Callable[[], None]", on_news)()
