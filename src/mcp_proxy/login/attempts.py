"""A note about the last sign-in that failed, for all processes.

A host starts a bridge several times over. Without the note each of them would
open a window after the first has failed, one after the other.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from mcp_proxy.errors import AuthorizationRefused
from mcp_proxy.files import private_folder, read_private, write_private

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mcp_proxy.errors import PermitError

PAUSE_SECONDS = 60.0
"""After a failure no sign-in begins unasked for so long (peers.md §8, behaviour 13)."""


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
            AuthorizationRefused: the same failure again.
        """
        note = self._read()
        age = self._now() - note[0] if note is not None else PAUSE_SECONDS
        # A clock that was moved back makes a note look young for ever.
        if note is not None and 0 <= age < PAUSE_SECONDS:
            raise AuthorizationRefused(
                f"The last sign-in failed {age:.0f} s ago: {note[1]}",
                hint="Try again in a minute, or at once with: mcp-permit login",
            )

    def failed(self, error: PermitError) -> None:
        """Note that it failed now."""
        private_folder(self._path.parent)
        note = {"failed_at": self._now(), "reason": str(error)}
        write_private(self._path, json.dumps(note).encode())

    def succeeded(self) -> None:
        """Forget about failures."""
        self._path.unlink(missing_ok=True)

    def _read(self) -> tuple[float, str] | None:
        try:
            note = json.loads(read_private(self._path) or b"null")
            return float(note["failed_at"]), str(note["reason"])
        except (ValueError, TypeError, KeyError):
            # No note, or half of one: the worst that follows is one page too many.
            return None
