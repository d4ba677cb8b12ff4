from __future__ import annotations

import asyncio
import subprocess
import sys
from threading import Event, current_thread

import pytest

from mcp_proxy.proxy.daemons import Daemons


def test_what_a_deed_returns_or_raises_comes_back() -> None:
    """Ours."""

    async def scenario() -> None:
        asyncio.get_running_loop().set_default_executor(Daemons())
        assert await asyncio.to_thread(int, "7", base=8) == 7
        with pytest.raises(ValueError, match="invalid literal"):
            await asyncio.to_thread(int, "seven")
        thread = await asyncio.to_thread(current_thread)
        assert thread.daemon

    asyncio.run(scenario())


def test_deeds_that_hang_keep_no_other_deed_waiting() -> None:
    """Ours. A pool of threads would be used up by a few lookups of a network that is down."""

    async def scenario() -> None:
        asyncio.get_running_loop().set_default_executor(Daemons())
        opened = Event()
        hanging = [asyncio.create_task(asyncio.to_thread(opened.wait)) for _ in range(100)]
        await asyncio.sleep(0)
        assert await asyncio.to_thread(int, "1") == 1
        opened.set()
        await asyncio.wait(hanging)

    asyncio.run(scenario())


HANGS = """
import asyncio, threading
from mcp_proxy.proxy.daemons import Daemons

async def main():
    asyncio.get_running_loop().set_default_executor(Daemons())
    begun = threading.Event()

    def hang():
        begun.set()
        threading.Event().wait()

    task = asyncio.create_task(asyncio.to_thread(hang))
    await asyncio.to_thread(begun.wait)

asyncio.run(main())
"""


def test_no_exit_waits_for_a_deed_that_hangs() -> None:
    """peers.md §8, behaviour 11: the end comes in every phase, that of a name lookup included."""
    subprocess.run([sys.executable, "-c", HANGS], check=True, timeout=20)
