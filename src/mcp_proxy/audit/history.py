"""The lines of the audit read again, the oldest first, over all files that are left.

No lock: who reads holds up nobody who writes. A file that is put aside while the others are
opened is met a second time under its new name, and known by its inode.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from mcp_proxy.audit.log import rotated
from mcp_proxy.files import open_private

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO


class History:
    """What was written at `path`, and before that."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.damaged = 0
        """Lines that were no JSON objects, as far as has been read."""

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        """Each line, parsed; what is damaged is counted and left out.

        Raises:
            StoreError: a file is a symbolic link or somebody else's, or cannot be read.
        """
        for file in self._opened():
            with file:
                for raw in file:
                    line = _parsed(raw)
                    if line is None:
                        self.damaged += bool(raw.strip())
                    else:
                        yield line

    def _opened(self) -> list[BinaryIO]:
        """All files, the oldest first."""
        found: dict[tuple[int, int], BinaryIO] = {}
        # From the newest on, as they only ever become older.
        for place in (self._path, *rotated(self._path)):
            file = open_private(place)
            if file is not None:
                facts = os.fstat(file.fileno())
                if found.setdefault((facts.st_dev, facts.st_ino), file) is not file:
                    file.close()
        return list(reversed(found.values()))


def _parsed(raw: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
