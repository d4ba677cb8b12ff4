"""A legacy host before a modern gateway: what it said once is said with each request.

`initialize` is answered out of `server/discover`; `logging/setLevel` becomes a level on
each request; notifications of the handshake's world have nowhere to go. What a gateway
wants to know of the host is `input_required`'s business, what it tells unasked `changes`'.
Pure. Follows MCP 2025-11-25, "Lifecycle", and MCP 2026-07-28, "Overview" (`_meta`),
"Discovery" and "Logging".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mcp_proxy.errors import LocalProtocolError, RemoteProtocolError
from mcp_proxy.proxy.eras.envelope import LEVELS
from mcp_proxy.proxy.handshake import OWN_INFO, own_result
from mcp_proxy.values import replace
from mcp_proxy.wire import jsonrpc, mcp, splice
from mcp_proxy.wire.headers import request_headers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.wire.headers import Headers
    from mcp_proxy.wire.jsonrpc import Message

VERSION = mcp.MODERN_REVISIONS[-1]
"""What we speak to a modern gateway for a host that speaks none of it."""

STAYS_HERE = frozenset(
    {mcp.INITIALIZED, mcp.CANCELLED, mcp.ROOTS_CHANGED, mcp.PROGRESS, mcp.ELICITATION_COMPLETE}
)
"""Notifications of a host that a modern gateway has no use for (Key Changes 2 and 4)."""


class Host:
    """What one host has said of itself, and how it wants to be served."""

    def __init__(self) -> None:
        self.capabilities: Mapping[str, Any] = {}
        """As in `initialize`."""
        self.version = mcp.LATEST_LEGACY
        """The revision that it asked for."""
        self._facts: dict[str, bytes] = {
            mcp.META_CLIENT_INFO: json.dumps(OWN_INFO).encode(),
            mcp.META_CLIENT_CAPABILITIES: b"{}",
        }
        self._level: str | None = None
        self._hello = jsonrpc.request("mcp-permit-hello", mcp.INITIALIZE, OWN_HELLO)

    def meet(self, hello: bytes) -> None:
        """Learn what its `initialize` says."""
        self._hello = hello
        params = jsonrpc.parse(hello).params
        known = params if isinstance(params, dict) else {}
        if isinstance(version := known.get("protocolVersion"), str):
            self.version = version
        for name, key in _FACTS.items():
            if isinstance(known.get(name), dict):
                self._facts[key] = splice.member(hello, "params", name) or b"{}"
        self.capabilities = json.loads(self._facts[mcp.META_CLIENT_CAPABILITIES])

    def greeting(self) -> tuple[bytes, Headers]:
        """Its `initialize` as a gateway of either era may read it, and the headers with it.

        Some gateways speak both eras. One that speaks only the modern one finds all that
        it wants in there, and refuses the revision.
        """
        told = self._stamped(jsonrpc.parse(self._hello), self.version)
        return told.raw, request_headers(told, self.version)

    def set_level(self, request: Message) -> bytes:
        """The answer to `logging/setLevel`, which every later request will tell of."""
        level = request.params.get("level") if isinstance(request.params, dict) else None
        if level not in LEVELS:
            text = f"The level is none of {', '.join(LEVELS)}"
            return jsonrpc.failure(request.request_id, mcp.INVALID_PARAMS, text)
        self._level = level
        return jsonrpc.result(request.request_id, {})

    def stamped(self, message: Message) -> Message:
        """`message` with what a modern gateway wants to read in each; nothing else changes.

        Raises:
            LocalProtocolError: its params are an array, which MCP does not know.
        """
        return self._stamped(message, VERSION)

    def _stamped(self, message: Message, version: str) -> Message:
        if isinstance(message.params, list):
            text = "The params are an array; MCP wants an object"
            raise LocalProtocolError(text, code=mcp.INVALID_PARAMS, request_id=message.id)
        params = message.params or {}
        meta = params.get(mcp.META)
        known = meta if isinstance(meta, dict) else {}
        own = splice.member(message.raw, "params", mcp.META) if known else None
        stamps = splice.object_of([*splice.members(own or b"{}"), *self._stamps(known, version)])
        if message.params is None:
            raw = splice.replace(message.raw, ("params",), b'{"_meta":%b}' % stamps)
        else:
            raw = splice.replace(message.raw, ("params", mcp.META), stamps)
        told = known | {mcp.META_PROTOCOL_VERSION: version}
        return replace(message, raw=raw, params={**params, mcp.META: told})

    def _stamps(self, meta: Mapping[str, object], version: str) -> list[tuple[str, bytes]]:
        stamps = {mcp.META_PROTOCOL_VERSION: json.dumps(version).encode(), **self._facts}
        if self._level is not None:
            stamps[mcp.META_LOG_LEVEL] = json.dumps(self._level).encode()
        return [(key, raw) for key, raw in stamps.items() if key not in meta]


OWN_HELLO = {
    "protocolVersion": mcp.LATEST_LEGACY,
    "capabilities": {},
    "clientInfo": OWN_INFO,
}
"""What we say where no host has said anything."""

_FACTS = {
    "clientInfo": mcp.META_CLIENT_INFO,
    "capabilities": mcp.META_CLIENT_CAPABILITIES,
}


def welcome(discovery: bytes | None, requested_version: str) -> bytes:
    """An `initialize` answer that tells what a `server/discover` result told.

    What the result says beyond the specification stays, its caching hints included.

    Raises:
        RemoteProtocolError: the result cannot be read.
    """
    told = dict(splice.members(own_result(requested_version)))
    if discovery is not None:
        try:
            told |= _told(discovery)
        except ValueError as error:
            raise RemoteProtocolError("What the gateway says of itself cannot be read") from error
    return jsonrpc.result_raw("mcp-permit-hello", splice.object_of(told.items()))


def _told(discovery: bytes) -> dict[str, bytes]:
    found = dict(splice.members(discovery))
    found.pop("supportedVersions", None)
    info = splice.member(found.get(mcp.META, b"{}"), mcp.META_SERVER_INFO)
    return ({} if info is None else {"serverInfo": info}) | found
