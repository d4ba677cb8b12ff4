"""The core: lines of a client in, lines for the client out.

Each request has one task and gets exactly one answer; nothing waits for another
request. The desktop client and the commands of the terminal speak to the same relay.
"""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from typing import TYPE_CHECKING

from mcp_proxy.errors import LocalProtocolError, PermitError, address
from mcp_proxy.proxy import plan as plans
from mcp_proxy.redact import redact
from mcp_proxy.wire import jsonrpc

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from mcp_proxy.policy.model import Tool
    from mcp_proxy.proxy.responder import Responder
    from mcp_proxy.proxy.side import Side
    from mcp_proxy.wire.jsonrpc import Message

INTERNAL_ERROR = -32603
END_PATIENCE = 1.1
"""Seconds for the requests in flight after the client has closed its side; a little
more than a greeting waits for the gateway."""
CANCEL_PATIENCE = 1.0
"""Seconds for a cancellation to reach the gateway."""
FAREWELL_PATIENCE = 0.5
"""Seconds for the DELETE of the session."""


class Relay:
    """One client, one gateway.

    Args:
        responder: finds the answer to each request.
        upstream: the gateway.
        emit: takes one line for the client.
        complain: takes one sentence for the person who reads stderr.
        name: the profile's, for the commands that errors advise.
    """

    def __init__(
        self,
        responder: Responder,
        upstream: Side,
        emit: Callable[[bytes], None],
        complain: Callable[[str], None],
        name: str,
    ) -> None:
        self._responder = responder
        self._upstream = upstream
        self._emit = emit
        self._complain = complain
        self._name = name
        self._requests: dict[jsonrpc.Id, asyncio.Task[None]] = {}
        self._others: set[asyncio.Task[object]] = set()
        self._is_listening = False

    def receive(self, line: bytes) -> None:
        """Take one line of the client; what it causes goes on by itself."""
        try:
            message = jsonrpc.parse(line)
        except LocalProtocolError as error:
            self._emit(jsonrpc.failure(error.request_id, error.code, str(error)))
            return
        if message.kind == "request":
            self._begin(message)
        else:
            self._spawn(self._pass(message))

    def resume(self, hello: bytes, told: bytes) -> None:
        """Go on behind an `initialize` that was answered before, with the result `told`."""
        self._responder.resume(hello, told)

    async def connect(self, hello: bytes, settled: bytes) -> None:
        """Open the session now, for a client that wants to know why it cannot be had.

        Raises:
            AuthError, GatewayError: there is none.
        """
        await self._responder.greeting.connect(hello)
        await self._upstream.settle(settled)

    async def list_all(self) -> tuple[Tool, ...]:
        """All tools that the gateway lists.

        Raises:
            AuthError, GatewayError: the gateway gave no complete list.
        """
        return await self._responder.list_all()

    async def finish(self) -> None:
        """Let the requests in flight be answered, for a moment; nobody waits for a person."""
        self._responder.leave()
        if self._requests:
            await asyncio.wait(self._requests.values(), timeout=END_PATIENCE)

    async def end(self) -> None:
        """Close everything: requests, streams, sign-in, session."""
        self._responder.close()
        tasks = [*self._requests.values(), *self._others]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=FAREWELL_PATIENCE)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_PATIENCE):
                await self._upstream.close()

    # ---- requests ---------------------------------------------------------------------------

    def _begin(self, message: Message) -> None:
        if message.request_id in self._requests:
            # With that id it would be taken for the answer to the first one.
            text = "The id belongs to a request that has not been answered yet"
            self._emit(jsonrpc.failure(None, jsonrpc.INVALID_REQUEST, text))
            return
        task = asyncio.create_task(self._serve(message))
        self._requests[message.request_id] = task
        task.add_done_callback(lambda _done: self._requests.pop(message.request_id, None))

    async def _serve(self, message: Message) -> None:
        try:
            answer = await self._responder.answer(message)
        except PermitError as error:
            answer = jsonrpc.error_answer(message.request_id, address(error, self._name))
        except Exception as error:  # noqa: BLE001 - the client must get an answer even to a bug
            self._admit(error)
            text = "mcp-permit met a fault of its own; its stderr tells more"
            answer = jsonrpc.failure(message.request_id, INTERNAL_ERROR, text)
        self._emit(jsonrpc.one_line(answer))

    # ---- messages that want no answer -----------------------------------------------------------

    async def _pass(self, message: Message) -> None:
        if self._responder.heard(message):
            return
        try:
            match plans.passing(message):
                case plans.Settle(body):
                    if not self._is_listening:
                        self._is_listening = True
                        self._spawn(self._upstream.listen(self._emit))
                    self._responder.greeting.proceed()
                    await self._upstream.settle(body)
                case plans.Cancel(request_id):
                    await self._cancel(request_id, message)
                case plans.Tell():
                    await self._upstream.tell(message)
        except PermitError as error:
            self._complain(f"{message.method or 'an answer'} did not reach the gateway: {error}")

    async def _cancel(self, request_id: object, message: Message) -> None:
        task = self._requests.get(request_id) if jsonrpc.is_id(request_id) else None
        if task is None:
            return
        # The client has let go: a gateway that hangs must not keep the task for long.
        try:
            async with asyncio.timeout(CANCEL_PATIENCE):
                await self._upstream.tell(message)
        except TimeoutError:
            self._complain("the gateway did not take a cancellation in time")
        finally:
            task.cancel()

    def _spawn(self, deed: Coroutine[object, object, object]) -> asyncio.Task[object]:
        task = asyncio.create_task(deed)
        self._others.add(task)
        task.add_done_callback(self._retire)
        return task

    def _retire(self, task: asyncio.Task[object]) -> None:
        self._others.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._admit(error)

    def _admit(self, fault: BaseException) -> None:
        """Tell of a fault of our own where a person can find it, without secrets."""
        self._complain(redact("".join(traceback.format_exception(fault))))
