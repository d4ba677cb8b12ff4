"""The short way of an ordinary call: sent as it comes in, answered as its answer comes in.

Most calls are permitted, find a connection at rest and are answered in one piece. These
need no task, no turn of the event loop but for the network's, and no timer of their own.
As soon as anything is out of the ordinary (another status, a stream that goes on, a
refusal, a cancellation, a second of silence), a task takes up what was sent, and goes the
ordinary way from there: nothing is sent twice, and nothing is decided here.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mcp_proxy.wire import jsonrpc, mcp

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.proxy.gateway.access import Begun
    from mcp_proxy.proxy.gateway.crossroads import Crossroads
    from mcp_proxy.proxy.plan import Call
    from mcp_proxy.proxy.responder import Responder
    from mcp_proxy.proxy.trail import Entry
    from mcp_proxy.wire.jsonrpc import Id, Message

    Reply = Callable[[bytes | None], None]

PATIENCE = 1.0
"""Seconds after which a call without an answer gets a task, and its limits with it."""


class UnderWay:
    """A call that was sent, and its line in the audit, which is still to be written."""

    __slots__ = ("begun", "call", "entry", "is_old", "message", "reply")

    def __init__(self, message: Message, reply: Reply, call: Call, entry: Entry) -> None:
        self.message = message
        self.reply = reply
        self.call = call
        self.entry = entry
        self.is_old = False
        self.begun: Begun | None = None


class Lane:
    """The calls of one client that are on the short way.

    Args:
        responder: judges a call, and says what its answer comes to.
        gateway: where calls are sent.
        go_on: has a task take up a call.
        admit: told of a fault of ours; returns what the client is told.
    """

    def __init__(
        self,
        responder: Responder,
        gateway: Crossroads,
        go_on: Callable[[UnderWay], None],
        admit: Callable[[Id, Exception], bytes],
    ) -> None:
        self._responder = responder
        self._gateway = gateway
        self._go_on = go_on
        self._admit = admit
        self._calls: dict[Id, UnderWay] = {}
        self._watch: asyncio.TimerHandle | None = None

    def __contains__(self, request_id: Id) -> bool:
        return request_id in self._calls

    def take(self, message: Message, reply: Reply) -> bool:
        """Send `message`, if it is an ordinary call; whether it was."""
        if message.method != mcp.TOOLS_CALL:
            return False
        call = self._responder.plain_call(message)
        if call is None:
            return False
        under_way = UnderWay(message, reply, call, self._responder.entry(call))
        under_way.begun = self._gateway.begin(message, lambda: self._hear(under_way))
        if under_way.begun is None:
            return False
        self._calls[message.request_id] = under_way
        if self._watch is None:
            self._watch = asyncio.get_running_loop().call_later(PATIENCE, self._look)
        return True

    def leave(self, request_id: Id) -> None:
        """Go on with one call in the ordinary way, if it is here."""
        under_way = self._calls.pop(request_id, None)
        if under_way is not None:
            self._go_on(under_way)

    def leave_all(self) -> None:
        """Go on with every call in the ordinary way."""
        for request_id in list(self._calls):
            self.leave(request_id)

    def close(self) -> None:
        """Give every call up."""
        if self._watch is not None:
            self._watch.cancel()
        for under_way in self._calls.values():
            under_way.entry.end()
            under_way.reply(None)
        self._calls.clear()

    def _hear(self, under_way: UnderWay) -> None:
        """There is a reply, or there will be none."""
        request_id = under_way.message.request_id
        if self._calls.get(request_id) is not under_way:
            return  # a task has taken it up
        answer = self._answer(under_way)
        if answer is None:
            self.leave(request_id)
            return
        del self._calls[request_id]
        under_way.reply(jsonrpc.one_line(answer))

    def _answer(self, under_way: UnderWay) -> bytes | None:
        message, begun = under_way.message, under_way.begun
        try:
            answer = None if begun is None else self._gateway.plain_answer(begun, message)
            if answer is None:
                return None
            return self._responder.plain_answer(under_way.call, under_way.entry, answer)
        except Exception as error:  # noqa: BLE001 - the client must get an answer even to a bug
            return self._admit(message.request_id, error)

    def _look(self) -> None:
        """Have tasks take up what has been here since the last look."""
        self._watch = None
        for request_id, under_way in list(self._calls.items()):
            if under_way.is_old:
                self.leave(request_id)
            under_way.is_old = True
        if self._calls:
            self._watch = asyncio.get_running_loop().call_later(PATIENCE, self._look)
