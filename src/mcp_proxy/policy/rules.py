"""The rules of a policy, one function each.

Pure (ours). A rule has an opinion of one use of a tool, or none; `decide` asks them all.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from mcp_proxy.policy.glob import first_match
from mcp_proxy.policy.model import Decision

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp_proxy.policy.classes import Known
    from mcp_proxy.policy.model import Class, Policy, Tool

    Rule = Callable[["Use"], Decision | None]
    """A rule's opinion; None: it has none."""


class Use:
    """One use of a tool, as the rules see it.

    Args:
        policy: the profile's.
        name: what the gateway calls the tool.
        tool: its entry in the gateway's list; None where it has none.
        arguments: those of the call; None: it is judged for a list.
        known: what is known of the tool; None where the policy has nothing to do with classes.
    """

    # Written out: one is made for each tool of a list and for each call.
    __slots__ = ("arguments", "classes", "known", "name", "policy", "tool")

    def __init__(
        self,
        policy: Policy,
        name: str,
        tool: Tool | None = None,
        arguments: Mapping[str, object] | None = None,
        known: Known | None = None,
    ) -> None:
        self.policy = policy
        self.name = name
        self.tool = tool
        self.arguments = arguments
        self.known = known
        self.classes: tuple[Class, ...] = () if known is None else known.of_call(arguments)
        """What it can amount to: one class for a call, maybe several for a list."""

    @property
    def is_known_to_read(self) -> bool:
        """Whether the preset names the tool, and this use of it can be one that only reads."""
        is_sure = self.known is not None and self.known.origin == "preset"
        return is_sure and ("read" in self.classes or "debug" in self.classes)

    def decision(self, rule: str, reason: str, *, allowed: bool) -> Decision:
        """A decision of `rule`, with what is known of the tool."""
        needs = None if self.known is None else self.known.needs
        only = self.classes[0] if len(self.classes) == 1 else None
        return _decision(allowed, rule, reason, needs, only)

    def permitted(self, rule: str, reason: str) -> Decision:
        """`rule` permits it."""
        return self.decision(rule, reason, allowed=True)

    def refused(self, rule: str, reason: str) -> Decision:
        """`rule` refuses it."""
        return self.decision(rule, reason, allowed=False)


# A list of thousands of tools has a dozen different decisions.
_decision = lru_cache(maxsize=1024)(Decision)


def deny_rule(use: Use) -> Decision | None:
    """Refuse what the deny list names."""
    pattern = first_match(use.policy.deny, use.name)
    if pattern is None:
        return None
    return use.refused("deny", f"The deny list names it: {pattern}")


def read_only_rule(use: Use) -> Decision | None:
    """Under `read_only`, permit only what the preset knows, or the gateway marks, as reading.

    What the gateway does not list, it does not mark (MCP, Tools: `annotations`).
    """
    if not use.policy.read_only:
        return None
    if use.known is not None and use.known.origin == "preset":
        if use.is_known_to_read:
            return use.permitted("read-only", "It only reads, as the preset knows")
        return use.refused("read-only", "It does not only read, as the preset knows")
    if use.tool is None:
        return use.refused(
            "unlisted", "The gateway does not list it, so nothing says that it only reads"
        )
    if use.tool.is_read_only:
        return use.permitted("read-only", "The gateway marks it as read-only")
    return use.refused("read-only", "The gateway does not mark it as read-only")


def class_rule(use: Use) -> Decision | None:
    """Permit only the classes that the profile or its environment permits."""
    if use.known is None:
        return None
    return _judges()[0](use)


def resource_rule(use: Use) -> Decision | None:
    """Permit only what the profile grants itself on the resources that a call names."""
    if not use.policy.resource:
        return None
    return _judges()[1](use)


@lru_cache(maxsize=1)
def _judges() -> tuple[Rule, Rule]:
    # Only a profile that limits anything pays for them, and once.
    from mcp_proxy.policy import limits, resources  # noqa: PLC0415

    return limits.judge, resources.judge


def allow_rule(use: Use) -> Decision | None:
    """Where there is an allow list, permit what it names and refuse the rest."""
    if use.policy.allow is None:
        return None
    pattern = first_match(use.policy.allow, use.name)
    if pattern is None:
        return use.refused("allow", "The allow list does not name it")
    return use.permitted("allow", f"The allow list names it: {pattern}")
