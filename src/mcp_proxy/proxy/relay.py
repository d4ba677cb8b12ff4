"""The core: lines of a client in, lines for the client out.

Each request has one task and gets exactly one answer; nothing waits for another
request. The desktop client and the commands of the terminal speak to the same relay.
"""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from functools import partial
from typing import TYPE_CHECKING

from mcp_proxy.errors import LocalProtocolError, PermitError, address
from mcp_proxy.proxy import batch
from mcp_proxy.proxy import plan as plans
from mcp_proxy.proxy.lane import Lane
from mcp_proxy.redact import redact
from mcp_proxy.wire import jsonrpc, mcp, splice

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from mcp_proxy.policy.model import Tool
    from mcp_proxy.proxy.gateway.crossroads import Crossroads
    from mcp_proxy.proxy.gateway.side import Side
    from mcp_proxy.proxy.host import Host
    from mcp_proxy.proxy.lane import UnderWay
    from mcp_proxy.proxy.responder import Responder
    from mcp_proxy.wire.jsonrpc import Message

    Reply = Callable[[bytes | None], None]
    """Takes the answer to one request; None where it was cancelled, and has none."""
    Deed = Callable[[], Coroutine[object, object, bytes]]
    """Finds the answer to one request."""

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
        gateway: the same, for calls that can be sent at once.
        host: the client's era.
        emit: takes one line for the client.
        complain: takes one sentence for the person who reads stderr.
        name: the profile's, for the commands that errors advise.
    """

    def __init__(
        self,
        responder: Responder,
        upstream: Side,
        gateway: Crossroads,
        host: Host,
        emit: Callable[[bytes], None],
        complain: Callable[[str], None],
        name: str,
    ) -> None:
        self._responder = responder
        self._upstream = upstream
        self._host = host
        self._emit = emit
        self._complain = complain
        self._name = name
        self._lane = Lane(responder, gateway, self._go_on, self._fault)
        self._requests: dict[jsonrpc.Id, asyncio.Task[None]] = {}
        self._others: set[asyncio.Task[object]] = set()
        self._is_listening = False

    def receive(self, line: bytes) -> None:
        """Take one line of the client; what it causes goes on by itself."""
        if self._host.takes_batches and batch.is_batch(line):
            self._receive_batch(line)
            return
        try:
            message = jsonrpc.parse(line)
        except LocalProtocolError as error:
            self._emit(_complaint(error))
            return
        self._take(message, self._reply)

    def _receive_batch(self, line: bytes) -> None:
        try:
            messages = batch.parse(line)
        except LocalProtocolError as error:
            self._emit(_complaint(error))
            return
        wanting = [one for one in messages if batch.wants_answer(one)]
        answers = batch.Answers(len(wanting), self._emit)
        for message in messages:
            if isinstance(message, LocalProtocolError):
                answers.take(_complaint(message))
            else:
                self._take(message, answers.take)

    def _take(self, message: Message, reply: Reply) -> None:
        at_once = self._host.hear(message)
        if at_once is not None:
            reply(at_once)
        elif message.kind == "request":
            self._begin(message, reply)
        else:
            self._spawn(self._pass(message))

    def _reply(self, answer: bytes | None) -> None:
        if answer:
            self._emit(answer)

    def resume(self, hello: bytes, told: bytes) -> None:
        """Go on behind an `initialize` that was answered before, with the result `told`."""
        self._host.hear(jsonrpc.parse(hello))
        self._host.greeted(told)
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
        for request_id in self._host.farewell(self._responder.server_info()):
            self._requests.pop(request_id).cancel()
        self._lane.leave_all()
        if self._requests:
            await asyncio.wait(self._requests.values(), timeout=END_PATIENCE)

    async def end(self) -> None:
        """Close everything: requests, streams, sign-in, session."""
        self._responder.close()
        self._lane.close()
        tasks = [*self._requests.values(), *self._others]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=FAREWELL_PATIENCE)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_PATIENCE):
                await self._upstream.close()

    # ---- requests ---------------------------------------------------------------------------

    def _begin(self, message: Message, reply: Reply) -> None:
        if message.request_id in self._requests or message.request_id in self._lane:
            # With that id it would be taken for the answer to the first one.
            text = "The id belongs to a request that has not been answered yet"
            reply(jsonrpc.failure(None, jsonrpc.INVALID_REQUEST, text))
            return
        if not self._lane.take(message, reply):
            self._serve(message, reply, partial(self._responder.answer, message))

    def _go_on(self, call: UnderWay) -> None:
        """Have a task take up a call that was sent at once."""
        rest = partial(self._responder.go_on, call.message, call.call, call.entry, call.begun)
        self._serve(call.message, call.reply, rest)

    def _serve(self, message: Message, reply: Reply, deed: Deed) -> None:
        task = asyncio.create_task(self._answered(message, reply, deed))
        self._requests[message.request_id] = task
        task.add_done_callback(lambda done: self._ended(message.request_id, done, reply))

    def _ended(self, request_id: jsonrpc.Id, task: asyncio.Task[None], reply: Reply) -> None:
        self._requests.pop(request_id, None)
        if task.cancelled():
            reply(None)

    async def _answered(self, message: Message, reply: Reply, deed: Deed) -> None:
        answer = await self._answer(message, deed)
        self._host.answered(message.request_id)
        reply(jsonrpc.one_line(answer))

    async def _answer(self, message: Message, deed: Deed) -> bytes:
        try:
            answer = await deed()
        except PermitError as error:
            return jsonrpc.error_answer(message.request_id, address(error, self._name))
        except Exception as error:  # noqa: BLE001 - the client must get an answer even to a bug
            return self._fault(message.request_id, error)
        if message.method == mcp.INITIALIZE:
            self._host.greeted(splice.member(answer, "result") or b"{}")
        return answer

    def _fault(self, request_id: jsonrpc.Id, error: Exception) -> bytes:
        self._admit(error)
        text = "mcp-permit met a fault of its own; its stderr tells more"
        return jsonrpc.failure(request_id, INTERNAL_ERROR, text)

    # ---- messages that want no answer -----------------------------------------------------------

    async def _pass(self, message: Message) -> None:
        if self._responder.heard(message):
            return
        try:
            match plans.passing(message):
                case plans.Settle(body):
                    if not self._is_listening:
                        self._is_listening = True
                        self._spawn(self._upstream.listen(self._host.say))
                    self._responder.greeting.proceed()
                    await self._upstream.settle(body)
                case plans.Cancel(request_id):
                    await self._cancel(request_id, message)
                case plans.Tell():
                    await self._upstream.tell(message)
        except PermitError as error:
            self._complain(f"{message.method or 'an answer'} did not reach the gateway: {error}")

    async def _cancel(self, request_id: object, message: Message) -> None:
        if jsonrpc.is_id(request_id):
            self._lane.leave(request_id)
        task = self._requests.get(request_id) if jsonrpc.is_id(request_id) else None
        if task is None or not jsonrpc.is_id(request_id):
            return
        self._host.answered(request_id)
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


def _complaint(error: LocalProtocolError) -> bytes:
    return jsonrpc.failure(error.request_id, error.code, str(error))
