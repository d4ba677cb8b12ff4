"""The rules of a policy, one function each.

Pure (ours). A rule has an opinion of one use of a tool, or none; `decide` asks them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.policy.glob import first_match
from mcp_proxy.policy.model import Decision
from mcp_proxy.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp_proxy.policy.classes import Known
    from mcp_proxy.policy.model import Class, Policy, Tool

    Rule = Callable[["Use"], Decision | None]
    """A rule's opinion; None: it has none."""


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a tool, as the rules see it."""

    policy: Policy
    name: str
    """What the gateway calls the tool."""
    tool: Tool | None = None
    """Its entry in the gateway's list; None where it has none."""
    arguments: Mapping[str, object] | None = None
    """None: it is judged for a list."""
    known: Known | None = None
    """None where the policy has nothing to do with classes."""
    classes: tuple[Class, ...] = ()
    """What it can amount to: one class for a call, maybe several for a list."""


def deny_rule(use: Use) -> Decision | None:
    """Refuse what the deny list names."""
    pattern = first_match(use.policy.deny, use.name)
    if pattern is None:
        return None
    return Decision(False, "deny", f"The deny list names it: {pattern}")


def read_only_rule(use: Use) -> Decision | None:
    """Under `read_only`, permit only what the preset knows, or the gateway marks, as reading.

    What the gateway does not list, it does not mark (MCP, Tools: `annotations`).
    """
    if not use.policy.read_only:
        return None
    if use.known is not None and use.known.origin == "preset":
        if "read" in use.classes or "debug" in use.classes:
            return Decision(True, "read-only", "It only reads, as the preset knows")
        return Decision(False, "read-only", "It does not only read, as the preset knows")
    if use.tool is None:
        return Decision(
            False, "unlisted", "The gateway does not list it, so nothing says that it only reads"
        )
    if use.tool.is_read_only:
        return Decision(True, "read-only", "The gateway marks it as read-only")
    return Decision(False, "read-only", "The gateway does not mark it as read-only")


def class_rule(use: Use) -> Decision | None:
    """Permit only the classes that the profile or its environment permits."""
    if use.known is None:
        return None
    # Only a profile that limits anything comes here.
    from mcp_proxy.policy.limits import limits  # noqa: PLC0415

    found = limits(use.policy)
    return None if found is None else found.judge(use)


def resource_rule(use: Use) -> Decision | None:
    """Permit only what the profile grants itself on the resources that a call names."""
    if not use.policy.resource:
        return None
    from mcp_proxy.policy.resources import judge  # noqa: PLC0415 - as above

    return judge(use)


def allow_rule(use: Use) -> Decision | None:
    """Where there is an allow list, permit what it names and refuse the rest."""
    if use.policy.allow is None:
        return None
    pattern = first_match(use.policy.allow, use.name)
    if pattern is None:
        return Decision(False, "allow", "The allow list does not name it")
    return Decision(True, "allow", f"The allow list names it: {pattern}")
