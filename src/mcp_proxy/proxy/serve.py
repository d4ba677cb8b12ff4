"""One profile served to a desktop client, until it hangs up."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from mcp_proxy.proxy.assembly import assembled
from mcp_proxy.proxy.stdio import LineWriter, claim_stdout, read_lines

if TYPE_CHECKING:
    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths

ENDING_SIGNALS = ("SIGTERM", "SIGINT", "SIGHUP")
"""By name: Windows lacks the last."""


async def serve(profile: Profile, home: Paths) -> int:
    """Speak MCP on stdin and stdout; the exit code: 0, or 128 + the signal that ended it.

    Raises:
        ConfigError: a secret that the profile names cannot be read.
    """
    writer = LineWriter(claim_stdout())
    await writer.open()
    end: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    async with assembled(
        profile, home, emit=writer.write, on_waiting=_show_page, complain=_complain
    ) as relay:
        _end_on_signals(end)
        await read_lines(relay.receive, lambda: _end(end, 0))
        code = await end
        if code == 0:
            await relay.finish()
    await writer.drain()
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


def _show_page(url: str) -> None:
    _complain(f"a person must sign in: {url}")


def _complain(sentence: str) -> None:
    pass
