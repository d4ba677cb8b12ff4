"""Why a tool that one profile has is none of another's.

A rule of that profile hides it; or its gateway does not list it, and what it wants for it
may be known: from its own register, else from the preset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.cli.register import remembered
from mcp_proxy.config.rulebook import informed_policy_of, policy_of
from mcp_proxy.policy.classes import known
from mcp_proxy.policy.decide import decide
from mcp_proxy.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcp_proxy.catalog.model import Snapshot
    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths


@dataclass(frozen=True, slots=True)
class Absence:
    """Why one tool is missing."""

    profile: str
    """Whose list lacks it."""
    rule: str
    """Of the profile; `gateway` where that does not list it."""
    reason: str
    needs: str | None
    """What the gateway wants for it, as far as anybody told."""

    def __str__(self) -> str:
        needs = f", which wants {self.needs}" if self.needs and self.rule == "gateway" else ""
        return f"not in {self.profile}: {self.reason}{needs}"

    def document(self) -> dict[str, str | None]:
        """The same for programs."""
        return {
            "profile": self.profile,
            "rule": self.rule,
            "reason": self.reason,
            "needs": self.needs,
        }


def absences(
    profile: Profile, home: Paths, snapshot: Snapshot, names: Iterable[str]
) -> dict[str, Absence]:
    """Why `profile`, whose list is `snapshot`, does not have the tools called `names`."""
    policy, informed = policy_of(profile), informed_policy_of(profile)
    listed, register = {tool.name: tool for tool in snapshot.tools}, remembered(profile, home)
    found = {}
    for name in names:
        tool = listed.get(name)
        told = register.tool(name) if register is not None else None
        needs = told.needs() if told is not None else known(informed, name, tool).needs
        if tool is not None:
            decision = decide(policy, name, tool)
            found[name] = Absence(profile.name, decision.rule, decision.reason, needs or None)
        else:
            reason = "the gateway does not list it"
            found[name] = Absence(profile.name, "gateway", reason, needs or None)
    return found
