"""What a legacy gateway sends on its own stream: which request it is about, if any.

A modern host hears of a request only with that request, and of changes only where it
listens (`subscriptions`). Pure. Follows MCP 2026-07-28, "Message Patterns".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.proxy.eras.modern_to_legacy import NOTHING_NOW
from mcp_proxy.wire import mcp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcp_proxy.proxy.eras.modern_to_legacy import Exchange
    from mcp_proxy.wire.jsonrpc import Message


def concerned(message: Message, exchanges: Iterable[Exchange]) -> Exchange | None:
    """The exchange that a message is about; None where there is none, or it cannot be told.

    Servers ask there, too, without a word about the request that makes them ask.
    """
    if message.kind == "request":
        askable = [one for one in exchanges if one.may_ask and not one.is_parked]
        return askable[0] if len(askable) == 1 else None
    return next((one for one in exchanges if one.is_about(message)), None)


def is_for_everybody(message: Message) -> bool:
    """Whether a notification that concerns no request is for the host all the same."""
    return message.method not in NOTHING_NOW | {mcp.LOG_MESSAGE, mcp.CANCELLED}
