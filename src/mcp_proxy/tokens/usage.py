"""When a credential was last used and what last went wrong, for `status` and for nothing else.

A readable file without a secret, written now and then: at the end of a process, once an
hour by one that goes on, after a renewal that failed. Never on the way of a call, and
what cannot be written is left out.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from mcp_proxy.errors import StoreError
from mcp_proxy.files import private_folder, read_private, remove_private, write_private
from mcp_proxy.values import asdict, dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOTE_SECONDS = 3_600.0
"""How often a process that goes on notes a use, or the same error (ours)."""
_NEAR_SECONDS = 60.0
"""Uses so near to each other are one: a script may call a thousand times a minute."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What is known; times are epoch seconds."""

    last_used_at: float | None = None
    last_error: str | None = None
    last_error_at: float | None = None


class UsageNote:
    """What is known of one credential.

    Args:
        folder: where such notes lie.
        name: which credential, as a file name.
        now: the time, in epoch seconds.
    """

    def __init__(self, folder: Path, name: str, now: Callable[[], float]) -> None:
        self._path = folder / f"{name}.json"
        self._now = now

    def read(self) -> Usage:
        """What was noted; nothing where the note is damaged."""
        try:
            found = json.loads(read_private(self._path) or b"{}")
            used_at, error = found.get("last_used_at"), found.get("last_error")
            error_at = found.get("last_error_at")
            return Usage(
                None if used_at is None else float(used_at),
                None if error is None else str(error),
                None if error_at is None else float(error_at),
            )
        except (StoreError, ValueError, TypeError, AttributeError):
            return Usage()

    def used(self, at: float) -> None:
        """Note a use."""
        before = self.read()
        noted_at = before.last_used_at
        # A note from the future was made by a clock that has been put right since.
        if noted_at is None or at >= noted_at + _NEAR_SECONDS or noted_at > self._now():
            self._write(replace(before, last_used_at=at))

    def failed(self, error: str) -> None:
        """Note one sentence about what went wrong."""
        before, now = self.read(), self._now()
        is_news = error != before.last_error or before.last_error_at is None
        if is_news or not 0 <= now - (before.last_error_at or 0.0) < NOTE_SECONDS:
            self._write(replace(before, last_error=error, last_error_at=now))

    def forget(self) -> None:
        """Take the note away, with the credential."""
        with suppress(StoreError):
            remove_private(self._path)

    def _write(self, usage: Usage) -> None:
        with suppress(StoreError):
            private_folder(private_folder(self._path.parent.parent) / self._path.parent.name)
            write_private(self._path, json.dumps(asdict(usage)).encode())
