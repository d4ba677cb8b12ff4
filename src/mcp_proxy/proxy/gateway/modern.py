"""The gateway's side in the modern era: each request by itself, no session.

Follows MCP 2026-07-28, "Streamable HTTP". A request is sent a second time, under a new
id, only where it has not run (its headers or its revision were refused), or where the
caller calls it repeatable and its stream broke: a broken stream loses the request.
Whoever stops waiting closes the stream, and that is the cancellation.
"""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

from mcp_proxy.errors import OutcomeUnknown, RemoteProtocolError
from mcp_proxy.proxy.gateway.answer import read_answer
from mcp_proxy.proxy.gateway.status import BAD_REQUEST, http_error
from mcp_proxy.proxy.gateway.stream import is_event_stream
from mcp_proxy.values import replace
from mcp_proxy.wire import headers, jsonrpc, jsontext, mcp, splice

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp_proxy.net.reply import Reply
    from mcp_proxy.proxy.gateway.access import Access
    from mcp_proxy.proxy.gateway.limits import Limits
    from mcp_proxy.wire.headers import Mirror
    from mcp_proxy.wire.jsonrpc import Id, Message

LONGEST_ERROR = 1 << 14
"""Bytes up to which an answer is looked into for an error to act upon (ours)."""
PROBE_SECONDS = 10.0
"""How long a gateway may think about what it is."""

JSON_HEADERS = (
    ("Content-Type", "application/json"),
    ("Accept", "application/json, text/event-stream"),
)


class Modern:
    """One modern gateway, spoken to by one identity.

    Every message that it is given has what a modern one has in its `_meta`.

    Args:
        access: the gateway, asked with valid tokens.
        limits: of the requests under way.
        mirrors: the arguments to repeat of a tool; ValueError where it must not be used.
        relist: learns the gateway's tools anew.
    """

    def __init__(
        self,
        access: Access,
        limits: Limits,
        mirrors: Callable[[str], tuple[Mirror, ...]],
        relist: Callable[[], Awaitable[object]],
    ) -> None:
        self._access = access
        self._limits = limits
        self._mirrors = mirrors
        self._relist = relist
        self._ids = itertools.count(1)

    def new_id(self) -> str:
        """An id that no other request has had."""
        return f"mcp-permit-m{next(self._ids)}"

    async def ask(
        self, request: Message, *, repeatable: bool, on_message: Callable[[bytes], None]
    ) -> bytes:
        """Send a request; its answer. Notifications on its stream go to `on_message`.

        Raises:
            AuthError, GatewayError: there is no answer.
        """
        try:
            answer = await self._once(request, on_message)
        except OutcomeUnknown:
            if not repeatable:
                raise
            answer = await self._again(request, on_message)
        if len(answer) <= LONGEST_ERROR and await self._is_corrected(request, answer):
            answer = await self._again(request, on_message)
        return answer

    async def probe(self, request: Message) -> bytes:
        """What a gateway of either era answers to `request`, whatever its status.

        Raises:
            AuthError, GatewayError: nothing that says anything of the era.
        """
        async with self._limits.deadline(PROBE_SECONDS):
            reply = await self._post(request)
            if is_event_stream(reply):
                return await read_answer(reply, request.request_id, lambda _line: None, None)
            return await reply.read()

    async def listen(self, request: Message, on_message: Callable[[bytes], None]) -> bytes:
        """Send a request whose stream stays open; its answer, once the gateway ends it.

        Raises:
            AuthError, GatewayError: there is no stream any more.
        """
        reply = await self._post(request)
        return await self._read(reply, request.request_id, on_message)

    async def tell(self, message: Message) -> None:
        """Send a notification."""
        async with self._limits.deadline():
            reply = await self._post(message)
            body = await reply.read()
        if reply.status >= BAD_REQUEST:
            raise http_error(reply.status, reply.headers, body)

    async def _again(self, request: Message, on_message: Callable[[bytes], None]) -> bytes:
        again = renamed(request, self.new_id())
        return restored(await self._once(again, on_message), request.request_id)

    async def _is_corrected(self, request: Message, answer: bytes) -> bool:
        """Whether a request that was refused before it ran can be sent again as it must be."""
        match error_of(answer):
            case {"code": mcp.HEADER_MISMATCH} if request.method == mcp.TOOLS_CALL:
                await self._relist()
                return True
            case {"code": mcp.UNSUPPORTED_VERSION, "data": {"supported": list(versions)}}:
                return version_of(request) in versions
        return False

    async def _once(self, request: Message, on_message: Callable[[bytes], None]) -> bytes:
        async with self._limits.places, self._limits.deadline() as limit:

            def heard(line: bytes) -> None:
                self._limits.extend(limit)
                on_message(line)

            return await self._read(await self._post(request), request.request_id, heard)

    async def _read(
        self, reply: Reply, request_id: Id, on_message: Callable[[bytes], None]
    ) -> bytes:
        if reply.status < BAD_REQUEST:
            return await read_answer(reply, request_id, on_message, None)
        body = await reply.read()
        if jsonrpc.answers(body, request_id):
            return body
        if error_of(body) and members(body).get("id") is None:
            # Refused before its id was read; there is one request in one POST.
            return restored(body, request_id)
        raise http_error(reply.status, reply.headers, body)

    async def _post(self, message: Message) -> Reply:
        told = headers.request_headers(message, version_of(message), self._mirrored(message))
        return await self._access.send("POST", message.raw, None, JSON_HEADERS + told)

    def _mirrored(self, message: Message) -> tuple[Mirror, ...]:
        if message.method != mcp.TOOLS_CALL or not isinstance(message.params, dict):
            return ()
        try:
            return self._mirrors(str(message.params.get("name")))
        except ValueError as error:
            raise RemoteProtocolError(f"The gateway lists this tool wrongly: {error}") from error


def version_of(message: Message) -> str:
    """The revision that a modern message speaks, which its headers must repeat."""
    match message.params:
        case {mcp.META: {mcp.META_PROTOCOL_VERSION: str(version)}}:
            return version
    return mcp.MODERN_REVISIONS[-1]


def renamed(request: Message, request_id: str) -> Message:
    """The same request under another id."""
    raw = splice.replace(request.raw, ("id",), json.dumps(request_id).encode())
    return replace(request, raw=raw, id=request_id)


def restored(answer: bytes, request_id: Id) -> bytes:
    """An answer under the id of the request that it is for.

    Raises:
        RemoteProtocolError: it has two ids.
    """
    try:
        return splice.replace(answer, ("id",), json.dumps(request_id).encode())
    except ValueError as error:
        raise RemoteProtocolError("The gateway's answer cannot be read") from error


def error_of(answer: bytes) -> dict[str, Any]:
    """The error that an answer tells; empty where it tells none."""
    error = members(answer).get("error")
    return error if isinstance(error, dict) else {}


def members(body: bytes) -> dict[str, Any]:
    """The members of a short JSON object; empty where it is none, or long."""
    if len(body) > LONGEST_ERROR:
        return {}
    try:
        found = jsontext.read(body.decode().strip())
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
