"""A legacy host at a modern gateway: does what `eras.legacy_to_modern` decides."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

from mcp_proxy.errors import RemoteProtocolError
from mcp_proxy.proxy.crossings.subscription import Subscription
from mcp_proxy.proxy.eras import input_required, legacy_to_modern
from mcp_proxy.proxy.gateway.modern import restored
from mcp_proxy.wire import jsonrpc, mcp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from mcp_proxy.proxy.eras.input_required import Wanted
    from mcp_proxy.proxy.gateway.modern import Modern
    from mcp_proxy.wire.jsonrpc import Message

_OURS = "mcp-permit-input-"
"""How the ids of our requests to the host begin that stand for the gateway's."""
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 0.25
"""Seconds before a request is tried again for which the gateway only wanted time."""


class LegacyHost:
    """The way of a legacy host's messages.

    Args:
        wire: the gateway.
    """

    def __init__(self, wire: Modern) -> None:
        self.host = legacy_to_modern.Host()
        """Who they are from."""
        self._wire = wire
        self._changes = Subscription(wire, self.host)
        self._questions: dict[object, asyncio.Future[bytes]] = {}
        self._count = itertools.count(1)

    def meet(self, capabilities: Mapping[str, Any]) -> None:
        """Learn what the gateway can do."""
        self._changes.meet(capabilities)

    async def ask(
        self, request: Message, *, repeatable: bool, on_message: Callable[[bytes], None]
    ) -> bytes:
        """Send a request; its answer, once the host has said all that the gateway wants to know.

        Raises:
            AuthError, GatewayError: there is no answer.
            LocalProtocolError: it is no request of MCP.
        """
        if request.method == mcp.SET_LEVEL:
            return self.host.set_level(request)
        if request.method in {mcp.RESOURCES_SUBSCRIBE, mcp.RESOURCES_UNSUBSCRIBE}:
            return await self._changes.change(request)
        first = sent = self.host.stamped(request)
        pause = FIRST_PAUSE
        for _ in range(input_required.MOST_ROUNDS):
            answer = await self._wire.ask(sent, repeatable=repeatable, on_message=on_message)
            want = input_required.wanted(answer, request, self.host.capabilities)
            if want is None:
                return answer if sent is first else restored(answer, request.request_id)
            if not want.inputs:
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            try:
                results = await self._inputs(want, on_message)
            except _HostRefused as refused:
                return input_required.refused_by_host(refused.response, request.request_id)
            sent = input_required.retried(first, want, results, self._wire.new_id())
        raise RemoteProtocolError(
            f"The gateway wants more input after {input_required.MOST_ROUNDS} rounds",
            hint="What it asked for has not been carried out",
        )

    async def tell(self, message: Message) -> None:
        """Take an answer of the host; pass on a notification that the gateway can use.

        Raises:
            AuthError, GatewayError: it did not reach the gateway.
        """
        if message.kind == "response":
            self._hear(message)
        elif message.method not in legacy_to_modern.STAYS_HERE:
            await self._wire.tell(self.host.stamped(message))

    async def listen(self, on_message: Callable[[bytes], None]) -> None:
        """Hand on what the gateway tells unasked, until this is cancelled."""
        await self._changes.run(on_message)

    async def _inputs(self, want: Wanted, emit: Callable[[bytes], None]) -> list[bytes]:
        """What the host answers, in the order of the questions.

        Raises:
            _HostRefused: it would not answer one of them.
        """
        loop = asyncio.get_running_loop()
        asked = {f"{_OURS}{next(self._count)}": raw for _, raw in want.inputs}
        waiting: dict[str, asyncio.Future[bytes]]
        waiting = {name: loop.create_future() for name in asked}
        self._questions.update(waiting)
        try:
            for name, raw in asked.items():
                emit(input_required.question(raw, name))
            return await asyncio.gather(*waiting.values())
        finally:
            for name in waiting:
                if self._questions.pop(name, None) is not None:
                    gone = {"requestId": name, "reason": "The request is over"}
                    emit(jsonrpc.notification(mcp.CANCELLED, gone))

    def _hear(self, response: Message) -> None:
        answer = self._questions.pop(response.id, None)
        if answer is None:
            return  # a host may answer what has been withdrawn
        result = input_required.said(response)
        if result is None:
            answer.set_exception(_HostRefused(response))
        else:
            answer.set_result(result)


class _HostRefused(Exception):
    """The host answered a question with an error."""

    def __init__(self, response: Message) -> None:
        super().__init__("the host refused")
        self.response = response
