"""`requestState`: what a host brings back so that a request goes on where it stopped.

A handle tells nothing, is good for one retry of the one request that it was given to,
and not for long. Pure. Follows MCP 2026-07-28, "Multi Round-Trip Requests".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Generic, TypeVar

from mcp_proxy.errors import LocalProtocolError
from mcp_proxy.wire import mcp, splice

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.wire.jsonrpc import Message

Held = TypeVar("Held")

STATE, RESPONSES = "requestState", "inputResponses"
GOOD_SECONDS = 600.0
"""How long a person may think (ours)."""
MOST = 16
"""Requests that wait for their hosts at once; each may hold a connection (ours)."""


class Handles(Generic[Held]):
    """What is kept for hosts that will ask again.

    Args:
        mint: makes a text that nobody can guess.
    """

    def __init__(self, mint: Callable[[], str]) -> None:
        self._mint = mint
        self._kept: dict[str, tuple[str, Held, float]] = {}

    def give(self, request: Message, held: Held, now: float) -> str:
        """A handle for the retry of `request`; `now` is in seconds."""
        handle = self._mint()
        self._kept[handle] = (_salient(request), held, now + GOOD_SECONDS)
        return handle

    def take(self, request: Message) -> Held | None:
        """What was kept for `request`, once; None where its handle is none of these.

        Raises:
            LocalProtocolError: -32602, the handle was given to another request.
        """
        state = state_of(request)
        if state is None or state not in self._kept:
            return None
        salient, held, _until = self._kept[state]
        if salient != _salient(request):
            raise refused(request, "It was given to another request")
        del self._kept[state]
        return held

    def overdue(self, now: float) -> list[Held]:
        """What nobody came back for: its time is over, or there is too much of it."""
        late = [handle for handle, (_, _, until) in self._kept.items() if until <= now]
        late += [handle for handle in self._kept if handle not in late][:-MOST]
        return [self._kept.pop(handle)[1] for handle in late]


def state_of(request: Message) -> str | None:
    """The `requestState` that a request brings; None where it brings none.

    Raises:
        LocalProtocolError: -32602, it is not a string.
    """
    state = request.params.get(STATE) if isinstance(request.params, dict) else None
    if state is None or isinstance(state, str):
        return state
    raise refused(request, "It is not a string")


def responses_of(request: Message) -> dict[str, bytes]:
    """The JSON texts of the `inputResponses` that a request brings, by their keys.

    Raises:
        LocalProtocolError: -32602, they are no object of objects.
    """
    try:
        raw = splice.member(request.raw, "params", RESPONSES)
        found = dict(splice.members(raw or b"{}"))
        for response in found.values():
            splice.members(response)
    except ValueError:
        text = "The inputResponses are no object of objects"
        raise LocalProtocolError(
            text, code=mcp.INVALID_PARAMS, request_id=request.request_id
        ) from None
    return found


def refused(request: Message, why: str) -> LocalProtocolError:
    """The error for a `requestState` that is not taken; nothing was carried out."""
    return LocalProtocolError(
        f"The requestState is refused: {why}",
        code=mcp.INVALID_PARAMS,
        request_id=request.request_id,
        hint="Send the request without requestState and inputResponses to begin anew",
    )


def _salient(request: Message) -> str:
    """What a request asks for, whoever asks and however often."""
    params = request.params if isinstance(request.params, dict) else {}
    asked = {name: params[name] for name in params if name not in {mcp.META, STATE, RESPONSES}}
    return json.dumps([request.method, asked], sort_keys=True)
