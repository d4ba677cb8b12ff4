"""Lines from stdin, lines to stdout; nothing else ever writes to stdout.

Uses the event loop's own pipes where it can watch them (the fastest way), and a
thread where it cannot: files, and consoles on Windows.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK = 1 << 18


def claim_stdout() -> int:
    """Take the real stdout for the protocol and point fd 1 at stderr.

    A `print`, a warning or a child process can then no longer break the stream.
    """
    own = os.dup(1)
    os.dup2(2, 1)
    return own


class LineReader(asyncio.Protocol):
    """Cut what arrives into lines; hand each on without its line break."""

    def __init__(self, on_line: Callable[[bytes], None], on_end: Callable[[], None]) -> None:
        self._on_line = on_line
        self._on_end = on_end
        self._parts: list[bytes] = []

    def data_received(self, data: bytes) -> None:
        """Deliver the lines that `data` completes."""
        *lines, rest = data.split(b"\n")
        for line in lines:
            self._deliver(line)
        if rest:
            self._parts.append(rest)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Deliver a last line without a line break, then the end."""
        self._deliver(b"")
        self._on_end()

    def _deliver(self, last: bytes) -> None:
        line = b"".join([*self._parts, last]) if self._parts else last
        self._parts.clear()
        if line := line.strip():
            self._on_line(line)


async def read_lines(on_line: Callable[[bytes], None], on_end: Callable[[], None]) -> None:
    """Begin to deliver stdin's lines; returns at once."""
    loop = asyncio.get_running_loop()
    reader = LineReader(on_line, on_end)
    try:
        await loop.connect_read_pipe(lambda: reader, sys.stdin.buffer)
    except (ValueError, OSError, NotImplementedError):
        threading.Thread(target=_read_in_thread, args=(loop, reader), daemon=True).start()


def _read_in_thread(loop: asyncio.AbstractEventLoop, reader: LineReader) -> None:
    stdin = sys.stdin.fileno()
    while data := os.read(stdin, CHUNK):
        loop.call_soon_threadsafe(reader.data_received, data)
    loop.call_soon_threadsafe(reader.connection_lost, None)


class LineWriter:
    """Write whole lines to `fd` in the order in which they were given.

    A pipe that the client reads slowly is waited for by the event loop, never by
    a blocking write: other answers and the gateway go on meanwhile.
    """

    def __init__(self, fd: int) -> None:
        self._file = os.fdopen(fd, "wb", buffering=0)
        self._transport: asyncio.WriteTransport | None = None
        self._drained = asyncio.Event()
        self._drained.set()

    async def open(self) -> None:
        """Watch the pipe, where the event loop can."""
        loop = asyncio.get_running_loop()
        # A file or a console cannot be watched; writing does not block there for long.
        with contextlib.suppress(ValueError, OSError, NotImplementedError):
            flow = _Flow(self._drained)
            self._transport, _ = await loop.connect_write_pipe(lambda: flow, self._file)

    def write(self, line: bytes) -> None:
        """Write one line; it must hold no line break."""
        if self._transport is None:
            self._file.write(line + b"\n")
        elif not self._transport.is_closing():
            self._transport.write(line + b"\n")

    async def drain(self) -> None:
        """Return when the client has taken all but a little of what was written."""
        await self._drained.wait()


class _Flow(asyncio.BaseProtocol):
    """Tells the writer when the pipe is full, free again, or gone."""

    def __init__(self, drained: asyncio.Event) -> None:
        self._drained = drained

    def pause_writing(self) -> None:
        self._drained.clear()

    def resume_writing(self) -> None:
        self._drained.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._drained.set()
