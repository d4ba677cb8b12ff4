"""One loopback address with an authorization server and a gateway, started and stopped.

What all worlds share; `integration.world`, `scaimcp.world` and `baseline.world` have the rest.

    async with ScaiWorld.start() as world:          in the event loop of a test
    with world_in_thread(ScaiWorld) as world:       beside a test that is not asynchronous
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.applications import Starlette
from starlette.routing import Route

from mcp_proxy.demo.applications import Applications
from mcp_proxy.demo.authorization import AuthorizationServer, Books
from mcp_proxy.demo.bearer import Bearers
from mcp_proxy.demo.clock import Clock
from mcp_proxy.demo.devices import Devices
from mcp_proxy.demo.embedded import EmbeddedServer, bound
from mcp_proxy.demo.front import Front, with_cuts
from mcp_proxy.demo.keys import Keys
from mcp_proxy.demo.ledger import Ledger
from mcp_proxy.demo.metadata import Metadata
from mcp_proxy.demo.switches import Counters
from mcp_proxy.demo.tokens import TokenEndpoints

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Mapping
    from typing import Self

    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp

    from mcp_proxy.demo.account import Account
    from mcp_proxy.demo.application import Application
    from mcp_proxy.demo.authorization import Consent
    from mcp_proxy.demo.endpoint import Endpoint
    from mcp_proxy.demo.front import Admit
    from mcp_proxy.demo.granting import Granting
    from mcp_proxy.demo.layout import Layout
    from mcp_proxy.demo.ledger import Family
    from mcp_proxy.demo.switches import Faults

Deed = Callable[..., object]
"""Something that is done to a world; what it returns is awaited where it can be."""

Result = TypeVar("Result")
AnyWorld = TypeVar("AnyWorld", bound="World")

REDIRECT_URI = "http://localhost:6545/oauth/callback"
"""Exactly as the documented Integration Gateway has it registered; ours for the other systems."""

_PATIENCE_SECONDS = 10.0


class World:
    """An address and an authorization server; a system furnishes it with accounts and a gateway.

    What it knows (accounts, sign-ins, counters) lives as long as the object; `stop` and `open` end
    and begin the listening alone, as an outage does: sessions are lost, the port kept.

    Args:
        layout: the system's names and places.
        port: where to listen; 0: anywhere.
        faults: how it misbehaves.
        mint: makes access tokens; None: random text.
    """

    def __init__(
        self,
        layout: Layout,
        port: int,
        faults: Faults,
        mint: Callable[[Family, float], str] | None = None,
    ) -> None:
        self.layout, self.faults, self.counters = layout, faults, Counters()
        # Bound from here on: nobody else gets the port, and until `open` it refuses connections.
        more = [bound(0)] if layout.signs_in_elsewhere else []
        self._sockets = [bound(port), *more]
        self._ports: list[int] = [each.getsockname()[1] for each in self._sockets]
        self.port = self._ports[0]
        self.origin = f"http://127.0.0.1:{self.port}"
        self.url = self.origin + layout.mcp_path
        self.clock = Clock()
        self.ledger = Ledger(layout, faults, self.counters, self.clock, mint)
        elsewhere = f"http://127.0.0.1:{self._ports[-1]}"
        self.metadata = Metadata(self.origin, layout, faults, elsewhere)
        self.devices, self.keys = Devices(self.clock), Keys(layout.key_prefix, self.clock)
        self.bearers = Bearers(
            self.metadata, self.ledger, self.keys, faults, self.counters, self.clock
        )
        self.accounts: Mapping[str, Account] = {}
        self._leave = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def sign_in_routes(
        self,
        applications: Iterable[Application],
        consent: Consent,
        service: Account | None = None,
        granting: Granting | None = None,
    ) -> list[Route]:
        """The authorization server of `accounts`, with the clients that were set up by hand."""
        faults, counters = self.faults, self.counters
        self.applications = Applications(applications, faults, counters, self.clock)
        books = Books(self.metadata, self.applications, self.ledger, self.devices, faults, counters)
        server = AuthorizationServer(books, self.accounts, consent, granting)
        tokens = TokenEndpoints(books, service)
        return [*self.metadata.routes(), *server.routes(), *tokens.routes()]

    def furnish(
        self,
        endpoint: Endpoint,
        admit: Admit,
        routes: Iterable[BaseRoute],
        *,
        revision: str,
        json_answers: bool,
        around: Callable[[ASGIApp], ASGIApp] | None = None,
    ) -> None:
        """Serve `endpoint` to whom `admit` admits, and `routes` beside it.

        Args:
            endpoint: the MCP server.
            admit: see `front`.
            routes: everything else at this address.
            revision: the newest MCP revision that is spoken.
            json_answers: JSON bodies instead of event streams.
            around: what stands before all of it.
        """
        front = Front(endpoint, admit, self.faults, self.counters, revision)
        app: ASGIApp = Starlette(routes=[*routes, Route(self.layout.mcp_path, front)])
        self._app = with_cuts(around(app) if around else app)
        self.endpoint, self._json_answers = endpoint, json_answers

    @classmethod
    @asynccontextmanager
    async def start(
        cls, port: int = 0, *, token_life_seconds: float | None = None, **options: Any
    ) -> AsyncIterator[Self]:
        """A world that is up while the block lasts; `options` are those of the class."""
        world = cls(port=port, **options)
        if token_life_seconds is not None:
            world.faults.token_life_seconds = token_life_seconds
        async with world.up():
            yield world

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        """Be up while the block lasts, and then gone for good."""
        try:
            await self.open()
            yield
        finally:
            await self.stop()
            self.close()

    @property
    def issuer(self) -> str:
        """The authorization server's issuer; depends on `faults.metadata`."""
        return self.metadata.issuer

    async def open(self) -> None:
        """Listen and serve."""
        self._loop, self._leave = asyncio.get_running_loop(), asyncio.Event()
        server = EmbeddedServer(self._app)
        # A task of its own: the SDK's session manager must be left in the task that entered it.
        self._task = asyncio.create_task(self._serve(server))
        await asyncio.wait(
            (self._task, asyncio.create_task(server.ready.wait())),
            return_when=asyncio.FIRST_COMPLETED,
        )
        if self._task.done():
            await self._task

    async def stop(self) -> None:
        """Serve no more: open streams end, new connections are refused."""
        if self._task is not None:
            self._leave.set()
            await self._task
            self._task, self._sockets = None, [bound(port) for port in self._ports]

    def close(self) -> None:
        """Give the address back, for good; only while nothing is served."""
        for each in self._sockets:
            each.close()

    async def _serve(self, server: EmbeddedServer) -> None:
        async with self.endpoint.running(json_answers=self._json_answers):
            serving = asyncio.create_task(server.serve(self._sockets))
            await self._leave.wait()
        server.leave.set()
        await serving

    def deeds(self) -> dict[str, Deed]:
        """What can be done to this world from outside, by name; see `control`."""
        return {
            "expire-tokens": self.expire_tokens,
            "revoke-all": self.revoke_all,
            "revoke-key": self.keys.revoke,
            "forget-sessions": self.forget_sessions,
            "forget-clients": self.applications.forget,
            "advance-clock": self.clock.advance,
            "announce-tools": self.endpoint.tools_changed,
        }

    def expire_tokens(self) -> None:
        """Let every access token end now; refresh tokens stay good."""
        self.ledger.expire_tokens()

    def revoke_all(self) -> None:
        """End every sign-in, as an administrator would."""
        self.ledger.end_all()

    async def forget_sessions(self) -> None:
        """Lose all MCP sessions, as a restart does."""
        await self.endpoint.forget_sessions()

    def soon(self, deed: Callable[[], object]) -> None:
        """Do something in the world's event loop, from any thread; nothing while it is not open."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(deed)

    def from_outside(self, deed: Coroutine[Any, Any, Result]) -> Result:
        """Do something of this world's from another thread, and wait for it."""
        if self._loop is None:
            raise RuntimeError("The world is not open")
        return asyncio.run_coroutine_threadsafe(deed, self._loop).result(_PATIENCE_SECONDS)


@contextmanager
def world_in_thread(kind: type[AnyWorld], **options: Any) -> Iterator[AnyWorld]:
    """`kind.start` with an event loop in a thread of its own."""
    found: Future[AnyWorld] = Future()
    leave = threading.Event()

    async def hold() -> None:
        async with kind.start(**options) as world:
            found.set_result(world)
            await asyncio.to_thread(leave.wait)

    def run() -> None:
        try:
            asyncio.run(hold())
        except BaseException as error:
            if found.done():
                raise
            found.set_exception(error)

    thread = threading.Thread(target=run, name="demo world")
    thread.start()
    try:
        yield found.result(_PATIENCE_SECONDS)
    finally:
        leave.set()
        thread.join()


def quiet() -> None:
    """Keep the SDK's and uvicorn's log lines off the terminal: faults are played on purpose."""
    for name in ("mcp", "client", "uvicorn", "sse_starlette"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
