"""Lines from stdin, lines to stdout; nothing else ever writes to stdout.

Uses the event loop's own pipes where it can watch them (the fastest way), and a
thread or plain writes where it cannot: files, terminals, and all of it on Windows.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import sys
import threading
from typing import TYPE_CHECKING

from mcp_proxy.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK = 1 << 18


def claim_stdout() -> int:
    """Take the real stdout for the protocol and point fd 1 at stderr.

    A `print`, a warning or a child process can then no longer break the stream.

    Raises:
        ConfigError: whoever started us has closed stdin, stdout or stderr.
    """
    if sys.stdin is None or sys.stdout is None or sys.stderr is None:
        message = "serve speaks on stdin and stdout, and one of the standard streams is closed"
        raise ConfigError(message, hint="A desktop client launches it with all three")
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


async def read_lines(
    on_line: Callable[[bytes], None], on_end: Callable[[], None], read_before: bytes = b""
) -> None:
    """Begin to deliver stdin's lines, after those of `read_before`; returns at once."""
    loop = asyncio.get_running_loop()
    reader = LineReader(on_line, on_end)
    reader.data_received(read_before)
    stdin = sys.stdin.fileno()
    if _can_be_watched(stdin):
        await loop.connect_read_pipe(lambda: reader, sys.stdin.buffer)
    else:
        threading.Thread(target=_read_in_thread, args=(loop, stdin, reader), daemon=True).start()


def _can_be_watched(fd: int) -> bool:
    """Whether the event loop can wait for `fd`: not for a file, nor for /dev/null."""
    mode = os.fstat(fd).st_mode
    return os.name == "posix" and (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode))


def _read_in_thread(loop: asyncio.AbstractEventLoop, stdin: int, reader: LineReader) -> None:
    # The loop may be gone before stdin has ended.
    with contextlib.suppress(RuntimeError):
        while data := _read(stdin):
            loop.call_soon_threadsafe(reader.data_received, data)
        loop.call_soon_threadsafe(reader.connection_lost, None)


def _read(fd: int) -> bytes:
    try:
        return os.read(fd, CHUNK)
    except OSError:  # a terminal that was closed has no end, but an error
        return b""


class LineWriter:
    """Write whole lines to `fd` in the order in which they were given.

    What the client is slow to read is kept, and the event loop waits for the pipe,
    never a blocking write: other answers and the gateway go on meanwhile. Not
    asyncio's own transport: that takes a socket which is stdin and stdout at once,
    as sshd and socat make it, for closed when the first request comes.

    Args:
        fd: where to; files and terminals are written to plainly.
        on_gone: called when the client reads no more.
    """

    def __init__(self, fd: int, on_gone: Callable[[], None]) -> None:
        self._fd = fd
        self._on_gone = on_gone
        self._unwritten = bytearray()
        self._is_gone = False
        self._drained = asyncio.Event()
        self._drained.set()
        if _can_be_watched(fd):
            os.set_blocking(fd, False)

    def write(self, line: bytes) -> None:
        """Write one line; it must hold no line break."""
        if self._is_gone:
            return
        if self._unwritten:
            self._unwritten += line
            self._unwritten += b"\n"
            return
        data = b"%b\n" % line
        written = self._take(data)
        if written < len(data) and not self._is_gone:
            self._unwritten += data[written:]
            self._drained.clear()
            asyncio.get_running_loop().add_writer(self._fd, self._go_on)

    async def drain(self, limit_seconds: float) -> None:
        """Return when the client has taken all that was written, or the limit is reached."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_seconds):
                await self._drained.wait()

    def _go_on(self) -> None:
        del self._unwritten[: self._take(self._unwritten)]
        if self._is_gone or not self._unwritten:
            asyncio.get_running_loop().remove_writer(self._fd)
            self._drained.set()

    def _take(self, data: bytes | bytearray) -> int:
        """Write as much of `data` as does not block; how many bytes that were."""
        written = 0
        try:
            with memoryview(data) as view:
                while written < len(data):
                    written += os.write(self._fd, view[written:])
        except BlockingIOError:
            pass
        except OSError:  # nobody reads any more, or a disk is full
            self._is_gone = True
            self._on_gone()
        return written
