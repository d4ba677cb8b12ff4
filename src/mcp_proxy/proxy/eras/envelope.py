"""What each request of a modern host says of the host, and which requests are none.

Pure. Follows MCP 2026-07-28, "Overview" (`_meta`) and "Versioning".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mcp_proxy.values import dataclass, field
from mcp_proxy.wire import jsonrpc, mcp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.wire.jsonrpc import Message

LEVELS: Final = (
    "debug", "info", "notice", "warning", "error", "critical", "alert", "emergency",
)  # fmt: skip
"""Of log messages, the least severe first (RFC 5424 §6.2.1)."""

REMOVED: Final = frozenset({
    mcp.INITIALIZE, mcp.PING, mcp.SET_LEVEL, mcp.RESOURCES_SUBSCRIBE, mcp.RESOURCES_UNSUBSCRIBE,
})  # fmt: skip
"""Requests of the legacy era that the modern one does not know (Key Changes 2, 4 and 5)."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The reserved part of one request's `_meta`."""

    version: str
    capabilities: Mapping[str, Any] = field(repr=False)
    client_info: Mapping[str, Any] | None = field(default=None, repr=False)
    log_level: str | None = None
    """The least severe log message that the request wants; None: it wants none."""
    progress_token: jsonrpc.Id | None = None

    def stamp(self) -> dict[str, Any]:
        """The `_meta` of a request of our own in the same host's name."""
        info = {} if self.client_info is None else {mcp.META_CLIENT_INFO: self.client_info}
        return info | {
            mcp.META_PROTOCOL_VERSION: self.version,
            mcp.META_CLIENT_CAPABILITIES: self.capabilities,
        }

    def wants_log(self, level: object) -> bool:
        """Whether a log message of this level may be sent for the request."""
        if self.log_level is None:
            return False
        # What is no level of ours is not for us to withhold.
        return level not in LEVELS or LEVELS.index(level) >= LEVELS.index(self.log_level)


def envelope(request: Message) -> Envelope:
    """The envelope of a request that `refusal` does not refuse."""
    meta = _meta(request)
    token = meta.get(mcp.META_PROGRESS)
    return Envelope(
        version=meta[mcp.META_PROTOCOL_VERSION],
        capabilities=meta[mcp.META_CLIENT_CAPABILITIES],
        client_info=meta.get(mcp.META_CLIENT_INFO),
        log_level=meta.get(mcp.META_LOG_LEVEL),
        progress_token=token if jsonrpc.is_id(token) else None,
    )


def refusal(request: Message) -> bytes | None:
    """The error answer to a request that cannot be served in the modern era; None: it can."""
    version = _meta(request).get(mcp.META_PROTOCOL_VERSION)
    if (fault := _fault(_meta(request))) is not None:
        return jsonrpc.failure(request.request_id, mcp.INVALID_PARAMS, fault)
    if version not in mcp.MODERN_REVISIONS:
        return unsupported(request, version)
    if request.method in REMOVED:
        return jsonrpc.failure(request.request_id, mcp.METHOD_NOT_FOUND, "Method not found")
    return None


def unsupported(request: Message, version: object) -> bytes:
    """The error answer to a request that speaks a revision which is not served here."""
    data = {"supported": mcp.REVISIONS, "requested": version}
    text = "Unsupported protocol version"
    return jsonrpc.failure(request.request_id, mcp.UNSUPPORTED_VERSION, text, data)


def _fault(meta: Mapping[str, Any]) -> str | None:
    """What is wrong with a request's `_meta`, as a sentence."""
    needed = (mcp.META_PROTOCOL_VERSION, mcp.META_CLIENT_CAPABILITIES)
    if missing := [key for key in needed if key not in meta]:
        return f"params._meta has no {' and no '.join(missing)}"
    if not isinstance(meta[mcp.META_PROTOCOL_VERSION], str):
        return f"{mcp.META_PROTOCOL_VERSION} is not a string"
    for key in (mcp.META_CLIENT_CAPABILITIES, mcp.META_CLIENT_INFO):
        if not isinstance(meta.get(key, {}), dict):
            return f"{key} is not an object"
    if meta.get(mcp.META_LOG_LEVEL, "error") not in LEVELS:
        return f"{mcp.META_LOG_LEVEL} is not one of {', '.join(LEVELS)}"
    return None


def _meta(request: Message) -> Mapping[str, Any]:
    params = request.params if isinstance(request.params, dict) else {}
    found = params.get(mcp.META)
    return found if isinstance(found, dict) else {}
