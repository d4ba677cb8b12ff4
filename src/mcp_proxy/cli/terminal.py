"""Lines that a person types or pastes, read without stopping the event loop.

A terminal that edits lines cuts them: at 4,095 bytes on Linux, at 1,023 on macOS, and an
authorization response can be longer. So the editing is switched off while one is awaited.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mcp_proxy.tokens.daemon import in_daemon

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 1 << 16
_ERASE = "\x7f\b"
_END = "\x04"
"""Ctrl-D."""


async def read_line(fd: int, question: str) -> str | None:
    """The next line of the terminal `fd`, after `question`; None when there are no more."""
    if sys.platform == "win32":
        # No termios there, and no limit that matters.
        os.write(fd, question.encode())
        raw = await in_daemon(lambda: os.read(fd, _CHUNK))
        return raw.decode(errors="replace").strip() if raw else None
    with _without_editing(fd):
        os.write(fd, question.encode())
        return await _line(fd)


async def _line(fd: int) -> str | None:
    loop, text = asyncio.get_running_loop(), b""
    while b"\n" not in text:
        ready: asyncio.Future[None] = loop.create_future()
        loop.add_reader(fd, _tell, ready)
        try:
            await ready
        finally:
            loop.remove_reader(fd)
        chunk = os.read(fd, _CHUNK)
        text += chunk
        if not chunk or text.startswith(_END.encode()):
            return None
        os.write(fd, echo(chunk.decode(errors="replace")).encode())
    return edited(text.partition(b"\n")[0].decode(errors="replace"))


def _tell(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


def echo(text: str) -> str:
    """What a terminal shows of typed characters: nothing that would move the cursor elsewhere."""
    shown = {"\n": "\n", **dict.fromkeys(_ERASE, "\b \b")}
    return "".join(shown.get(one, one if one.isprintable() else "") for one in text)


def edited(text: str) -> str:
    """What is left of typed characters after those that take others back."""
    left: list[str] = []
    for character in text:
        if character in _ERASE:
            left[-1:] = []
        elif character != _END:
            left.append(character)
    return "".join(left).strip()


@contextmanager
def _without_editing(fd: int) -> Iterator[None]:
    """A terminal that hands over what comes as it comes; Ctrl-C stays what it is."""
    # Not on Windows.
    import termios  # noqa: PLC0415

    before = termios.tcgetattr(fd)
    changed = termios.tcgetattr(fd)
    # Its own echo would show Enter as ^J.
    changed[3] &= ~(termios.ICANON | termios.ECHO)
    changed[6][termios.VMIN], changed[6][termios.VTIME] = 1, 0
    termios.tcsetattr(fd, termios.TCSANOW, changed)
    try:
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSANOW, before)
