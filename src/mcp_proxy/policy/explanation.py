"""A refusal in words: which tool, for whom, why, what the gateway wants, what to do.

Pure (ours, after systems.md X17). The same facts go out as data, for programs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mcp_proxy.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.policy.model import Decision


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Who is refused, where, and whom they can ask."""

    profile: str
    account: str
    environment: str | None = None
    contact: str | None = None
    """In one line; None: the profile names nobody."""

    def who(self) -> str:
        """The identity in words: `ig-prod (account jo, environment prod)`."""
        # A profile's name is its account unless it says otherwise.
        told = [] if self.account in {self.profile, "default"} else [f"account {self.account}"]
        told += [] if self.environment is None else [f"environment {self.environment}"]
        return f"{self.profile} ({', '.join(told)})" if told else self.profile

    def facts(self) -> dict[str, str]:
        """The same for programs; what is not known is left out."""
        found = {
            "profile": self.profile,
            "account": self.account,
            "environment": self.environment,
            "contact": self.contact,
        }
        return {name: value for name, value in found.items() if value is not None}


_SETTINGS: Final[Mapping[str, str]] = {
    "deny": "deny",
    "allow": "allow",
    "read-only": "read_only",
    "unlisted": "read_only",
    "class": "classes",
    "environment": "classes",
    "argument": "classes",
    "execute": "execute",
    "strict": "strict",
    "resource": "resource",
}
"""The setting of `permissions` behind each rule; what a source withholds has none."""


def sentence(tool: str, decision: Decision, circumstances: Circumstances | None) -> str:
    """One sentence that a person can act on."""
    to_whom = f" for {circumstances.who()}" if circumstances else ""
    parts = [f"{tool} is not permitted{to_whom}: {decision.reason}"]
    if decision.needs is not None:
        parts.append(f"the gateway wants {decision.needs} for it")
    parts.append(_advice(decision.rule, circumstances.contact if circumstances else None))
    return "; ".join(filter(None, parts))


def _advice(rule: str, contact: str | None) -> str:
    setting = _SETTINGS.get(rule)
    decides = f"permissions.{setting} of the profile decides" if setting else ""
    if contact is None:
        return decides
    return f"{decides}, ask {contact}" if decides else f"ask {contact}"


def facts(tool: str, decision: Decision, circumstances: Circumstances | None) -> dict[str, object]:
    """What the sentence says, for programs."""
    found: dict[str, object] = {"tool": tool, "rule": decision.rule, "reason": decision.reason}
    known = {"class": decision.tool_class, "needs": decision.needs}
    found |= {name: value for name, value in known.items() if value is not None}
    return found | (circumstances.facts() if circumstances else {})
