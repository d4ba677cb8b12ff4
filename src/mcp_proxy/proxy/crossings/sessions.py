"""A gateway with sessions, for a host that knows of none: does what `modern_to_legacy` decides.

Requests that wait for the host's word are parked: what the gateway sends meanwhile is
kept, and nobody else can take them up. Follows MCP 2026-07-28, "Multi Round-Trip
Requests" and "Subscriptions".
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mcp_proxy.proxy import handshake
from mcp_proxy.proxy.crossings.host_session import HostSession
from mcp_proxy.proxy.crossings.run import Run
from mcp_proxy.proxy.eras import handles, plain, subscriptions
from mcp_proxy.proxy.eras.envelope import envelope
from mcp_proxy.proxy.eras.handles import Handles
from mcp_proxy.proxy.eras.plain import bare
from mcp_proxy.proxy.gateway.upstream import unheralded
from mcp_proxy.values import replace
from mcp_proxy.wire import jsonrpc, mcp

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.proxy.eras.envelope import Envelope
    from mcp_proxy.proxy.gateway.upstream import Upstream
    from mcp_proxy.wire.jsonrpc import Message

    Connect = Callable[[Callable[[bytes], None]], Upstream]

MOST_SESSIONS = 4
"""Kept at once; a host that says something else of itself with each request gets no more."""


class Sessions:
    """The way of a modern host's messages to a legacy gateway.

    Args:
        connect: makes the wire of a session, which tells of each answer to `initialize`.
        mint: makes a text that nobody can guess.
        emit: takes what the gateway sends that belongs to no request.
        complain: takes one sentence for the person who reads stderr.
    """

    def __init__(
        self,
        connect: Connect,
        mint: Callable[[], str],
        emit: Callable[[bytes], None],
        complain: Callable[[str], None],
    ) -> None:
        self._connect = connect
        self._emit = emit
        self._complain = complain
        self._sessions: dict[str, HostSession] = {}
        """Under what their hosts say of themselves, the one used last at the end."""
        self._parked: Handles[Run] = Handles(mint)
        self._leaving: set[asyncio.Task[None]] = set()

    async def ask(
        self, request: Message, *, repeatable: bool, on_message: Callable[[bytes], None]
    ) -> bytes:
        """Send a request, or go on with one; its answer, which may be a wish for input.

        Raises:
            AuthError, GatewayError: there is no answer.
            LocalProtocolError: it goes on with nothing that waits for it.
        """
        if mcp.era(request) == "legacy":
            return await self._ask_ourselves(request, repeatable=repeatable)
        said = envelope(request)
        if request.method == mcp.LISTEN:
            return await self._listen(request, said, on_message)
        if request.method == mcp.DISCOVER:
            session = await self._session(said)
            discovered = handshake.discover_result(session.initialize)
            return jsonrpc.result_raw(request.request_id, discovered)
        if (refusal := plain.not_crossing(request)) is not None:
            return refusal
        run = self._resumed(request, on_message)
        if run is None:
            session = await self._session(said)
            await session.want_logs(said)
            run = Run(session, request, on_message, repeatable=repeatable)
        try:
            await run.settled()
        except BaseException:
            run.leave()
            raise
        return self._parked_answer(run) if run.exchange.is_asking else self._last_answer(run)

    async def tell(self, message: Message) -> None:
        """Pass on what the host tells; a cancellation, under the gateway's own id.

        Raises:
            AuthError, GatewayError: it did not reach the gateway.
        """
        if message.method != mcp.CANCELLED:
            for session in list(self._sessions.values())[-1:]:
                await session.upstream.tell(replace(message, raw=bare(message)))
            return
        gone = message.params.get("requestId") if isinstance(message.params, dict) else None
        for session in self._sessions.values():
            for run in session.runs:
                if run.exchange.request.id == gone and not run.exchange.is_parked:
                    await session.upstream.tell(jsonrpc.parse(run.cancellation(message)))
                    return

    async def listen(self, on_message: Callable[[bytes], None]) -> None:
        """Do nothing: a modern host says by a request what it wants to hear."""

    async def close(self) -> None:
        """End all sessions, and what is parked in them."""
        for session in self._sessions.values():
            for run in list(session.runs):
                run.leave()
        closing = [session.close() for session in self._sessions.values()]
        await asyncio.gather(*closing, *self._leaving)

    # ---- requests -----------------------------------------------------------------------------

    async def _ask_ourselves(self, request: Message, *, repeatable: bool) -> bytes:
        """A request of our own, in the session that was used last; its answer as it came."""
        session = next(reversed(self._sessions.values()), None)
        if session is None:
            raise unheralded()
        await session.open()
        return await session.upstream.ask(request, repeatable=repeatable, on_message=session.hear)

    def _resumed(self, request: Message, say: Callable[[bytes], None]) -> Run | None:
        """The request that `request` goes on with; None where it begins one."""
        if handles.state_of(request) is None:
            return None
        handles.responses_of(request)
        run = self._parked.take(request)
        if run is None:
            raise handles.refused(request, "Nothing waits under it, or not any more")
        run.resume(request, say)
        if not run.exchange.starts_over:
            return run
        run.leave()
        return None

    def _parked_answer(self, run: Run) -> bytes:
        loop = asyncio.get_running_loop()
        handle = self._parked.give(run.exchange.request, run, loop.time())
        self._sweep()
        loop.call_later(handles.GOOD_SECONDS, self._sweep)
        return run.exchange.interim(handle)

    def _last_answer(self, run: Run) -> bytes:
        run.leave()
        return run.exchange.final()

    def _sweep(self) -> None:
        for run in self._parked.overdue(asyncio.get_running_loop().time()):
            run.give_up()

    async def _listen(
        self, request: Message, said: Envelope, say: Callable[[bytes], None]
    ) -> bytes:
        """Let the host hear of changes until it does not want to any more."""
        asked = subscriptions.wanted(request)
        session = await self._session(said)
        session.listeners += 1
        uris: list[str] = []
        try:
            for uri in asked.get(subscriptions.URIS, ()):
                if await session.subscribe(uri):
                    uris.append(uri)  # noqa: PERF401 - known even if this is cancelled
            agreed = subscriptions.agreed(asked, session.capabilities, uris)
            say(subscriptions.acknowledgement(request.request_id, agreed))
            await asyncio.Event().wait()
        finally:
            session.listeners -= 1
            session.unsubscribe(uris)
        raise AssertionError("nobody sets that event")

    # ---- sessions -----------------------------------------------------------------------------

    async def _session(self, said: Envelope) -> HostSession:
        """The session of a host that says this of itself, opened if need be."""
        who = plain.who(said)
        session = self._sessions.pop(who, None)
        if session is None:
            session = HostSession(self._connect, said, self._emit, self._complain)
        self._sessions[who] = session
        for name in list(self._sessions)[:-MOST_SESSIONS]:
            if not self._sessions[name].is_busy:
                self._leave(self._sessions.pop(name))
        await session.open()
        return session

    def _leave(self, session: HostSession) -> None:
        task = asyncio.create_task(session.close())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)
