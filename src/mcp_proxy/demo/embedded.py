"""Uvicorn as a guest in somebody else's event loop, on a port that was bound before."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp


class EmbeddedServer(uvicorn.Server):
    """Leaves its process's signals alone; `ready` when it listens, ends on `leave`."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(_config(app))
        self.ready, self.leave = asyncio.Event(), asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing: the world may live in a test or in the tour."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Uvicorn's own, and `ready` when it is done."""
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        """Wait for `leave`; uvicorn's own looks ten times a second."""
        await self.on_tick(0)
        await self.leave.wait()


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        log_config=None,
        log_level="critical",
        timeout_graceful_shutdown=1,
    )


def bound(port: int) -> socket.socket:
    """A loopback socket that has its port and refuses connections until somebody listens.

    Raises:
        OSError: another program has the port.
    """
    found = socket.socket()
    try:
        # Not on Windows, where it lets two programs have one port.
        if os.name == "posix":
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(("127.0.0.1", port))
    except OSError:
        found.close()
        raise
    return found
