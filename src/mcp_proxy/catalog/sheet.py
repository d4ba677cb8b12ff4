"""A catalog as it is handed on: the tools with what decides over each, and what changed.

Pure. The same sheet becomes JSON for programs, Markdown for a wiki, a page for a browser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mcp_proxy.catalog.signature import Parameter, input_of, output_of, signature
from mcp_proxy.policy.origin import origin
from mcp_proxy.values import dataclass, field

if TYPE_CHECKING:
    from mcp_proxy.catalog.diff import Change, Difference
    from mcp_proxy.policy.model import Class, Decision, Tool


GRAVITY: Final = ("read", "debug", "unknown", "write", "delete", "execute", "admin")
"""Classes, the gravest last (ours)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One tool of a sheet."""

    tool: Tool
    shown_as: str
    """Its name for desktop clients, which may not take the gateway's."""
    decision: Decision
    """What the profile says."""
    environments: tuple[tuple[str, Decision], ...] = ()
    """What each environment's preset would say, by its name."""
    classes: tuple[Class, ...] = ()
    """All that its calls can amount to; empty where nobody looked."""

    @property
    def origin(self) -> str:
        """The server that offers it; empty for the gateway itself."""
        return origin(self.tool.name)

    @property
    def tool_class(self) -> Class:
        """What using it amounts to; of several, the gravest."""
        return max(self.classes or ("unknown",), key=GRAVITY.index)

    @property
    def title(self) -> str:
        """Its name for people; empty where the gateway gives none."""
        return self._told("title")

    @property
    def description(self) -> str:
        """What the gateway says about it; empty where it says nothing."""
        return self._told("description")

    def _told(self, member: str) -> str:
        found = self.tool.facts().get(member)
        return found if isinstance(found, str) else ""

    def arguments(self) -> tuple[Parameter, ...]:
        """What it takes."""
        return input_of(self.tool)

    def results(self) -> tuple[Parameter, ...]:
        """The members of its structured result, where it declares one."""
        return output_of(self.tool)

    def signature(self) -> str:
        """How one would write its call."""
        return signature(self.tool.name, self.arguments())

    def document(self) -> dict[str, object]:
        """The gateway's entry, and beside it what is ours."""
        return {**self.tool.facts(), "permit": self.ours()}

    def ours(self) -> dict[str, object]:
        """What this program knows about it, for a program."""
        return {
            "surfaced": self.decision.allowed,
            "rule": self.decision.rule,
            "reason": self.decision.reason,
            "classes": list(self.classes),
            "needs": self.decision.needs,
            "origin": self.origin,
            "shown_as": self.shown_as,
            "read_only": self.tool.is_read_only,
            **({"environments": self._allowed()} if self.environments else {}),
        }

    def _allowed(self) -> dict[str, bool]:
        return {name: decision.allowed for name, decision in self.environments}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One catalog at one time."""

    profile: str
    gateway: str
    account: str
    server: str
    """What the gateway calls itself, with its version."""
    protocol_version: str
    taken_at: float
    """Epoch seconds."""
    digest: str
    entries: tuple[Entry, ...] = field(repr=False)
    environment: str | None = None
    since: float | None = None
    """When the list was taken that `changes` compares with, epoch seconds."""
    changes: Difference | None = None

    @property
    def surfaced(self) -> int:
        """How many tools the profile lets through."""
        return sum(entry.decision.allowed for entry in self.entries)

    def document(self) -> dict[str, object]:
        """The whole sheet for a program."""
        changes = None if self.changes is None else told(self.changes)
        return {
            "profile": self.profile,
            "gateway": self.gateway,
            "account": self.account,
            "environment": self.environment,
            "server": self.server,
            "protocol_version": self.protocol_version,
            "taken_at": self.taken_at,
            "digest": self.digest,
            "listed": len(self.entries),
            "surfaced": self.surfaced,
            "since": self.since,
            "changes": changes,
            "tools": [entry.document() for entry in self.entries],
        }


def told(found: Difference) -> dict[str, object]:
    """What changed between two lists, for a program."""
    return {
        "added": [tool.name for tool in found.added],
        "removed": [tool.name for tool in found.removed],
        "changed": [
            {"name": one.name, "changes": [_change(change) for change in one.changes]}
            for one in found.changed
        ],
    }


def _change(change: Change) -> dict[str, object]:
    return {"where": change.where, "before": change.before, "after": change.after}
