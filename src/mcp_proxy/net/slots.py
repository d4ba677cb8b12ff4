"""So many at once, and the others wait in their order.

What `asyncio.Semaphore` does, and one thing more: whoever does not want to wait can ask
for a place without a task of its own.
"""

from __future__ import annotations

import asyncio
from collections import deque


class Slots:
    """`count` places; each is given back by whoever took it."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: deque[asyncio.Future[None]] = deque()

    def take_now(self) -> bool:
        """Take a place if one is free and nobody waits for it; whether it was."""
        if self._waiting or not self._free:
            return False
        self._free -= 1
        return True

    async def take(self) -> None:
        """Take a place, in its turn."""
        if self.take_now():
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn in self._waiting:
                self._waiting.remove(turn)
            elif not turn.cancelled():
                self.give()  # it came in the same moment
            raise

    def give(self) -> None:
        """Give a place back; it goes to whoever waits longest."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    async def __aenter__(self) -> None:
        await self.take()

    async def __aexit__(self, *_error: object) -> None:
        self.give()
