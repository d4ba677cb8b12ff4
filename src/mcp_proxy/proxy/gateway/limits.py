"""How many requests are under way at once, and how long one may be without a sign of life."""

from __future__ import annotations

import asyncio
import math
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from mcp_proxy.errors import OutcomeUnknown
from mcp_proxy.net.link import CONNECTIONS
from mcp_proxy.net.slots import Slots

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

REQUESTS = CONNECTIONS - 8
"""Requests in flight at once. The connections beyond carry what must get through while
all of them wait: cancellations, a person's answers, the gateway's own stream."""


class Limits:
    """The bounds of one gateway, whichever wire a request takes.

    Args:
        patience_seconds: how long a request may stay without any sign of life.
    """

    def __init__(self, patience_seconds: float) -> None:
        self.places = Slots(REQUESTS)
        """One for each request under way."""
        self._patience = patience_seconds

    @asynccontextmanager
    async def deadline(self, at_most: float = math.inf) -> AsyncIterator[asyncio.Timeout]:
        """Wait no longer than the patience lasts, or `at_most` seconds.

        Raises:
            OutcomeUnknown: it has ended.
        """
        seconds = min(self._patience, at_most)
        try:
            async with asyncio.timeout(seconds) as limit:
                yield limit
        except TimeoutError:
            message = f"The gateway gave no sign of life for {seconds:g} s"
            raise OutcomeUnknown(message, hint="The request may still be carried out") from None

    def extend(self, limit: asyncio.Timeout) -> None:
        """There was a sign of life."""
        limit.reschedule(asyncio.get_running_loop().time() + self._patience)
