"""One process at a time, by a lock of the operating system.

The kernel frees it when its holder ends, killed or not: there is no lease to run
out, no process id to mistake and nothing to clean up. Lock files stay; an unlocked
file means nothing.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from mcp_proxy.errors import StoreError
from mcp_proxy.files import private_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from filelock import BaseFileLock

POLL_SECONDS = 0.05
"""How often a waiter asks again (ours): short beside a renewal, long beside a system call."""


@asynccontextmanager
async def hold(path: Path, timeout_seconds: float) -> AsyncIterator[None]:
    """Hold the lock `path`, waiting for it without stopping the event loop.

    A wait can be cancelled at any time.

    Raises:
        StoreError: somebody else kept the lock for `timeout_seconds`, or there are no locks.
    """
    clock = asyncio.get_running_loop().time
    end = clock() + timeout_seconds
    # In a thread because of the import inside.
    lock = await asyncio.to_thread(_os_lock, path)
    while not _taken(lock, 0):
        if clock() >= end:
            raise _kept(path, timeout_seconds)
        await asyncio.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        lock.release()


@contextmanager
def hold_blocking(path: Path, timeout_seconds: float) -> Iterator[None]:
    """`hold` for code without an event loop."""
    lock = _os_lock(path)
    if not _taken(lock, timeout_seconds):
        raise _kept(path, timeout_seconds)
    try:
        yield
    finally:
        lock.release()


def _os_lock(path: Path) -> BaseFileLock:
    # 25 ms, and only sign-ins and renewals lock.
    from filelock import FileLock  # noqa: PLC0415

    private_folder(path.parent)
    # Not thread_local: made in one thread, used in another. No soft fallback: a file that merely
    # exists would outlive a killed holder.
    return FileLock(
        path, mode=0o600, thread_local=False, fallback_to_soft=False, poll_interval=POLL_SECONDS
    )


def _taken(lock: BaseFileLock, timeout_seconds: float) -> bool:
    from filelock import Timeout  # noqa: PLC0415 - loaded already by `_os_lock`

    try:
        lock.acquire(timeout=timeout_seconds)
    except Timeout:
        return False
    except OSError as error:
        raise StoreError(
            f"{lock.lock_file} cannot be locked: {error.strerror}",
            hint="Set MCP_PERMIT_HOME to a folder of yours on a local disk",
        ) from error
    return True


def _kept(path: Path, timeout_seconds: float) -> StoreError:
    return StoreError(
        f"Another mcp-permit has kept {path} locked for {timeout_seconds:g} seconds",
        hint="Wait for its sign-in or renewal to end, or end that process",
    )
