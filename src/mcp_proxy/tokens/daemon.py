"""Waiting for a slow deed without stopping the event loop, or the end of the program."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


async def in_daemon(deed: Callable[[], Result]) -> Result:
    """What `deed` returns or raises, done in a thread of its own.

    Unlike `asyncio.to_thread`, for deeds that may hang: no exit waits for the thread.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Result] = loop.create_future()

    def tell(say: Callable[[], None]) -> None:
        if not outcome.done():  # else whoever asked has given up
            say()

    def work() -> None:
        say: Callable[[], None]
        try:
            say = partial(outcome.set_result, deed())
        except Exception as error:  # noqa: BLE001 - handed to whoever asked
            say = partial(outcome.set_exception, error)
        with suppress(RuntimeError):  # the loop has ended: nobody waits any more
            loop.call_soon_threadsafe(tell, say)

    Thread(target=work, daemon=True).start()
    return await outcome
