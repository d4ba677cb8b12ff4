"""The gateway's side: Streamable HTTP with one session and one valid token.

Follows MCP 2025-03-26 to 2025-11-25, "Transports", Streamable HTTP. What is sent
a second time: a request that the gateway refused before it ran (401, an unknown
session), and, where the caller calls it repeatable, one whose answer was lost.
Nothing else is: a tool may have run.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from mcp_proxy.errors import (
    AuthError,
    GatewayError,
    InsufficientScope,
    LocalProtocolError,
    OutcomeUnknown,
    SignInRequired,
)
from mcp_proxy.net.link import CONNECTIONS, header_lines
from mcp_proxy.proxy.answer import read_answer
from mcp_proxy.proxy.handshake import agreed_version
from mcp_proxy.proxy.status import (
    BAD_REQUEST,
    FORBIDDEN,
    UNAUTHORIZED,
    forgets_session,
    http_error,
)
from mcp_proxy.wire import jsonrpc

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from mcp_proxy.net.link import Link
    from mcp_proxy.net.reply import Reply
    from mcp_proxy.wire.jsonrpc import Id

INVALID_REQUEST = -32600
REQUESTS = CONNECTIONS - 8
"""Requests in flight at once. The connections beyond carry what must get through while
all of them wait: cancellations, a person's answers, the gateway's own stream."""

Headers = tuple[tuple[str, str], ...]

JSON_HEADERS: Headers = (
    ("Content-Type", "application/json"),
    ("Accept", "application/json, text/event-stream"),
)


class Tokens(Protocol):
    """Where access tokens come from; `tokens.source` has the kinds."""

    def fresh_token(self) -> str | None:
        """A token to send now, if one is at hand."""

    async def access_token(self, *, rejected: str | None = None) -> str:
        """A token to send now, and never `rejected`."""

    async def close(self) -> None:
        """End what goes on behind the calls."""


@dataclass(frozen=True, slots=True)
class Session:
    """What one `initialize` settled. Without an id the gateway keeps no session."""

    id: str | None
    version: str


class Upstream:
    """One gateway, spoken to by one identity.

    Args:
        link: the connections.
        tokens: where access tokens come from.
        extra_headers: the profile's own headers.
        patience_seconds: how long a request may stay without any sign of life.
        on_met: told each answer to `initialize`, whoever's request has opened the session.
    """

    def __init__(
        self,
        link: Link,
        tokens: Tokens,
        extra_headers: Mapping[str, str],
        patience_seconds: float,
        on_met: Callable[[bytes], None],
    ) -> None:
        self.session: Session | None = None
        self._link = link
        self._tokens = tokens
        self._extra = list(extra_headers.items())
        self._last_key: tuple[str | None, Session | None, Headers] | None = None
        self._last_lines = b""
        self._useless: str | None = None
        """The access token that was refused last, or that nobody can renew."""
        self._patience = patience_seconds
        self._on_met = on_met
        self._hello: bytes | None = None
        self._settled: bytes | None = None
        self._places = asyncio.Semaphore(REQUESTS)
        self._opening = asyncio.Lock()
        self._opened = asyncio.Event()

    # ---- the session ----------------------------------------------------------------------

    def greet(self, hello: bytes) -> None:
        """Keep the client's `initialize`: it opens the session, and every later one."""
        self._hello = hello

    async def open(self, lost: Session | None = None) -> None:
        """Have a session that is not `lost`.

        Raises:
            AuthError, GatewayError: there is none.
            LocalProtocolError: the client has not sent `initialize` yet.
        """
        async with self._opening, self._deadline():
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
            headers = self._lines(self._tokens.fresh_token(), session, ())
            await (await self._link.send("DELETE", headers, None)).read()

    async def _initialize(self) -> Session:
        if self._hello is None:
            raise LocalProtocolError("The client must send initialize first", code=INVALID_REQUEST)
        request_id = jsonrpc.parse(self._hello).request_id
        reply = await self._authorized("POST", self._hello, None, JSON_HEADERS)
        answer = await read_answer(reply, request_id, lambda _message: None, self.stream)
        session = Session(reply.headers.get("mcp-session-id"), agreed_version(answer))
        self._on_met(answer)
        return session

    async def _settle(self, line: bytes) -> None:
        reply = await self._authorized("POST", line, self.session, JSON_HEADERS)
        await _accepted(reply)
        self._opened.set()

    # ---- requests and notifications ---------------------------------------------------------

    async def ask(
        self, body: bytes, request_id: Id, *, repeatable: bool, on_message: Callable[[bytes], None]
    ) -> bytes:
        """Send a request; its answer. Other messages on its stream go to `on_message`.

        Raises:
            AuthError, GatewayError: there is no answer.
        """
        async with self._places:
            try:
                return await self._ask_once(body, request_id, on_message)
            except OutcomeUnknown:
                if not repeatable:
                    raise
                return await self._ask_once(body, request_id, on_message)

    async def _ask_once(
        self, body: bytes, request_id: Id, on_message: Callable[[bytes], None]
    ) -> bytes:
        async with self._deadline() as limit:

            def heard(message: bytes) -> None:
                limit.reschedule(asyncio.get_running_loop().time() + self._patience)
                on_message(message)

            return await read_answer(await self._post(body), request_id, heard, self.stream)

    async def tell(self, body: bytes) -> None:
        """Send a notification, or an answer to a request of the gateway."""
        async with self._deadline():
            await _accepted(await self._post(body))

    async def stream(self, last_event_id: str | None) -> Reply:
        """Open the gateway's own stream, or go on with any (GET); the caller judges its status."""
        wanted: Headers = (("Accept", "text/event-stream"),)
        if last_event_id is not None:
            wanted += (("Last-Event-ID", last_event_id),)
        return await self._authorized("GET", None, self.session, wanted)

    @contextlib.asynccontextmanager
    async def _deadline(self) -> AsyncIterator[asyncio.Timeout]:
        try:
            async with asyncio.timeout(self._patience) as limit:
                yield limit
        except TimeoutError:
            message = f"The gateway gave no sign of life for {self._patience:g} s"
            raise OutcomeUnknown(message, hint="The request may still be carried out") from None

    # ---- one exchange -------------------------------------------------------------------------

    async def _post(self, body: bytes) -> Reply:
        """Send `body` in the session, once more in a new one if the gateway forgot it."""
        # A gateway may refuse what overtakes `notifications/initialized`.
        if self.session is None or (self._settled is not None and not self._opened.is_set()):
            await self.open()
        session = self.session
        reply = await self._authorized("POST", body, session, JSON_HEADERS)
        if reply.status < BAD_REQUEST or session is None or session.id is None:
            return reply
        if not forgets_session(reply.status, await reply.read()):
            return reply
        await self.open(lost=session)
        return await self._authorized("POST", body, self.session, JSON_HEADERS)

    async def _authorized(
        self,
        method: str,
        body: bytes | None,
        session: Session | None,
        wanted: Headers,
    ) -> Reply:
        """Send with a valid token, once more with another if the gateway refuses it."""
        token = self._tokens.fresh_token() or await self._token_or_none()
        reply = await self._link.send(method, self._lines(token, session, wanted), body)
        if reply.status == UNAUTHORIZED:
            token = await self._replacement(token, reply)
            reply = await self._link.send(method, self._lines(token, session, wanted), body)
            if reply.status == UNAUTHORIZED:
                raise await _sign_in_required(reply, token)
        if reply.status == FORBIDDEN:
            await _require_scope(reply, token)
        return reply

    async def _token_or_none(self) -> str | None:
        # A gateway may ask for no token at all; if it does, its 401 brings the
        # challenge that a sign-in begins with.
        try:
            return await self._tokens.access_token()
        except SignInRequired as ended:
            self._useless = ended.refused or self._useless
            return None

    async def _replacement(self, refused: str | None, reply: Reply) -> str:
        required = await _sign_in_required(reply, refused or self._useless)
        if refused is None:
            raise required
        self._useless = refused
        try:
            return await self._tokens.access_token(rejected=refused)
        except SignInRequired as ended:
            ended.challenge, ended.refused = required.challenge, refused
            raise

    def _lines(self, token: str | None, session: Session | None, wanted: Headers) -> bytes:
        """The header lines of a request; those of the last one are at hand."""
        key = (token, session, wanted)
        if key != self._last_key:
            self._last_key = key
            self._last_lines = header_lines([*self._headers(token, session), *wanted])
        return self._last_lines

    def _headers(self, token: str | None, session: Session | None) -> list[tuple[str, str]]:
        headers = list(self._extra)
        if token is not None:
            headers.append(("Authorization", f"Bearer {token}"))
        if session is not None:
            headers.append(("MCP-Protocol-Version", session.version))
            if session.id is not None:
                headers.append(("Mcp-Session-Id", session.id))
        return headers


async def _sign_in_required(reply: Reply, refused: str | None) -> SignInRequired:
    await reply.read()
    required = SignInRequired("The gateway asks for a sign-in", hint="mcp-permit login")
    required.challenge, required.refused = reply.headers, refused
    return required


async def _require_scope(reply: Reply, refused: str | None) -> None:
    """Go on unless a 403 asks for a step-up: whatever its body says, the request was not run."""
    error = http_error(reply.status, reply.headers)
    if isinstance(error, InsufficientScope):
        await reply.read()
        error.challenge, error.refused = reply.headers, refused
        raise error


async def _accepted(reply: Reply) -> None:
    body = await reply.read()
    if reply.status >= BAD_REQUEST:
        raise http_error(reply.status, reply.headers, body)
