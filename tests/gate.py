"""A door in front of a port: it hears what passes, and can be shut while it does."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Self


class Gate:
    """Passes bytes on to `port` on this machine, and back."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.heard = b""
        """All that was sent to the port, in the order in which it came."""
        self.opened = asyncio.Event()
        self.opened.set()
        self.knocked = asyncio.Event()
        """Set when something comes to the shut door."""
        self._visits: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.origin = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self.cut()

    def shut(self) -> None:
        """Let nothing through any more, and tell when somebody knocks."""
        self.knocked.clear()
        self.opened.clear()

    def visits(self) -> list[asyncio.Task[None]]:
        """The connections that there are now."""
        return list(self._visits)

    async def cut(self, visits: list[asyncio.Task[None]] | None = None) -> None:
        """Drop connections, by default all, and what waits at the door with them."""
        visits = self.visits() if visits is None else visits
        for visit in visits:
            visit.cancel()
        await asyncio.gather(*visits, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = asyncio.create_task(self._visit(reader, writer))
        self._visits.add(visit)
        visit.add_done_callback(self._visits.discard)

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", self._to)
        try:
            with suppress(ConnectionError):
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._pass_in(reader, outer))
                    both.create_task(self._pass_out(inner, writer))
        finally:
            writer.transport.abort()
            outer.transport.abort()

    async def _pass_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            self.heard += data
            if not self.opened.is_set():
                self.knocked.set()
                await self.opened.wait()
            writer.write(data)
        writer.close()

    @staticmethod
    async def _pass_out(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            writer.write(data)
        writer.close()
