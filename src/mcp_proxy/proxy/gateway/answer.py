"""One answer of the gateway: a JSON body, or an event stream that holds it.

A stream that ends too early is taken up again where the gateway has numbered its
events (MCP 2025-11-25, "Resumability and Redelivery"): the tool runs on meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mcp_proxy.errors import (
    GatewayError,
    LocalProtocolError,
    OutcomeUnknown,
    PermitError,
    RemoteProtocolError,
)
from mcp_proxy.oauth.refusal import is_passing
from mcp_proxy.proxy.gateway.status import ACCEPTED, OK, http_error
from mcp_proxy.proxy.gateway.stream import Stream, is_event_stream, media_type
from mcp_proxy.wire import jsonrpc
from mcp_proxy.wire.sse import EventStream

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp_proxy.net.reply import Reply
    from mcp_proxy.wire.jsonrpc import Id

_EVENTS = "text/event-stream"
CHECKED_BYTES = 1 << 18
"""Messages up to this length are parsed before they are passed on."""
MOST_SILENT = 4
"""Connections in a row that bring no event of a broken answer (ours: about 15 s)."""


async def read_answer(
    reply: Reply,
    request_id: Id,
    on_message: Callable[[bytes], None],
    connect: Callable[[str | None], Awaitable[Reply]] | None,
) -> bytes:
    """The answer to `request_id`; other messages of its stream go to `on_message`.

    Whoever stops waiting closes the stream: MCP reads that as no cancellation in
    2025-11-25 and as one in 2026-07-28. `connect` goes on with a broken stream after
    the event of this id; None in the modern era, where a broken stream has lost the
    request and a gateway has no requests of its own.

    Raises:
        GatewayError, InsufficientScope: there is no answer.
    """
    try:
        if is_event_stream(reply):
            return await _answer_in_stream(reply, request_id, on_message, connect)
        body = await reply.read()
    except BaseException:
        reply.close()
        raise
    if jsonrpc.answers(body, request_id):
        return body
    if reply.status not in {OK, ACCEPTED}:
        raise http_error(reply.status, reply.headers, body)
    what = media_type(reply.headers) or "an empty body"
    message = f"The gateway answered {what} where a JSON-RPC answer was due"
    raise RemoteProtocolError(message, hint="Is this the address of an MCP endpoint?")


def plain_answer(reply: Reply, request_id: Id) -> bytes | None:
    """The answer in a reply that is whole, if nothing else is in it."""
    if reply.status != OK:
        return None
    if media_type(reply.headers) == _EVENTS:
        told = [event.data for event in EventStream().feed(reply.whole()) if event.data]
        body = told[0] if len(told) == 1 else b""
    else:
        body = reply.whole()
    return body if jsonrpc.answers(body, request_id) else None


async def _answer_in_stream(
    reply: Reply,
    request_id: Id,
    on_message: Callable[[bytes], None],
    connect: Callable[[str | None], Awaitable[Reply]] | None,
) -> bytes:
    found: list[bytes] = []
    stream = Stream(connect)

    def take(message: bytes) -> bool:
        if jsonrpc.answers(message, request_id):
            found.append(message)
            return True
        if (line := told(message, may_ask=connect is not None)) is not None:
            on_message(line)
        return False

    while not found:
        try:
            await stream.read(reply, take)
        except OutcomeUnknown:
            if not stream.can_go_on:
                raise
        if not found:
            reply = await _continued(stream)
    return found[0]


async def _continued(stream: Stream) -> Reply:
    """The connection in which a broken stream goes on."""
    lost = OutcomeUnknown(
        "The gateway ended its stream without an answer",
        hint="The request may have been carried out",
    )
    while stream.can_go_on and stream.silent < MOST_SILENT:
        await asyncio.sleep(stream.pause)
        try:
            reply = await stream.connect()
        except GatewayError:
            continue
        except PermitError as error:
            # Not as such: after a sign-in the request would be sent, and run, again.
            raise lost from error
        if is_event_stream(reply):
            return reply
        await reply.read()
        if not is_passing(reply.status):
            break
    raise lost


def told(data: bytes, *, may_ask: bool = True) -> bytes | None:
    """A message that the gateway sent of its own, as one line; None for a stray answer.

    An answer to nothing that is awaited here would be a client's second one to a request,
    and no rule has looked at it. None for a request, too, where the era knows none.

    Raises:
        RemoteProtocolError: it is not JSON-RPC.
    """
    if len(data) <= CHECKED_BYTES:
        try:
            kind = jsonrpc.parse(data).kind
        except LocalProtocolError as error:
            message = "The gateway sent an event that is not JSON-RPC"
            raise RemoteProtocolError(message, hint=str(error)) from error
        if kind == "response" or (kind == "request" and not may_ask):
            return None
    return jsonrpc.one_line(data)
