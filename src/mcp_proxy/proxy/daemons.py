"""Threads that no exit waits for.

The event loop looks up names in threads, and a lookup takes as long as it likes: where
the network is down, half a minute. The interpreter waits for the threads of asyncio's
own executor before it ends; a host does not wait that long for us.
"""

from __future__ import annotations

from concurrent.futures import Future
from concurrent.futures.thread import ThreadPoolExecutor
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")
Params = ParamSpec("Params")


class Daemons(ThreadPoolExecutor):
    """A daemon thread for each deed. In name a pool, because asyncio takes nothing else."""

    def submit(
        self, fn: Callable[Params, Result], /, *args: Params.args, **kwargs: Params.kwargs
    ) -> Future[Result]:
        """Do it in a thread; what it returns or raises."""
        outcome: Future[Result] = Future()
        deed = partial(fn, *args, **kwargs)
        Thread(target=_do, args=(deed, outcome), daemon=True).start()
        return outcome

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - the base's signature
        """Nobody waits for a deed that has not ended."""


def _do(deed: Callable[[], Result], outcome: Future[Result]) -> None:
    if not outcome.set_running_or_notify_cancel():
        return  # given up before it began
    try:
        outcome.set_result(deed())
    except BaseException as error:  # noqa: BLE001 - handed to whoever asked
        outcome.set_exception(error)
