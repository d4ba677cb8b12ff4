"""The relay for the commands of the terminal: one request, one answer.

What `mcp-permit call` sends passes the same policy, audit and tokens as what a
desktop client sends; there is no second client to keep in step.
"""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from mcp_proxy.errors import RemoteProtocolError, SignInRequired
from mcp_proxy.login.person import Person
from mcp_proxy.proxy.assembly import assembled
from mcp_proxy.version import VERSION
from mcp_proxy.wire import jsonrpc, jsontext, mcp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths
    from mcp_proxy.login.person import SignInPage
    from mcp_proxy.policy.model import Tool
    from mcp_proxy.proxy.relay import Relay

    OnProgress = Callable[[Mapping[str, object]], None]

METHOD_NOT_FOUND = -32601


class Tap:
    """A client in this process, in front of a relay."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._waiting: dict[jsonrpc.Id | None, asyncio.Future[bytes]] = {}
        self._progress: dict[object, OnProgress] = {}
        self._relay: Relay | None = None

    def connected(self, relay: Relay) -> None:
        """Use `relay` from now on."""
        self._relay = relay

    @property
    def relay(self) -> Relay:
        """The relay in use."""
        if self._relay is None:
            raise AssertionError("a tap is used before it is connected")
        return self._relay

    async def request(
        self,
        method: str,
        params: Mapping[str, object] | None,
        *,
        on_progress: OnProgress | None = None,
    ) -> bytes:
        """Send a request; the whole JSON-RPC answer, a local refusal included.

        A request that is no longer awaited is cancelled at the gateway.

        Raises:
            RemoteProtocolError: what came is not JSON.
        """
        request_id = next(self._ids)
        fields = dict(params or {})
        if on_progress is not None:
            self._progress[request_id] = on_progress
            fields["_meta"] = {"progressToken": request_id}
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = answer
        self.relay.receive(jsonrpc.request(request_id, method, fields))
        try:
            return await answer
        except asyncio.CancelledError:
            gone = {"requestId": request_id, "reason": "interrupted at the terminal"}
            self.relay.receive(jsonrpc.notification(mcp.CANCELLED, gone))
            await self.relay.finish()
            raise
        finally:
            self._waiting.pop(request_id, None)
            self._progress.pop(request_id, None)

    async def tools(self) -> tuple[Tool, ...]:
        """All tools that the gateway lists, unfiltered; the snapshot is renewed with them."""
        return await self.relay.list_all()

    def deliver(self, line: bytes) -> None:
        """Take a line that the relay has for its client."""
        try:
            # As leniently as the relay has looked at it: what it lets through wants a reader.
            message = jsontext.read(line.decode())
        except ValueError as error:
            self._fail(error)
            return
        request_id, params = message.get("id"), message.get("params")
        if "method" not in message:
            self._resolve(request_id, line)
        elif "id" in message:
            # A command that runs one call has nobody who could be asked.
            refusal = jsonrpc.failure(request_id, METHOD_NOT_FOUND, "Method not found")
            self.relay.receive(refusal)
        elif message["method"] == mcp.PROGRESS and isinstance(params, dict):
            heard = self._progress.get(params.get("progressToken"))
            if heard is not None:
                heard(params)

    def _fail(self, cause: ValueError) -> None:
        """End every wait: an answer too long for the relay to look into is no JSON."""
        for waiting in self._waiting.values():
            if not waiting.done():
                error = RemoteProtocolError("The gateway answered something that is not JSON")
                error.__cause__ = cause
                waiting.set_exception(error)

    def _resolve(self, request_id: jsonrpc.Id | None, line: bytes) -> None:
        waiting = self._waiting.get(request_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(line)


@asynccontextmanager
async def open_tap(
    profile: Profile,
    home: Paths,
    *,
    on_waiting: Callable[[SignInPage], None] | None,
    complain: Callable[[str], None],
    ask: Callable[[str | None], Awaitable[str | None]] | None = None,
) -> AsyncIterator[Tap]:
    """A tap with an open session; signs in first where that is needed.

    Args:
        profile: the gateway, the identity, the policy.
        home: where state lies.
        on_waiting: told the page that a person must open; None where nobody could.
        complain: takes one sentence for the person who reads stderr.
        ask: takes what a person pastes, see `login.person`.

    Raises:
        AuthError, GatewayError, ConfigError, StoreError: there is no session.
    """
    tap = Tap()
    async with assembled(
        profile,
        home,
        emit=tap.deliver,
        on_waiting=on_waiting,
        complain=complain,
        # Whoever typed a command waits for the person, who is the same.
        patience=lambda _method: profile.auth.login_timeout_seconds,
        stays=False,
    ) as relay:
        tap.connected(relay)
        try:
            await relay.connect(_hello(), _SETTLED)
        except SignInRequired as required:
            is_possible = on_waiting is not None or profile.auth.is_unattended
            if not profile.auth.signs_in or not is_possible:
                raise
            await _sign_in(profile, home, Person(on_waiting or _show_nobody, ask), required)
            await relay.connect(_hello(), _SETTLED)
        yield tap


async def _sign_in(profile: Profile, home: Paths, person: Person, required: SignInRequired) -> None:
    # Only a sign-in wants the whole of OAuth.
    from mcp_proxy.login.sign_in import sign_in  # noqa: PLC0415

    await sign_in(
        profile,
        home,
        on_waiting=person.show,
        ask=person.ask,
        refused=required.refused,
        challenge=required.challenge,
    )


def _show_nobody(_page: SignInPage) -> None:
    """Nothing: a way in without a person has no page."""


_SETTLED = jsonrpc.notification(mcp.INITIALIZED, None)


def _hello() -> bytes:
    who = {"name": "mcp-permit", "version": VERSION}
    params = {"protocolVersion": mcp.LATEST_LEGACY, "capabilities": {}, "clientInfo": who}
    return jsonrpc.request("hello", mcp.INITIALIZE, params)
