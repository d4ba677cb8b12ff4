"""One exchange of `eras.modern_to_legacy` under way: its request, its stream, its deeds."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING

from mcp_proxy.proxy.eras.modern_to_legacy import Exchange, Say
from mcp_proxy.proxy.eras.plain import bare
from mcp_proxy.values import replace
from mcp_proxy.wire import jsonrpc, mcp, splice

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.proxy.crossings.host_session import HostSession
    from mcp_proxy.proxy.eras.modern_to_legacy import Deed
    from mcp_proxy.wire.jsonrpc import Message


class Run:
    """A request that the gateway works on, until it is answered or given up.

    Args:
        session: where it runs.
        request: the host's.
        say: takes what else the host hears of it.
        repeatable: whether a second delivery does no harm.
    """

    def __init__(
        self,
        session: HostSession,
        request: Message,
        say: Callable[[bytes], None],
        *,
        repeatable: bool,
    ) -> None:
        # A parked request keeps its id at the gateway; the host may use it again.
        is_taken = any(run.exchange.gateway_id == request.request_id for run in session.runs)
        gateway_id = session.new_id() if is_taken else request.request_id
        self.exchange: Exchange = Exchange(request, gateway_id, session.server_info)
        self._session = session
        self._say = say
        self._news = asyncio.Event()
        self._is_over = False
        sent = replace(request, raw=bare(request, gateway_id if is_taken else None), id=gateway_id)
        hear = partial(session.hear, run=self)
        ask = session.upstream.ask(sent, repeatable=repeatable, on_message=hear)
        self._task = asyncio.create_task(ask)
        self._task.add_done_callback(lambda _done: self._news.set())
        session.runs.append(self)

    def heard(self, message: Message) -> None:
        """Take a message of the gateway that belongs here."""
        self._do(self.exchange.heard(message))
        self._news.set()

    async def settled(self) -> None:
        """Return when the host must be asked, or the gateway has answered.

        Raises:
            AuthError, GatewayError: there is no answer.
        """
        while not self.exchange.is_asking and not self._task.done():
            self._news.clear()
            await self._news.wait()
        if self._task.done() and not self._is_over:
            self._is_over = True
            self.exchange.finished(self._task.result())

    def resume(self, retry: Message, say: Callable[[bytes], None]) -> None:
        """Go on with the host's retry.

        Raises:
            LocalProtocolError: its answers are malformed.
        """
        self._say = say
        self._do(self.exchange.resume(retry))

    def cancellation(self, cancelled: Message | None = None) -> bytes:
        """What tells the gateway that nobody waits any more; `cancelled` is the host's word."""
        request_id = json.dumps(self.exchange.gateway_id).encode()
        raw = jsonrpc.notification(mcp.CANCELLED, {}) if cancelled is None else bare(cancelled)
        return splice.replace(raw, ("params", "requestId"), request_id)

    def give_up(self) -> None:
        """Wait for the gateway no more, and tell it so."""
        if not self._task.done():
            self._session.tell(self.cancellation())
        self.leave()

    def leave(self) -> None:
        """Wait for the gateway no more."""
        self._task.cancel()
        if self in self._session.runs:
            self._session.runs.remove(self)

    def _do(self, deeds: list[Deed]) -> None:
        for deed in deeds:
            if isinstance(deed, Say):
                self._say(deed.line)
            else:
                self._session.tell(deed.line)
