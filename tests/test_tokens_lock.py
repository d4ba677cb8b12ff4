"""The lock, between tasks and between processes."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.errors import StoreError
from mcp_proxy.tokens.lock import hold, hold_blocking

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import sys
from pathlib import Path
from mcp_proxy.tokens.lock import hold_blocking
with hold_blocking(Path(sys.argv[1]), 10):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_tasks_do_not_hold_it_together(tmp_path: Path) -> None:
    """Ours. The second one is seen waiting while the first one holds."""
    story: list[str] = []

    async def scenario() -> None:
        entered, leave = asyncio.Event(), asyncio.Event()

        async def first() -> None:
            async with hold(tmp_path / "lock", 5):
                story.append("first in")
                entered.set()
                await leave.wait()
                story.append("first out")

        async def second() -> None:
            await entered.wait()
            with pytest.raises(StoreError, match=r"kept .*lock locked for 0 seconds"):
                async with hold(tmp_path / "lock", 0):
                    story.append("both in")
            leave.set()
            async with hold(tmp_path / "lock", 5):
                story.append("second in")

        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            group.create_task(first())
            group.create_task(second())

    asyncio.run(scenario())
    assert story == ["first in", "first out", "second in"]


def test_a_wait_leaves_the_event_loop_running_and_can_be_cancelled(tmp_path: Path) -> None:
    """Ours."""

    async def scenario() -> None:
        async with hold(tmp_path / "lock", 5):

            async def wait() -> None:
                async with hold(tmp_path / "lock", 60):
                    raise AssertionError

            waiter = asyncio.create_task(wait())
            # The loop turns while the waiter polls; a timeout is the cancellation.
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(waiter, 0.2)
        async with hold(tmp_path / "lock", 0):
            pass

    asyncio.run(scenario())


def test_the_lock_dies_with_its_holder(tmp_path: Path) -> None:
    """peers.md 3: within two seconds, and nothing is cleaned up by hand."""
    lock = tmp_path / "lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    with holder.stdin, holder.stdout:
        assert holder.stdout.readline() == b"held\n"

        async def scenario() -> None:
            with pytest.raises(StoreError):
                async with hold(lock, 0):
                    raise AssertionError
            holder.send_signal(signal.SIGKILL)
            async with hold(lock, 2):
                pass

        asyncio.run(scenario())
        assert holder.wait() == -signal.SIGKILL


def test_the_blocking_kind_waits_its_time_and_says_so(tmp_path: Path) -> None:
    """Ours."""
    with (
        hold_blocking(tmp_path / "lock", 1),
        pytest.raises(StoreError, match="kept") as told,
        hold_blocking(tmp_path / "lock", 0.1),
    ):
        raise AssertionError
    assert told.value.hint
    with hold_blocking(tmp_path / "lock", 0):
        pass


def test_lock_and_folder_are_private_and_stay(tmp_path: Path) -> None:
    """Ours: removing the file would let two processes hold two files of one name."""
    lock = tmp_path / "locks" / "lock"
    old = os.umask(0)
    try:
        with hold_blocking(lock, 0):
            pass
    finally:
        os.umask(old)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (lock.parent, lock)]
    assert modes == [0o700, 0o600]


def test_where_there_can_be_no_lock_it_is_told(tmp_path: Path) -> None:
    """Ours."""
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with (
        pytest.raises(StoreError, match="lock cannot be locked: ") as told,
        hold_blocking(tmp_path / "lock", 0),
    ):
        raise AssertionError
    assert told.value.hint
