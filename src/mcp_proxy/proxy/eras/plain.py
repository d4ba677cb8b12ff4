"""What a legacy gateway gets of a modern host, which says everything with each request.

Its words without what is about the era, and the handshake that it never makes. Pure.
Follows MCP 2026-07-28, "Overview" (`_meta`), and MCP 2025-11-25, "Lifecycle".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from mcp_proxy.proxy.eras import capabilities
from mcp_proxy.proxy.eras.handles import RESPONSES, STATE
from mcp_proxy.proxy.handshake import OWN_INFO
from mcp_proxy.wire import jsonrpc, mcp, splice

if TYPE_CHECKING:
    from mcp_proxy.proxy.eras.envelope import Envelope
    from mcp_proxy.wire.jsonrpc import Id, Message

_ENVELOPE: Final = {
    mcp.META_PROTOCOL_VERSION, mcp.META_CLIENT_INFO, mcp.META_CLIENT_CAPABILITIES,
    mcp.META_LOG_LEVEL,
}  # fmt: skip


def hello(said: Envelope) -> bytes:
    """The `initialize` that opens a session in the name of a host which sends none."""
    params = {
        "protocolVersion": mcp.LATEST_LEGACY,
        "capabilities": capabilities.legacy(said.capabilities),
        "clientInfo": said.client_info or OWN_INFO,
    }
    return jsonrpc.request("mcp-permit-hello", mcp.INITIALIZE, params)


def who(said: Envelope) -> str:
    """What tells one session from another: what its `initialize` said."""
    return json.dumps([said.capabilities, said.client_info], sort_keys=True)


def not_crossing(request: Message) -> bytes | None:
    """The error answer to what the gateway would take for something else; None for the rest.

    The tasks of 2025-11-25 have methods of the same names, and mean other things.
    """
    if not (request.method or "").startswith("tasks/"):
        return None
    return jsonrpc.failure(request.request_id, mcp.METHOD_NOT_FOUND, "Method not found")


def bare(message: Message, request_id: Id | None = None) -> bytes:
    """What the gateway gets of a host's message: all that is not about the era.

    `request_id` replaces the message's own.
    """
    body = message.raw
    if isinstance(message.params, dict):
        params = dict(splice.members(splice.member(body, "params") or b"{}"))
        for name in (STATE, RESPONSES):
            params.pop(name, None)
        if isinstance(message.params.get(mcp.META), dict):
            kept = [one for one in splice.members(params[mcp.META]) if one[0] not in _ENVELOPE]
            params[mcp.META] = splice.object_of(kept)
        body = splice.replace(body, ("params",), splice.object_of(params.items()))
    return body if request_id is None else with_id(body, request_id)


def with_id(body: bytes, request_id: Id) -> bytes:
    """A message under another id."""
    return splice.replace(body, ("id",), json.dumps(request_id).encode())
