"""One answer of the gateway: a JSON body, or an event stream that holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.errors import LocalProtocolError, OutcomeUnknown, RemoteProtocolError
from mcp_proxy.proxy.status import ACCEPTED, OK, http_error
from mcp_proxy.wire import jsonrpc
from mcp_proxy.wire.sse import EventStream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp_proxy.net.reply import Reply
    from mcp_proxy.wire.jsonrpc import Id

CHECKED_BYTES = 1 << 18
"""Messages up to this length are parsed before they are passed on."""


async def read_answer(reply: Reply, request_id: Id, on_message: Callable[[bytes], None]) -> bytes:
    """The answer to `request_id`; other messages of its stream go to `on_message`.

    Whoever stops waiting closes the stream: MCP reads that as no cancellation in
    2025-11-25 and as one in 2026-07-28.

    Raises:
        GatewayError, InsufficientScope: there is no answer.
    """
    try:
        if reply.status == OK and media_type(reply.headers) == "text/event-stream":
            return await _answer_in_stream(reply, request_id, on_message)
        body = await reply.read()
    except BaseException:
        reply.close()
        raise
    if jsonrpc.answers(body, request_id):
        return body
    if reply.status not in {OK, ACCEPTED}:
        raise http_error(reply.status, reply.headers)
    what = media_type(reply.headers) or "an empty body"
    message = f"The gateway answered {what} where a JSON-RPC answer was due"
    raise RemoteProtocolError(message, hint="Is this the address of an MCP endpoint?")


def media_type(headers: Mapping[str, str]) -> str:
    """The media type without its parameters, lower case (RFC 9110 §8.3.1)."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


async def _answer_in_stream(
    reply: Reply, request_id: Id, on_message: Callable[[bytes], None]
) -> bytes:
    stream = EventStream()
    async for chunk in reply.chunks():
        for event in stream.feed(chunk):
            if jsonrpc.answers(event.data, request_id):
                reply.close()
                return event.data
            if event.data:
                on_message(checked_message(event.data))
    message = "The gateway ended its stream without an answer"
    raise OutcomeUnknown(message, hint="The request may have been carried out")


def checked_message(data: bytes) -> bytes:
    """A message that the gateway sent of its own, as one line.

    Raises:
        RemoteProtocolError: it is not JSON-RPC.
    """
    if len(data) <= CHECKED_BYTES:
        try:
            jsonrpc.parse(data)
        except LocalProtocolError as error:
            message = "The gateway sent an event that is not JSON-RPC"
            raise RemoteProtocolError(message, hint=str(error)) from error
    return jsonrpc.one_line(data)
