"""Every list of tools that differed from the one before, as it was first seen.

One file a list, beside the snapshots. Kept are the last `MOST`; a gateway that changes its
list at each request shall not fill a disk.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from mcp_proxy.catalog.store import CatalogStore
from mcp_proxy.errors import StoreError
from mcp_proxy.files import remove_private
from mcp_proxy.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from mcp_proxy.catalog.model import Snapshot

MOST: Final = 20
"""Lists of one cache key that are kept (ours)."""
_DIGITS: Final = 12
"""Of the digest in a name: enough to see that a list is the last one again."""


@dataclass(frozen=True, slots=True)
class Version:
    """One list that is kept."""

    taken_at: int
    """Epoch seconds."""
    name: str
    """Its file's, without the ending."""


class History:
    """The lists of former days, below the folder of the snapshots.

    Args:
        folder: that of the snapshots.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "history"
        self._store = CatalogStore(self._folder)

    def keep(self, key_digest: str, snapshot: Snapshot) -> None:
        """Keep a list, unless it is what was kept last.

        Raises:
            StoreError: it cannot be written.
        """
        before = self.versions(key_digest)
        ending = snapshot.digest[:_DIGITS]
        if before and before[0].name.endswith(ending):
            return
        # In whole seconds: a second list within the same one takes the next.
        newest = before[0].taken_at if before else 0
        taken_at = max(int(snapshot.taken_at), newest + 1)
        self._store.write(f"{key_digest}-{taken_at:012}-{ending}", snapshot)
        for version in before[MOST - 1 :]:
            # What cannot be removed now is tried again with the next list.
            with contextlib.suppress(StoreError):
                remove_private(self._folder / f"{version.name}.json")

    def versions(self, key_digest: str) -> tuple[Version, ...]:
        """What is kept of one cache key, newest first."""
        if not self._folder.is_dir():
            return ()
        names = sorted(path.stem for path in self._folder.glob(f"{key_digest}-*.json"))
        parts = ((name, name.split("-")) for name in reversed(names))
        return tuple(
            Version(int(found[1]), name)
            for name, found in parts
            if len(found) > 2 and found[1].isdecimal()  # noqa: PLR2004 - key, time, digest
        )

    def read(self, version: Version) -> Snapshot | None:
        """A list that is kept; None where somebody has removed it.

        Raises:
            StoreError: the file is damaged, and was set aside; or it cannot be read.
        """
        return self._store.read(version.name)
