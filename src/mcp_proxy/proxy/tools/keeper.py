"""What is done with each list that is another than the last one.

It is kept among those of former days and compared with what somebody has approved, and
the person who reads stderr is told in one line what of it is surfaced (peers.md
behaviours 25 and 26).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mcp_proxy.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mcp_proxy.catalog.diff import Difference
    from mcp_proxy.catalog.model import Snapshot
    from mcp_proxy.config.model import Profile
    from mcp_proxy.proxy.tools.view import View

SOURCE = "pins"
MOST_TOLD = 5
"""Changed tools that are named one by one."""


class Keeper:
    """Looks at the lists of one profile.

    Args:
        profile: whose `pins` say what becomes of a changed tool.
        view: what is surfaced.
        folder: that of the snapshots.
        complain: takes one sentence for the person who reads stderr.
        tell: the same, for what is no trouble; None where nobody wants to know.
    """

    def __init__(
        self,
        profile: Profile,
        view: View,
        folder: Path,
        complain: Callable[[str], None],
        tell: Callable[[str], None] | None,
    ) -> None:
        self._profile = profile
        self._view = view
        self._folder = folder
        self._complain = complain
        self._tell = tell

    def remembered(self, key_digest: str, snapshot: Snapshot) -> None:
        """A list comes from disk: what of it nobody has approved is held back all the same."""
        self._compare(key_digest, snapshot)

    def listed(self, key_digest: str, snapshot: Snapshot) -> None:
        """The gateway's list is another one than before, or the first of this process."""
        # Here, not above: nothing of it is wanted before a first answer.
        from mcp_proxy.catalog.history import History  # noqa: PLC0415

        try:
            History(self._folder).keep(key_digest, snapshot)
        except StoreError as error:
            self._complain(str(error))
        for sentence in self._compare(key_digest, snapshot):
            self._complain(f"{self._profile.name}: {sentence}")
        if self._tell is not None:
            self._tell(f"{self._profile.name}: {summary(self._view, snapshot)}")

    def _compare(self, key_digest: str, snapshot: Snapshot) -> list[str]:
        """Hold back what the profile wants held; what to say about it."""
        mode = self._profile.permissions.pins
        if mode == "off":
            return []
        from mcp_proxy.catalog.pins import Pins, warnings, withheld  # noqa: PLC0415 - as above

        try:
            found = Pins(self._folder).compare(key_digest, snapshot)
        except StoreError as error:
            return [str(error)]
        self._view.withhold(SOURCE, withheld(found) if mode == "hold" else {})
        return _sentences(warnings(found), found, mode == "hold")


def _sentences(told: list[str], found: Difference, is_held: bool) -> list[str]:  # noqa: FBT001 - private
    if not (found.added or found.changed):
        return []
    more = len(told) - MOST_TOLD
    named = "; ".join(told[:MOST_TOLD]) + (f"; and {more} more" if more > 0 else "")
    deed = "held back" if is_held else "not approved yet"
    return [f"{named} ({deed}; mcp-permit catalog approve)"]


def summary(view: View, snapshot: Snapshot) -> str:
    """How many tools are shown and hidden, and by which rules: `14 of 16 tools surfaced`."""
    decisions = [view.judge(tool.name, tool) for tool in snapshot.tools]
    rules = Counter(decision.rule for decision in decisions if not decision.allowed)
    shown = len(decisions) - rules.total()
    hidden = ", ".join(f"{count} by {rule}" for rule, count in rules.most_common())
    return f"{shown} of {len(decisions)} tools surfaced" + (f"; hidden {hidden}" if hidden else "")
