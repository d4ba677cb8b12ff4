"""Slow deeds beside the event loop."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from threading import Event, get_ident

import pytest

from mcp_proxy.tokens.daemon import in_daemon

HANGING = """
import asyncio
from threading import Event
from mcp_proxy.tokens.daemon import in_daemon

async def main():
    async with asyncio.timeout(0.1):
        await in_daemon(Event().wait)

try:
    asyncio.run(main())
except TimeoutError:
    print("gave up", flush=True)
"""


def test_a_deed_returns_from_another_thread() -> None:
    """Ours."""
    assert asyncio.run(in_daemon(get_ident)) != get_ident()


def test_a_deeds_error_comes_back() -> None:
    """Ours."""
    with pytest.raises(ZeroDivisionError):
        asyncio.run(in_daemon(lambda: 1 // 0))


@pytest.mark.parametrize("fails", [False, True])
def test_what_comes_too_late_is_dropped(fails: bool) -> None:  # noqa: FBT001 - pytest's
    """Ours: first while the loop still runs, then after its end."""

    async def scenario(late: Event, told: Event) -> None:
        def deed() -> None:
            late.wait()
            told.set()
            if fails:
                raise ZeroDivisionError

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(in_daemon(deed), 0.01)

    async def still_running() -> None:
        late, told = Event(), Event()
        await scenario(late, told)
        late.set()
        await asyncio.to_thread(told.wait)
        await in_daemon(lambda: None)

    asyncio.run(still_running())
    late, told = Event(), Event()
    asyncio.run(scenario(late, told))
    late.set()
    assert told.wait(5)


def test_no_exit_waits_for_it() -> None:
    """peers.md 11: a keyring that never answers must not keep the program alive."""
    done = subprocess.run(
        [sys.executable, "-c", HANGING], capture_output=True, text=True, timeout=30, check=True
    )
    assert (done.stdout, done.stderr) == ("gave up\n", "")
