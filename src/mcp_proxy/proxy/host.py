"""The era of the host: which of its messages are served, and what may be said to it.

Its first message decides, and the decision holds for the process; but a host may probe
with `server/discover` and shake hands all the same, whatever it was answered, and may
probe after a handshake. Pure but for what it emits. Follows MCP 2026-07-28, "Versioning"
and "stdio": a modern host hears no requests, and of changes only where it listens.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from mcp_proxy.errors import LocalProtocolError
from mcp_proxy.wire import jsonrpc, mcp, splice

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.proxy.eras.subscriptions import Subscriptions
    from mcp_proxy.wire.jsonrpc import Id, Message

IGNORED = b""
"""In place of an answer: the message is none that this host may send, and wants none."""
WITH_BATCHES = "2025-03-26"
"""The one revision in which several messages may come in one line."""

_OF_A_HANDSHAKE = {mcp.INITIALIZED, mcp.ROOTS_CHANGED}


class Host:
    """What one host has shown of itself so far.

    Args:
        emit: takes one line for it.
    """

    def __init__(self, emit: Callable[[bytes], None]) -> None:
        self._emit = emit
        self.era: Literal["unknown", "probed", "legacy", "modern"] = "unknown"
        self.takes_batches = False
        self.stamp: dict[str, Any] = {}
        """The `_meta` of requests of our own in a modern host's name; else empty."""
        self._subscriptions: Subscriptions | None = None

    # ---- what it says -------------------------------------------------------------------------

    def hear(self, message: Message) -> bytes | None:
        """What to answer at once; None where the message is to be served."""
        if message.kind != "request":
            is_strange = message.kind == "response" or message.method in _OF_A_HANDSHAKE
            return IGNORED if is_strange and self.era == "modern" else None
        if message.method == mcp.INITIALIZE:
            return self._shakes_hands(message)
        if mcp.era(message) == "legacy" and self.era != "modern":
            return None
        return self._speaks_modern(message)

    def _shakes_hands(self, message: Message) -> bytes | None:
        asked = message.params.get("protocolVersion") if isinstance(message.params, dict) else None
        is_stamped = asked is None and mcp.has_envelope(message)
        if self.era != "modern" and not is_stamped:
            self.era = "legacy"
            return None
        from mcp_proxy.proxy.eras import envelope  # noqa: PLC0415 - legacy hosts go without

        # With all of a modern request and nothing of a handshake it is a method that is no more.
        return envelope.refusal(message) if is_stamped else envelope.unsupported(message, asked)

    def _speaks_modern(self, message: Message) -> bytes | None:
        from mcp_proxy.proxy.eras import envelope  # noqa: PLC0415 - legacy hosts go without

        refusal = envelope.refusal(message)
        if refusal is not None:
            return refusal
        self.stamp = {mcp.META: envelope.envelope(message).stamp()}
        if self.era == "unknown":
            self.era = "probed"
        if self.era == "probed" and message.method != mcp.DISCOVER:
            self.era = "modern"
        return None

    def greeted(self, result: bytes) -> None:
        """Learn from an `initialize` result which revision was agreed upon."""
        version = splice.member(result, "protocolVersion")
        self.takes_batches = version is not None and json.loads(version) == WITH_BATCHES

    # ---- what is said to it --------------------------------------------------------------------

    def say(self, line: bytes) -> None:
        """Say what is no answer, as far as this host may hear it, and where."""
        if self.era != "modern":
            self._emit(line)
            return
        try:
            message = jsonrpc.parse(line)
        except LocalProtocolError:
            return  # it could be a request
        if message.kind == "notification":
            for told in self._listening().lines(message):
                self._emit(told)

    def answered(self, request_id: Id) -> None:
        """A request of the host is over; if it was listening, it hears no more."""
        if self._subscriptions is not None:
            self._subscriptions.end(request_id)

    def farewell(self, server_info: bytes) -> list[Id]:
        """Tell all that listen that we end; their requests, which are answered with that."""
        told = {} if self._subscriptions is None else self._subscriptions.close(server_info)
        for line in told.values():
            self._emit(line)
        return list(told)

    def _listening(self) -> Subscriptions:
        if self._subscriptions is None:
            from mcp_proxy.proxy.eras.subscriptions import (  # noqa: PLC0415 - as above
                Subscriptions,
            )

            self._subscriptions = Subscriptions()
        return self._subscriptions
