"""Tools as somebody approved them, and what a gateway has made of them since.

The first list of an identity is approved by being the first: trust on first use (peers.md
behaviour 25). From then on a tool that differs, or that was not there, waits for
`mcp-permit catalog approve` where a profile says `pins = "hold"`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.catalog.diff import difference
from mcp_proxy.catalog.store import CatalogStore
from mcp_proxy.policy.model import Decision
from mcp_proxy.values import replace

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path

    from mcp_proxy.catalog.diff import Difference
    from mcp_proxy.catalog.model import Snapshot

RULE = "pins"
APPROVE = "mcp-permit catalog approve"


class Pins:
    """What was approved, one file for each cache key, below the folder of the snapshots.

    Args:
        folder: that of the snapshots.
    """

    def __init__(self, folder: Path) -> None:
        self._store = CatalogStore(folder / "approved")

    def compare(self, key_digest: str, seen: Snapshot) -> Difference:
        """What has changed since it was approved; a first list is approved.

        Raises:
            StoreError: the approved list is damaged, and was set aside; or it cannot be read
                or written. Nothing is approved then.
        """
        head = self._store.head(key_digest, seen.gateway, seen.account)
        if head is not None and head.digest == seen.digest:
            return difference((), ())
        approved = self._store.read(key_digest)
        if approved is None:
            self.approve(key_digest, seen)
            return difference((), ())
        return difference(approved.tools, seen.tools)

    def approve(self, key_digest: str, seen: Snapshot, names: Container[str] | None = None) -> None:
        """From now on the tools are what `seen` says.

        Args:
            key_digest: whose tools.
            seen: the list that a person has looked at.
            names: only the tools of these names; None: all, and those that are gone go.

        Raises:
            StoreError: it cannot be read or written.
        """
        before = None if names is None else self._store.read(key_digest)
        if before is not None and names is not None:
            new = {tool.name: tool for tool in seen.tools if tool.name in names}
            old = {tool.name: tool for tool in before.tools}
            kept = [tool for name, tool in old.items() if name not in names]
            seen = replace(seen, tools=(*kept, *new.values()))
        self._store.write(key_digest, seen)


def warnings(found: Difference) -> list[str]:
    """A sentence for each tool that is not what was approved."""
    told = [f"{one.name} has changed: {_members(one.name, found)}" for one in found.changed]
    return told + [f"{tool.name} is new" for tool in found.added]


def withheld(found: Difference) -> dict[str, Decision]:
    """What is refused until somebody approves it, by real name."""
    changed = {
        one.name: _held(f"I{_members(one.name, found)[1:]} changed since it was approved")
        for one in found.changed
    }
    return changed | {tool.name: _held("It is new") for tool in found.added}


def _held(what: str) -> Decision:
    return Decision(False, RULE, f"{what}, and nobody has approved that yet ({APPROVE})")


def _members(name: str, found: Difference) -> str:
    """Which parts of a tool differ: `its description and inputSchema`."""
    changes = next(one.changes for one in found.changed if one.name == name)
    parts = list(dict.fromkeys(change.where.partition(".")[0] for change in changes))
    *first, last = parts
    return f"its {', '.join(first)} and {last}" if first else f"its {last}"
