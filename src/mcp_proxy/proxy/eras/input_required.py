"""A modern gateway wants to know something: a legacy host is asked, and the request retried.

A result of `input_required` becomes requests to the host, its answers become
`inputResponses`; `requestState` goes back as it came, unread. Pure. Follows
MCP 2026-07-28, "Multi Round-Trip Requests".
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from mcp_proxy.errors import LocalProtocolError, RemoteProtocolError
from mcp_proxy.proxy.eras.capabilities import missing
from mcp_proxy.values import dataclass, field, replace
from mcp_proxy.wire import jsonrpc, mcp, splice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mcp_proxy.wire.jsonrpc import Id, Message

MOST_ROUNDS = 10
"""Retries of one request; the official SDKs have the same bound."""

MAY_ASK = frozenset({mcp.TOOLS_CALL, mcp.PROMPTS_GET, mcp.RESOURCES_READ})
"""The requests that may be answered so ("Supported Requests")."""

# Looked for as bytes: a long answer must not be read through for one word.
_RESULT_TYPE = re.compile(rb'"resultType"[ \t\r\n]*:[ \t\r\n]*("(?:[^"\\]|\\.)*"|[^",}\s]+)')


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a gateway wants before it goes on with a request."""

    inputs: tuple[tuple[str, bytes], ...] = field(repr=False)
    """The gateway's key, and the JSON text of what it asks."""
    state: bytes | None = field(default=None, repr=False)
    """The JSON text of `requestState`, which is nobody's but the gateway's."""


def wanted(answer: bytes, request: Message, declared: Mapping[str, Any]) -> Wanted | None:
    """What `answer` wants of a host with these capabilities; None where it is the last word.

    Raises:
        RemoteProtocolError: the answer is none of MCP, or asks what the host cannot do.
    """
    kind = _result_type(answer)
    if kind == mcp.COMPLETE_RESULT:
        return None
    if kind != mcp.INPUT_REQUIRED:
        if _may_say(kind, declared):
            return None
        raise RemoteProtocolError(f"The gateway answered with a result of the kind {kind!r}")
    if request.method not in MAY_ASK:
        raise RemoteProtocolError(f"The gateway wants input for {request.method}, which has none")
    asked = splice.member(answer, "result", "inputRequests")
    state = splice.member(answer, "result", "requestState")
    if asked is None and state is None:
        raise RemoteProtocolError("The gateway wants input, and does not say what")
    inputs = _inputs(asked or b"{}")
    for _, raw in inputs:
        _require(raw, declared)
    return Wanted(inputs, state)


def question(raw: bytes, request_id: str) -> bytes:
    """The request to the host that asks what `raw` asks."""
    members = dict(splice.members(raw)) | {
        "jsonrpc": b'"2.0"',
        "id": json.dumps(request_id).encode(),
    }
    params = members.get("params", b"{}")
    if splice.member(params, "mode") == b'"url"' and splice.member(params, "elicitationId") is None:
        # A legacy host tells such pages apart by it; the modern era has dropped it.
        members["params"] = splice.replace(params, ("elicitationId",), members["id"])
    return splice.object_of(members.items())


def retried(request: Message, want: Wanted, results: Sequence[bytes], request_id: str) -> Message:
    """The first request again, with what the host has answered.

    Each retry is made of the first request: nothing of one round is told in the next.
    """
    text = splice.replace(request.raw, ("id",), json.dumps(request_id).encode())
    if want.inputs:
        keys = (key for key, _ in want.inputs)
        responses = splice.object_of(zip(keys, results, strict=True))
        text = splice.replace(text, ("params", "inputResponses"), responses)
    if want.state is not None:
        text = splice.replace(text, ("params", "requestState"), want.state)
    return replace(request, raw=text, id=request_id)


def said(response: Message) -> bytes | None:
    """The host's result; None where it answered with an error."""
    return splice.member(response.raw, "result")


def refused_by_host(response: Message, request_id: Id) -> bytes:
    """The answer to a request for which the host would not say what it was asked."""
    error = splice.member(response.raw, "error") or b"null"
    return b'{"jsonrpc":"2.0","id":%b,"error":%b}' % (json.dumps(request_id).encode(), error)


def _result_type(answer: bytes) -> object:
    if all(found == b'"complete"' for found in _RESULT_TYPE.findall(answer)):
        # None at all is complete, too: servers of before do not know the word.
        return mcp.COMPLETE_RESULT
    try:
        raw = splice.member(answer, "result", mcp.RESULT_TYPE)
    except ValueError:
        return mcp.COMPLETE_RESULT  # an error, or nothing that can be read: the host will see
    return mcp.COMPLETE_RESULT if raw is None else json.loads(raw)


def _may_say(kind: object, declared: Mapping[str, Any]) -> bool:
    """Whether an extension that the host has declared may bring results of this kind."""
    extensions = declared.get("extensions")
    names = extensions.keys() if isinstance(extensions, dict) else set()
    return bool(names) and (kind != "task" or mcp.TASKS in names)


def _inputs(asked: bytes) -> tuple[tuple[str, bytes], ...]:
    try:
        return tuple(splice.members(asked))
    except ValueError as error:
        raise RemoteProtocolError("The gateway wants input that cannot be read") from error


def _require(raw: bytes, declared: Mapping[str, Any]) -> None:
    try:
        asked = jsonrpc.parse(question(raw, "1"))
    except (ValueError, LocalProtocolError) as error:
        raise RemoteProtocolError("The gateway wants input that cannot be read") from error
    lacking = missing(asked, declared)
    if lacking is None or lacking:
        what = json.dumps(lacking) if lacking else asked.method
        raise RemoteProtocolError(
            f"The gateway asks for something that this client has not declared: {what}",
            hint="A client that can do it is needed for this",
        )
