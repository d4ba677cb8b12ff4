"""A terminal of some width, with a program in it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def at_terminal(
    arguments: Sequence[str],
    *,
    columns: int = 80,
    environ: Mapping[str, str] | None = None,
    then: tuple[str, Callable[[], None]] | None = None,
    typed: Sequence[tuple[str, str | Callable[[str], str]]] = (),
) -> tuple[int, str]:
    """Exit code and screen of `python ARGUMENTS` whose three streams are a terminal.

    `then` is a text to look for, and what to do once it is on the screen; `typed` are
    questions that come up one after the other, and what a person types then; it may depend
    on what is on the screen.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    plain = {name: value for name, value in os.environ.items() if name not in {"CI", "NO_COLOR"}}
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=plain | {"TERM": "xterm-256color"} | dict(environ or {}),
        start_new_session=True,
    )
    os.close(theirs)
    screen, unanswered = b"", b""
    waiting = list(typed)
    # Linux ends the reading with EIO when the last program has left the terminal.
    with contextlib.suppress(OSError):
        while chunk := os.read(ours, 1 << 16):
            screen += chunk
            unanswered += chunk
            if waiting and waiting[0][0].encode() in unanswered:
                unanswered = b""
                told = waiting.pop(0)[1]
                line = told if isinstance(told, str) else told(screen.decode())
                os.write(ours, line.encode() + b"\n")
            if then is not None and then[0].encode() in screen:
                then[1]()
                then = None
    os.close(ours)
    return process.wait(), screen.decode().replace("\r\n", "\n")


def without_escapes(screen: str) -> str:
    """What is seen: no colours, no bold."""
    return re.sub("\x1b\\[[0-9;]*m", "", screen)
