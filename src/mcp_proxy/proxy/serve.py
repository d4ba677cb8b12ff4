"""One profile served to a desktop client, until it hangs up.

Loads all that costs; `prologue` has given the first answer by then, if it could.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import sys
from typing import TYPE_CHECKING

from mcp_proxy.proxy.assembly import assembled
from mcp_proxy.proxy.daemons import Daemons
from mcp_proxy.proxy.stdio import LineWriter, claim_stdout, read_lines

if TYPE_CHECKING:
    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths
    from mcp_proxy.login.person import SignInPage
    from mcp_proxy.proxy.prologue import Opening

ENDING_SIGNALS = ("SIGTERM", "SIGINT", "SIGHUP")
"""By name: Windows lacks the last."""
DRAIN_SECONDS = 1.0
"""For the client to take what was written; one that hangs must not keep us."""
_STDERR = 2
_UNBLOCKED = 4096
"""Bytes that a pipe which is ready takes without blocking (POSIX, PIPE_BUF; Linux's)."""


async def serve(profile: Profile, home: Paths, opening: Opening) -> int:
    """Speak MCP on stdin and stdout; the exit code: 0, or 128 + the signal that ended it.

    Args:
        profile: the gateway, the identity, the policy.
        home: where state lies.
        opening: what the prologue has said and read.

    Raises:
        ConfigError: a secret that the profile names cannot be read, or a stream is closed.
    """
    loop = asyncio.get_running_loop()
    loop.set_default_executor(Daemons())
    end: asyncio.Future[int] = loop.create_future()
    writer = LineWriter(claim_stdout(), lambda: _end(end, 0))
    async with assembled(
        profile,
        home,
        emit=writer.write,
        on_waiting=_show_page,
        complain=_complain,
        tell=_complain,
    ) as relay:
        _end_on_signals(end)
        if opening.hello is not None:
            relay.resume(opening.hello, opening.told)
        await read_lines(relay.receive, lambda: _end(end, 0), opening.unread)
        code = await end
        if code == 0:
            await relay.finish()
    await writer.drain(DRAIN_SECONDS)
    return code


def _end(end: asyncio.Future[int], code: int) -> None:
    if not end.done():
        end.set_result(code)


def _end_on_signals(end: asyncio.Future[int]) -> None:
    loop = asyncio.get_running_loop()
    for name in ENDING_SIGNALS:
        number = getattr(signal, name, None)
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, _end, end, 128 + number)
        except NotImplementedError:
            # Windows: the loop has no signal handlers, but Python's own can wake it.
            signal.signal(
                number, lambda got, _frame: loop.call_soon_threadsafe(_end, end, 128 + got)
            )


def _show_page(page: SignInPage) -> None:
    _complain(f"a person must sign in: {page.deed}")


def _complain(sentence: str) -> None:
    line = f"mcp-permit: {sentence}\n".encode(errors="backslashreplace")[:_UNBLOCKED]
    # A client may have closed stderr, or leave it unread until the pipe is full.
    with contextlib.suppress(OSError, ValueError):
        if sys.platform == "win32" or select.select((), (_STDERR,), (), 0)[1]:
            os.write(_STDERR, line)
