"""A note about the last sign-in that failed, for all processes.

A host starts a bridge several times over. Without the note each of them would
open a window after the first has failed, one after the other. A sign-in that ends
well and brings tokens which the gateway refuses has failed, too.
"""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING

from mcp_proxy.errors import SignInPaused
from mcp_proxy.files import private_folder, read_private, write_private
from mcp_proxy.values import asdict, dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths
    from mcp_proxy.errors import PermitError

AGAIN = "mcp-permit login"
PAUSE_SECONDS = 60.0
"""After a failure no sign-in begins unasked for so long (peers.md §8, behaviour 13)."""
LONG_PAUSE_SECONDS = 600.0
"""The same where the gateway refuses what the sign-in brought: another one cannot help
(peers.md §8, behaviour 10: one window in ten minutes of refused tokens)."""


@dataclass(frozen=True, slots=True)
class Note:
    """The last sign-in that failed."""

    failed_at: float
    pause: float
    """Seconds for which no sign-in begins unasked."""
    reason: str
    hint: str | None
    """What to do about it, where time alone does not help."""

    def advice(self, age: float) -> str:
        """What to do next, `age` seconds after the failure."""
        if self.hint is None or self.hint == AGAIN:
            return f"Try again in {max(self.pause - age, 1):.0f} s, or at once with: {AGAIN}"
        return f"{self.hint.rstrip('.')}. Then sign in: {AGAIN}"


def attempts_of(profile: Profile, home: Paths) -> Attempts:
    """The sign-ins of `profile`, by the clock on the wall."""
    return Attempts(home.state / "attempts", profile.identity, time.time)


class Attempts:
    """The sign-ins of one identity, unasked and failed.

    Args:
        folder: where notes lie.
        identity: whose sign-in.
        now: the time, in epoch seconds.
    """

    def __init__(self, folder: Path, identity: str, now: Callable[[], float]) -> None:
        name = hashlib.sha256(identity.encode()).hexdigest()[:32]
        self._path = folder / f"{name}.json"
        self._now = now

    def check(self) -> None:
        """Pass unless a sign-in failed a moment ago.

        Raises:
            SignInPaused: the same failure again.
        """
        note = self._read()
        if note is None:
            return
        age = self._now() - note.failed_at
        # A clock that was moved back makes a note look young for ever.
        if 0 <= age < note.pause:
            raise SignInPaused(f"The last sign-in failed: {note.reason}", hint=note.advice(age))

    def last(self) -> tuple[float, str] | None:
        """When the last sign-in failed and why; None if it did not."""
        note = self._read()
        return None if note is None else (note.failed_at, note.reason)

    def failed(self, error: PermitError, *, pause_seconds: float = PAUSE_SECONDS) -> None:
        """Note that it failed now."""
        private_folder(self._path.parent)
        note = Note(self._now(), pause_seconds, str(error), error.hint)
        write_private(self._path, json.dumps(asdict(note)).encode())

    def succeeded(self) -> None:
        """Forget about failures."""
        self._path.unlink(missing_ok=True)

    def _read(self) -> Note | None:
        try:
            note = json.loads(read_private(self._path) or b"null")
            hint = note.get("hint")
            return Note(
                float(note["failed_at"]),
                float(note["pause"]),
                str(note["reason"]),
                hint if isinstance(hint, str) else None,
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            # No note, or half of one: the worst that follows is one page too many.
            return None
