"""The world, started and stopped: one loopback port, an authorization server and a gateway.

    async with World.start() as world:          in the event loop of a test
    with world_in_thread() as world:            beside a test that is not asynchronous
    python -m mcp_proxy.demo.world --port 6544  as a process of its own

The process prints one line of JSON (`url`, `issuer`, `client_id`, `port`) and lives until it gets
SIGINT or SIGTERM. The client's secret is never printed and never a constant: it comes from the
variable `MCP_PERMIT_DEMO_SECRET`, or is made at the start and written to `--secret-file`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import secrets
import signal
import sys
import threading
import time
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.applications import Starlette
from starlette.routing import Route

from mcp_proxy.demo.application import CODE_GRANTS, Application, hash_of
from mcp_proxy.demo.applications import Applications
from mcp_proxy.demo.authorization import AuthorizationServer, Books
from mcp_proxy.demo.devices import Devices
from mcp_proxy.demo.embedded import EmbeddedServer, bound
from mcp_proxy.demo.front import Front, with_cuts
from mcp_proxy.demo.gateway import Gateway
from mcp_proxy.demo.identities import identities, service_account
from mcp_proxy.demo.ledger import Ledger
from mcp_proxy.demo.metadata import Metadata
from mcp_proxy.demo.seed import fresh_instance
from mcp_proxy.demo.switches import Counters, Faults
from mcp_proxy.demo.tokens import SERVICE_GRANTS, TokenEndpoints
from mcp_proxy.files import write_private
from mcp_proxy.oauth.model import DEVICE_CODE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence

    from mcp_proxy.demo.authorization import Consent

Result = TypeVar("Result")

CLIENT_ID = "ig-mcp-demo"
SERVICE_ID = "ig-service-demo"
REDIRECT_URI = "http://localhost:6545/oauth/callback"
"""Exactly as the documented gateway has it registered."""

SECRET_VARIABLE = "MCP_PERMIT_DEMO_SECRET"  # noqa: S105 - the name of a variable
MCP_PATH = "/integrations/mcp/"
_PATIENCE_SECONDS = 10.0


class World:
    """An authorization server and an Integration Gateway instance on one loopback address.

    What it knows (accounts, sign-ins, runs, counters) lives as long as the object; `stop` and
    `open` end and begin the listening alone, as an outage does: sessions are lost, the port kept.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        client_secret: str | None = None,
        redirect_uri: str = REDIRECT_URI,
        consent: Consent = "scripted",
        faults: Faults | None = None,
        revision: str = "2025-06-18",
        json_answers: bool = False,
        service_key: str | None = None,
    ) -> None:
        self.faults, self.counters = faults or Faults(), Counters()
        self.client_id, self.client_secret = CLIENT_ID, client_secret or secrets.token_urlsafe(24)
        self.redirect_uri = redirect_uri
        # Bound from here on: nobody else gets the port, and until `open` it refuses connections.
        self._socket = bound(port)
        self.port: int = self._socket.getsockname()[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        self.url = self.origin + MCP_PATH
        self.accounts, self.instance = identities(), fresh_instance()
        self.ledger = Ledger(self.faults, self.counters, time.time)
        self.metadata = Metadata(self.origin, self.url, self.faults)
        self.service = service_account()
        self.service_id, self.service_secret = SERVICE_ID, secrets.token_urlsafe(24)
        self.applications = Applications(
            self._set_up(service_key), self.faults, self.counters, time.time
        )
        self.devices = Devices(time.time)
        book = (self.ledger, self.faults, self.counters)
        books = Books(
            self.metadata, self.applications, self.ledger, self.devices, self.faults, self.counters
        )
        server = AuthorizationServer(books, self.accounts, consent)
        tokens = TokenEndpoints(books, self.service)
        self.gateway = Gateway(self.instance, self.faults, self.counters)
        front = Front(self.gateway, self.metadata, *book, revision)
        routes = [*self.metadata.routes(), *server.routes(), *tokens.routes()]
        routes.append(Route(MCP_PATH, front))
        self._app = with_cuts(Starlette(routes=routes))
        self._json_answers = json_answers
        self._leave = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    @asynccontextmanager
    async def start(
        cls, port: int = 0, *, token_life_seconds: float | None = None, **options: Any
    ) -> AsyncIterator[World]:
        """A world that is up while the block lasts; `options` are those of the class."""
        world = cls(port, **options)
        if token_life_seconds is not None:
            world.faults.token_life_seconds = token_life_seconds
        try:
            await world.open()
            yield world
        finally:
            await world.stop()
            world._socket.close()

    def _set_up(self, service_key: str | None) -> list[Application]:
        """The clients that an administrator has registered: a person's, and a service account's.

        The latter signs with the private half of `service_key` (PEM, P-256), or has a secret.
        """
        person = Application.registered(CLIENT_ID, self.client_secret, self.redirect_uri)
        person = replace(person, grant_types=CODE_GRANTS | {DEVICE_CODE})
        secret = None if service_key else hash_of(self.service_secret)
        robot = Application(SERVICE_ID, secret, None, SERVICE_GRANTS, service_key)
        return [person, robot]

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
            self._task, self._socket = None, bound(self.port)

    async def _serve(self, server: EmbeddedServer) -> None:
        async with self.gateway.running(json_answers=self._json_answers):
            serving = asyncio.create_task(server.serve([self._socket]))
            await self._leave.wait()
        server.leave.set()
        await serving

    def expire_tokens(self) -> None:
        """Let every access token end now; refresh tokens stay good."""
        self.ledger.expire_tokens()

    def revoke_all(self) -> None:
        """End every sign-in, as an administrator would."""
        self.ledger.end_all()

    async def forget_sessions(self) -> None:
        """Lose all MCP sessions, as a restart does."""
        await self.gateway.forget_sessions()

    def approve_runs(self) -> None:
        """Let runs go on that were called with `wait_for_approval`; from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.gateway.approved.set)

    def from_outside(self, deed: Coroutine[Any, Any, Result]) -> Result:
        """Do something of this world's from another thread, and wait for it."""
        if self._loop is None:
            raise RuntimeError("The world is not open")
        return asyncio.run_coroutine_threadsafe(deed, self._loop).result(_PATIENCE_SECONDS)


@contextmanager
def world_in_thread(**options: Any) -> Iterator[World]:
    """`World.start` with an event loop in a thread of its own."""
    found: Future[World] = Future()
    leave = threading.Event()

    async def hold() -> None:
        async with World.start(**options) as world:
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


def main(arguments: Sequence[str] | None = None) -> int:
    """The world as a process of its own."""
    parser = argparse.ArgumentParser(prog="python -m mcp_proxy.demo.world", allow_abbrev=False)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--consent", choices=("scripted", "person"), default="scripted")
    parser.add_argument("--redirect-uri", default=REDIRECT_URI)
    parser.add_argument("--token-life", type=float, default=3600.0, metavar="SECONDS")
    parser.add_argument(
        "--secret-file", type=Path, help=f"where the secret goes, without {SECRET_VARIABLE}"
    )
    chosen = parser.parse_args(arguments)
    secret = os.environ.get(SECRET_VARIABLE) or secrets.token_urlsafe(24)
    if chosen.secret_file is not None:
        write_private(chosen.secret_file, secret.encode())
    elif SECRET_VARIABLE not in os.environ:
        parser.error(f"the client needs its secret: set {SECRET_VARIABLE} or name a --secret-file")
    quiet()
    with suppress(KeyboardInterrupt):
        asyncio.run(_stay(chosen, secret))
    return 0


async def _stay(chosen: argparse.Namespace, secret: str) -> None:
    options = {
        "consent": chosen.consent,
        "client_secret": secret,
        "redirect_uri": chosen.redirect_uri,
    }
    async with World.start(chosen.port, token_life_seconds=chosen.token_life, **options) as world:
        facts = {
            "url": world.url,
            "issuer": world.issuer,
            "client_id": world.client_id,
            "port": world.port,
        }
        print(json.dumps(facts), flush=True)  # noqa: T201 - the line that whoever started us waits for
        ended = asyncio.Event()
        with suppress(NotImplementedError):  # Windows has no signal handlers in its event loop
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
        await ended.wait()


if __name__ == "__main__":
    sys.exit(main())
