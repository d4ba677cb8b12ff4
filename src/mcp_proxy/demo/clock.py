"""The time of a world: that of the machine, or as far ahead of it as a test wants."""

from __future__ import annotations

import time


class Clock:
    """Epoch seconds on call. Tokens, keys, codes and rate limits of one world all ask here."""

    def __init__(self) -> None:
        self._ahead_seconds = 0.0

    def __call__(self) -> float:
        """What time it is in the world."""
        return time.time() + self._ahead_seconds

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        self._ahead_seconds += seconds
