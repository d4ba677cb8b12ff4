"""One session at a legacy gateway, kept in the name of a modern host that knows of none.

What such a host says with every request is said here once: who it is, which log messages
it wants, which resources it listens to. Follows MCP 2025-11-25, "Lifecycle", "Logging"
and "Resources".
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from mcp_proxy.errors import LocalProtocolError, PermitError
from mcp_proxy.proxy import handshake
from mcp_proxy.proxy.eras import plain, question, result, unasked
from mcp_proxy.proxy.eras.envelope import LEVELS
from mcp_proxy.wire import jsonrpc, mcp, splice

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from mcp_proxy.proxy.crossings.run import Run
    from mcp_proxy.proxy.eras.envelope import Envelope
    from mcp_proxy.proxy.eras.modern_to_legacy import Exchange
    from mcp_proxy.proxy.gateway.upstream import Upstream

_SETTLED = jsonrpc.notification(mcp.INITIALIZED, None)


class HostSession:
    """A session that is opened when it is first needed, and again when it is lost.

    Args:
        connect: makes the wire; it is told each answer to `initialize`.
        said: the host.
        emit: takes what the gateway sends that belongs to no request.
        complain: takes one sentence for the person who reads stderr.
    """

    def __init__(
        self,
        connect: Callable[[Callable[[bytes], None]], Upstream],
        said: Envelope,
        emit: Callable[[bytes], None],
        complain: Callable[[str], None],
    ) -> None:
        self.upstream = connect(self._met)
        self.upstream.greet(plain.hello(said))
        self.server_info = json.dumps(handshake.OWN_INFO).encode()
        self.capabilities: dict[str, Any] = {}
        self.initialize = b"{}"
        """The gateway's `initialize` result."""
        self.runs: list[Run] = []
        """The requests under way, the parked ones included."""
        self.listeners = 0
        """Subscriptions of the host that hear of what happens here."""
        self._emit = emit
        self._complain = complain
        self._is_met = False
        self._level: int | None = None
        self._uris: Counter[str] = Counter()
        self._ids = itertools.count(1)
        self._deeds: set[asyncio.Task[object]] = set()

    async def open(self) -> None:
        """Have the session.

        Raises:
            AuthError, GatewayError: it is not to be had.
        """
        if not self._is_met:
            await self.upstream.settle(_SETTLED)
            await self.upstream.open()

    @property
    def is_busy(self) -> bool:
        """Whether somebody would miss it."""
        return bool(self.runs or self.listeners)

    def hear(self, line: bytes, run: Run | None = None) -> None:
        """Take a request or notification of the gateway, on the stream of `run` or on its own."""
        try:
            message = jsonrpc.parse(line)
        except LocalProtocolError as error:
            self._complain(f"the gateway sent a message that cannot be judged: {error}")
            return
        if message.method == mcp.PING and message.kind == "request":
            self.tell(jsonrpc.result(message.request_id, {}))
        elif run := run or self._run_of(unasked.concerned(message, self._exchanges())):
            run.heard(message)
        elif message.kind == "request":
            self.tell(question.refused(message))
        elif unasked.is_for_everybody(message):
            self._emit(line)

    def _exchanges(self) -> list[Exchange]:
        return [run.exchange for run in self.runs]

    def _run_of(self, exchange: Exchange | None) -> Run | None:
        return next((run for run in self.runs if run.exchange is exchange), None)

    def new_id(self) -> str:
        """An id that no request of the host has."""
        return f"mcp-permit-s{next(self._ids)}"

    def begin(self, deed: Coroutine[object, object, object]) -> None:
        """Do something behind; what keeps it from reaching the gateway is told on stderr."""
        task = asyncio.create_task(self._behind(deed))
        self._deeds.add(task)
        task.add_done_callback(self._deeds.discard)

    def tell(self, line: bytes) -> None:
        """Send an answer or a notification, behind."""
        self.begin(self.upstream.tell(jsonrpc.parse(line)))

    async def close(self) -> None:
        """End the session, and what goes on in it."""
        for deed in self._deeds:
            deed.cancel()
        await self.upstream.close()

    # ---- what is said once ------------------------------------------------------------------

    async def want_logs(self, said: Envelope) -> None:
        """Have the gateway send what the most curious of the requests under way wants.

        Raises:
            AuthError, GatewayError: the gateway could not be asked.
        """
        if said.log_level is None or "logging" not in self.capabilities:
            return
        levels = [run.exchange.said.log_level for run in self.runs if not run.exchange.is_parked]
        wanted = min(LEVELS.index(level) for level in [*levels, said.log_level] if level)
        if wanted != self._level:
            self._level = wanted
            await self._ask(mcp.SET_LEVEL, {"level": LEVELS[wanted]})

    async def subscribe(self, uri: str) -> bool:
        """Subscribe to a resource; whether the gateway will tell of it.

        Raises:
            AuthError, GatewayError: the gateway could not be asked.
        """
        offered = self.capabilities.get("resources")
        if not isinstance(offered, dict) or offered.get("subscribe") is not True:
            return False
        if not self._uris[uri] and await self._ask(mcp.RESOURCES_SUBSCRIBE, {"uri": uri}):
            return False
        self._uris[uri] += 1
        return True

    def unsubscribe(self, uris: Iterable[str]) -> None:
        """Take it back, where nobody else listens."""
        for uri in uris:
            self._uris[uri] -= 1
            if not self._uris[uri]:
                del self._uris[uri]
                self.begin(self._ask(mcp.RESOURCES_UNSUBSCRIBE, {"uri": uri}))

    async def _ask(self, method: str, params: dict[str, object]) -> object:
        """Ask for something on our own account; the error, if the gateway refuses."""
        request = jsonrpc.parse(jsonrpc.request(self.new_id(), method, params))
        answer = await self.upstream.ask(request, repeatable=True, on_message=self.hear)
        return result.error_of(answer)

    # ---- what happens to it -----------------------------------------------------------------

    def _met(self, answer: bytes) -> None:
        self.initialize = splice.member(answer, "result") or b"{}"
        found = dict(splice.members(self.initialize))
        self.server_info = found.get("serverInfo", self.server_info)
        self.capabilities = json.loads(found.get("capabilities", b"{}"))
        if not self._is_met:
            self._is_met = True
            self.begin(self.upstream.listen(self.hear))
            return
        # Another session, in place of one that the gateway has forgotten.
        self._level = None
        for uri in self._uris:
            self.begin(self._ask(mcp.RESOURCES_SUBSCRIBE, {"uri": uri}))

    async def _behind(self, deed: Coroutine[object, object, object]) -> object:
        try:
            return await deed
        except PermitError as error:
            self._complain(f"something did not reach the gateway: {error}")
            return None
