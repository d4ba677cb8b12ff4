"""What a legacy gateway asks of the host, as one of a result's `inputRequests`.

Pure. Follows MCP 2026-07-28, "Multi Round-Trip Requests"; on the gateway's side 2025-11-25,
"Elicitation", "Sampling", "Roots", and the error that wants pages to be opened first.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from mcp_proxy.values import dataclass, field
from mcp_proxy.wire import jsonrpc, mcp, splice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.wire.jsonrpc import Message

_OF_ONE_ERA: Final = {"elicitationId", "task"}
"""Parameters of a question that the modern era does not have."""


@dataclass(frozen=True, slots=True)
class Question:
    """Something for the host: a request of the gateway, or a page to be opened first."""

    text: bytes = field(repr=False)
    """The JSON text that stands in `inputRequests`."""
    request: Message | None = None
    """None for a page: nobody at the gateway waits for the answer."""


def question(request: Message) -> Question:
    """The gateway's request as a question."""
    told = [("method", json.dumps(request.method).encode())]
    if isinstance(request.params, dict):
        params = splice.members(splice.member(request.raw, "params") or b"{}")
        kept = splice.object_of(pair for pair in params if pair[0] not in _OF_ONE_ERA)
        told.append(("params", kept))
    return Question(splice.object_of(told), request)


def pages(error: Mapping[str, Any]) -> list[Question]:
    """The pages that a legacy error wants opened before the request comes again."""
    match error.get("data"):
        case {"elicitations": [*found]}:
            return [_page(one) for one in found if isinstance(one, dict)]
    return []


def _page(asked: Mapping[str, Any]) -> Question:
    params = {name: asked[name] for name in asked if name not in _OF_ONE_ERA}
    return Question(json.dumps({"method": mcp.ELICITATION, "params": params}).encode())


def response(request: Message, raw_result: bytes) -> bytes:
    """The host's answer, as the gateway awaits it."""
    return jsonrpc.result_raw(request.request_id, raw_result)


def is_accepted(raw_result: bytes) -> bool:
    """Whether a person has agreed."""
    return splice.member(raw_result, "action") == b'"accept"'


def refused(request: Message) -> bytes:
    """The answer to a request of the gateway that no host hears."""
    text = "The host cannot be asked this"
    return jsonrpc.failure(request.request_id, mcp.METHOD_NOT_FOUND, text)
