"""A subscription at a modern gateway, over as many streams as it takes.

Follows MCP 2026-07-28, "Subscriptions". A stream that breaks is opened again under
another id; a gateway sends nothing again, so all of it may have changed meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mcp_proxy.errors import (
    GatewayRefused,
    LocalProtocolError,
    PermitError,
    RemoteProtocolError,
)
from mcp_proxy.oauth.refusal import is_passing
from mcp_proxy.proxy.eras.changes import acknowledged
from mcp_proxy.proxy.gateway.modern import error_of, renamed
from mcp_proxy.proxy.gateway.stream import FIRST_PAUSE, LONGEST_PAUSE

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.proxy.eras.changes import Filter
    from mcp_proxy.proxy.gateway.modern import Modern
    from mcp_proxy.wire.jsonrpc import Message

    OnAgreed = Callable[[Filter, bytes, bool], None]
    """Told what the gateway agreed to, the line that says so, and whether it did before."""

_LONGEST_DOUBLING = 9


async def listen(
    wire: Modern,
    request: Message,
    on_agreed: OnAgreed,
    on_line: Callable[[bytes], None],
    *,
    insists: bool = False,
    goes_on: bool = False,
) -> bytes:
    """Listen until the gateway says that it is over; what it says.

    Args:
        wire: the gateway.
        request: a `subscriptions/listen`.
        on_agreed: told of each stream that has begun.
        on_line: takes what comes on them.
        insists: try again where no stream could begin yet.
        goes_on: listen again after the gateway has ended a stream in peace.

    Raises:
        AuthError, GatewayError: it was not possible, and will not be.
    """
    current, has_agreed, silent = request, False, 0

    def heard(line: bytes) -> None:
        nonlocal has_agreed, silent
        silent = 0
        try:
            agreed = acknowledged(line)
            if agreed is None:
                on_line(line)
                return
        except (ValueError, LocalProtocolError) as error:
            raise RemoteProtocolError("The gateway sent an event that cannot be read") from error
        on_agreed(agreed, line, has_agreed)
        has_agreed = True

    while True:
        try:
            answer = await wire.listen(current, heard)
            if not goes_on or error_of(answer):
                return answer
        except PermitError as error:
            if _is_hopeless(error) or not (insists or has_agreed):
                raise
        await asyncio.sleep(_pause(silent))
        silent += 1
        current = renamed(request, wire.new_id())


def _is_hopeless(error: PermitError) -> bool:
    if isinstance(error, GatewayRefused):
        return not is_passing(error.status)
    return isinstance(error, RemoteProtocolError)


def _pause(silent: int) -> float:
    """Seconds before the next stream, after this many that brought nothing."""
    return min(FIRST_PAUSE * 2.0 ** min(silent, _LONGEST_DOUBLING), LONGEST_PAUSE)
