"""Which lines of the audit somebody wants to see.

Pure. Lines are the parsed objects of `audit.row`; what a line does not say does not match.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_proxy.policy.glob import matches
from mcp_proxy.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """What a line must be; None: anything."""

    profile: str | None = None
    account: str | None = None
    """The label of the identity."""
    environment: str | None = None
    tool: str | None = None
    """A glob of the tool's name at the gateway."""
    tool_class: str | None = None
    decision: str | None = None
    """`allowed` or `refused`, by the rules here."""
    outcome: str | None = None
    """A word, or the beginning of one: `refused` finds `refused-by-gateway` as well."""
    since: str | None = None
    """The first moment, as a line has it: `2026-01-31T12:00:00.000Z`. Such texts sort as times."""
    until: str | None = None
    """The moment before which."""

    def wants(self, line: Line) -> bool:
        """Whether `line` is an answer."""
        same = (
            (self.profile, "profile"),
            (self.account, "account"),
            (self.environment, "environment"),
            (self.tool_class, "class"),
            (self.decision, "decision"),
        )
        return (
            all(wanted is None or line.get(name) == wanted for wanted, name in same)
            and (self.tool is None or matches(self.tool, _text(line, "tool")))
            and (self.outcome is None or _text(line, "outcome").startswith(self.outcome))
            and (self.since is None or _text(line, "time") >= self.since)
            and (self.until is None or "" < _text(line, "time") < self.until)
        )


def _text(line: Line, name: str) -> str:
    found = line.get(name)
    return found if isinstance(found, str) else ""
