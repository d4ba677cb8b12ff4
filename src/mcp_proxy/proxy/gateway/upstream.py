"""The gateway's side: Streamable HTTP with one session.

Follows MCP 2025-03-26 to 2025-11-25, "Transports", Streamable HTTP. What is sent
a second time: a request that the gateway refused before it ran (401, an unknown
session), and, where the caller calls it repeatable, one whose answer was lost.
Nothing else is: a tool may have run.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from mcp_proxy.errors import (
    AuthError,
    GatewayError,
    LocalProtocolError,
    OutcomeUnknown,
    RemoteProtocolError,
)
from mcp_proxy.proxy.gateway.access import Session
from mcp_proxy.proxy.gateway.answer import plain_answer, read_answer
from mcp_proxy.proxy.gateway.push import listen
from mcp_proxy.proxy.gateway.status import BAD_REQUEST, forgets_session, http_error
from mcp_proxy.proxy.handshake import agreed_version
from mcp_proxy.wire import jsonrpc, mcp

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.net.reply import Reply
    from mcp_proxy.proxy.gateway.access import Access, Begun, Headers
    from mcp_proxy.proxy.gateway.limits import Limits
    from mcp_proxy.wire.jsonrpc import Message

INVALID_REQUEST = -32600
JSON_HEADERS: Headers = (
    ("Content-Type", "application/json"),
    ("Accept", "application/json, text/event-stream"),
)


class Upstream:
    """One gateway, spoken to by one identity.

    Args:
        access: the gateway, asked with valid tokens.
        limits: of the requests under way.
        on_met: told each answer to `initialize`, whoever's request has opened the session.
    """

    def __init__(self, access: Access, limits: Limits, on_met: Callable[[bytes], None]) -> None:
        self.session: Session | None = None
        self._access = access
        self._limits = limits
        self._on_met = on_met
        self._hello: bytes | None = None
        self._hello_headers = JSON_HEADERS
        self._settled: bytes | None = None
        self._opening = asyncio.Lock()
        self._opened = asyncio.Event()

    # ---- the session ----------------------------------------------------------------------

    def greet(self, hello: bytes, headers: Headers = ()) -> None:
        """Keep the client's `initialize`: it opens the session, and every later one.

        `headers` go with it and with nothing else.
        """
        self._hello, self._hello_headers = hello, JSON_HEADERS + headers

    async def open(self, lost: Session | None = None) -> None:
        """Have a session that is not `lost`.

        Raises:
            AuthError, GatewayError: there is none.
            LocalProtocolError: the client has not sent `initialize` yet.
        """
        async with self._opening, self._limits.deadline():
            if self.session is None or self.session is lost:
                self._opened.clear()
                self.session = None
                self.session = await self._initialize()
            if self._settled is not None and not self._opened.is_set():
                await self._settle(self._settled)

    async def settle(self, line: bytes) -> None:
        """Pass `notifications/initialized` on, now or as soon as there is a session."""
        self._settled = line
        if self.session is not None:
            await self.open()

    async def opened(self) -> None:
        """Return once the gateway may send notifications and requests of its own."""
        await self._opened.wait()

    async def close(self) -> None:
        """End the session at the gateway (DELETE), if it can be reached."""
        session, self.session = self.session, None
        if session is None or session.id is None:
            return
        # The process ends either way; a gateway forgets a session by itself.
        with contextlib.suppress(GatewayError, AuthError):
            await (await self._access.send_once("DELETE", session)).read()

    async def _initialize(self) -> Session:
        if self._hello is None:
            raise unheralded()
        request_id = jsonrpc.parse(self._hello).request_id
        reply = await self._access.send("POST", self._hello, None, self._hello_headers)
        answer = await read_answer(reply, request_id, lambda _message: None, self.stream)
        version = agreed_version(answer)
        if version in mcp.MODERN_REVISIONS:
            raise RemoteProtocolError(f"The gateway shakes hands on MCP {version}, which cannot be")
        session = Session(reply.headers.get("mcp-session-id"), version)
        self._on_met(answer)
        return session

    async def _settle(self, line: bytes) -> None:
        reply = await self._access.send("POST", line, self.session, JSON_HEADERS)
        await _accepted(reply)
        self._opened.set()

    # ---- requests and notifications ---------------------------------------------------------

    def begin(self, request: Message, on_news: Callable[[], None]) -> Begun | None:
        """Send a request at once, where the session is open and a place is free; else None.

        `on_news` is told once, as `Link.begin` says. What comes is `plain_answer`, or `ask`
        goes on with it.
        """
        places = self._limits.places
        if self.session is None or not self._is_settled or not places.take_now():
            return None

        def news() -> None:
            places.give()
            on_news()

        begun = self._access.begin(request.raw, self.session, JSON_HEADERS, news)
        if begun is None:
            places.give()
        return begun

    def plain_answer(self, begun: Begun, request: Message) -> bytes | None:
        """The answer, if it has come in one piece and by itself."""
        reply = begun.exchange.whole_reply()
        answer = None if reply is None else plain_answer(reply, request.request_id)
        if answer is not None:
            self._access.taken(begun)
        return answer

    async def ask(
        self,
        request: Message,
        *,
        repeatable: bool,
        on_message: Callable[[bytes], None],
        begun: Begun | None = None,
    ) -> bytes:
        """Send a request; its answer. Other messages on its stream go to `on_message`.

        Raises:
            AuthError, GatewayError: there is no answer.
        """
        async with self._limits.places:
            try:
                return await self._ask_once(request, on_message, begun)
            except OutcomeUnknown:
                if not repeatable:
                    raise
                return await self._ask_once(request, on_message)

    async def _ask_once(
        self,
        request: Message,
        on_message: Callable[[bytes], None],
        begun: Begun | None = None,
    ) -> bytes:
        async with self._limits.deadline() as limit:

            def heard(message: bytes) -> None:
                self._limits.extend(limit)
                on_message(message)

            reply = await self._post(request.raw, begun)
            return await read_answer(reply, request.request_id, heard, self.stream)

    async def tell(self, message: Message) -> None:
        """Send a notification, or an answer to a request of the gateway."""
        async with self._limits.deadline():
            await _accepted(await self._post(message.raw))

    async def listen(self, on_message: Callable[[bytes], None]) -> None:
        """Hand on what the gateway sends unasked; returns when it offers no such stream."""
        await listen(self, on_message)

    async def stream(self, last_event_id: str | None) -> Reply:
        """Open the gateway's own stream, or go on with any (GET); the caller judges its status."""
        wanted: Headers = (("Accept", "text/event-stream"),)
        if last_event_id is not None:
            wanted += (("Last-Event-ID", last_event_id),)
        return await self._access.send("GET", None, self.session, wanted)

    # ---- one exchange -------------------------------------------------------------------------

    @property
    def _is_settled(self) -> bool:
        """Whether nothing that is sent now overtakes `notifications/initialized`."""
        return self._settled is None or self._opened.is_set()

    async def _post(self, body: bytes, begun: Begun | None = None) -> Reply:
        """Send `body` in the session, once more in a new one if the gateway forgot it."""
        # A gateway may refuse what comes too early.
        if begun is None and (self.session is None or not self._is_settled):
            await self.open()
        session = self.session
        reply = await self._access.send("POST", body, session, JSON_HEADERS, begun)
        if reply.status < BAD_REQUEST or session is None or session.id is None:
            return reply
        if not forgets_session(reply.status, await reply.read()):
            return reply
        await self.open(lost=session)
        return await self._access.send("POST", body, self.session, JSON_HEADERS)


def unheralded() -> LocalProtocolError:
    """The error for what a host sends before it has said `initialize`."""
    return LocalProtocolError("The client must send initialize first", code=INVALID_REQUEST)


async def _accepted(reply: Reply) -> None:
    body = await reply.read()
    if reply.status >= BAD_REQUEST:
        raise http_error(reply.status, reply.headers, body)
