"""One decision out of all rules, for one tool or a whole list.

Pure (ours). Asked for the list that a client sees, and again for every call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mcp_proxy.policy.model import Decision
from mcp_proxy.policy.rules import allow_rule, deny_rule, matches, read_only_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mcp_proxy.policy.model import Policy, Tool
    from mcp_proxy.policy.rules import Rule

_RULES: Final[tuple[Rule, ...]] = (deny_rule, read_only_rule, allow_rule)
_NO_RULE: Final = Decision(True, "default", "No rule speaks against it")


def decide(
    policy: Policy,
    name: str,
    tool: Tool | None,
    arguments: Mapping[str, object] | None = None,  # noqa: ARG001 - rules about them come next
) -> Decision:
    """The first refusal if any, else the first permission, else `default`.

    Deny is asked first, then read-only, then the allow list.

    Args:
        policy: the profile's.
        name: what the gateway calls the tool.
        tool: its entry in the gateway's list; None where it has none.
        arguments: those of the call; None: it is decided for a list.
    """
    opinions = [found for rule in _RULES if (found := rule(policy, name, tool)) is not None]
    refusals = (opinion for opinion in opinions if not opinion.allowed)
    return next(refusals, opinions[0] if opinions else _NO_RULE)


def surfaced(policy: Policy, tools: Iterable[Tool]) -> list[tuple[Tool, Decision]]:
    """Every one of `tools` with its decision, in their order."""
    return [(tool, decide(policy, tool.name, tool)) for tool in tools]


def unmatched_patterns(policy: Policy, tools: Iterable[Tool]) -> tuple[str, ...]:
    """The patterns that match none of `tools`, each once: spelling mistakes, mostly."""
    names = [tool.name for tool in tools]
    patterns = dict.fromkeys([*(policy.allow or ()), *policy.deny])
    return tuple(
        pattern for pattern in patterns if not any(matches(pattern, name) for name in names)
    )
