"""The pause after a renewal that failed: longer each time, until one succeeds.

Pure: times are arguments, in seconds of any clock that does not jump.
"""

from __future__ import annotations

FIRST_SECONDS = 1.0
"""After the first failure; doubled with each further one (ours)."""
LONGEST_SECONDS = 30.0


class Pause:
    """How often it failed in a row, why, and until when nobody tries again."""

    def __init__(self) -> None:
        self._failures = 0
        self._ends_at = float("-inf")
        self._error: BaseException | None = None

    def begin(self, at: float, error: BaseException | None) -> None:
        """It failed at `at`; `error` is what callers are told until the pause ends."""
        if error is not None and error is self._error:  # told again, not failed again
            return
        self._error = error
        self._ends_at = at + min(FIRST_SECONDS * 2**self._failures, LONGEST_SECONDS)
        self._failures += 1

    def end(self) -> None:
        """It succeeded."""
        self._error = None
        self._failures = 0
        self._ends_at = float("-inf")

    def is_over(self, at: float) -> bool:
        """Whether to try again at `at`."""
        return at >= self._ends_at

    def check(self, at: float) -> None:
        """Raise the error of the last failure if the pause lasts at `at`."""
        if self._error is not None and not self.is_over(at):
            # Without the frames of those who were told before.
            raise self._error.with_traceback(None)
