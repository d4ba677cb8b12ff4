"""One decision out of all rules, for one tool or a whole list.

Pure (ours). Asked for the list that a client sees, and again for every call.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from mcp_proxy.policy.glob import first_match
from mcp_proxy.policy.rules import (
    Use,
    allow_rule,
    class_rule,
    deny_rule,
    read_only_rule,
    resource_rule,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mcp_proxy.policy.classes import Known
    from mcp_proxy.policy.model import Class, Decision, Policy, Tool
    from mcp_proxy.policy.rules import Rule

_RULES: Final[tuple[Rule, ...]] = (
    deny_rule,
    read_only_rule,
    class_rule,
    resource_rule,
    allow_rule,
)


def decide(
    policy: Policy,
    name: str,
    tool: Tool | None,
    arguments: Mapping[str, object] | None = None,
) -> Decision:
    """The first refusal if any, else the first permission, else `default`.

    Deny is asked first, then read-only, the classes, the resources, the allow list.

    Args:
        policy: the profile's.
        name: what the gateway calls the tool.
        tool: its entry in the gateway's list; None where it has none.
        arguments: those of the call; None: it is decided for a list, which shows a tool
            that some arguments permit.

    Raises:
        ConfigError: the preset cannot be read.
    """
    use = _use(policy, name, tool, arguments)
    first = None
    for rule in _RULES:
        opinion = rule(use)
        if opinion is not None and not opinion.allowed:
            return opinion
        first = first or opinion
    return first or use.permitted("default", "No rule speaks against it")


def _use(
    policy: Policy, name: str, tool: Tool | None, arguments: Mapping[str, object] | None
) -> Use:
    if not policy.has_classes:
        return Use(policy, name, tool, arguments)
    return Use(policy, name, tool, arguments, _knowledge()(policy, name, tool))


@lru_cache(maxsize=1)
def _knowledge() -> Callable[[Policy, str, Tool | None], Known]:
    # Only a profile that names a preset, or limits anything, pays for it, and once.
    from mcp_proxy.policy.classes import known  # noqa: PLC0415

    return known


def possible_classes(policy: Policy, name: str, tool: Tool | None) -> tuple[Class, ...]:
    """All that calls of a tool can amount to; empty where the policy has no classes."""
    return _use(policy, name, tool, None).classes


def is_known_to_read(
    policy: Policy, name: str, tool: Tool | None, arguments: Mapping[str, object]
) -> bool:
    """Whether the preset names the tool, and this call of it only reads."""
    return _use(policy, name, tool, arguments).is_known_to_read


def surfaced(policy: Policy, tools: Iterable[Tool]) -> list[tuple[Tool, Decision]]:
    """Every one of `tools` with its decision, in their order."""
    return [(tool, decide(policy, tool.name, tool)) for tool in tools]


def unmatched_patterns(policy: Policy, tools: Iterable[Tool]) -> tuple[str, ...]:
    """The patterns that match none of `tools`, each once: spelling mistakes, mostly."""
    names = [tool.name for tool in tools]
    patterns = dict.fromkeys([*(policy.allow or ()), *policy.deny])
    return tuple(
        pattern for pattern in patterns if not any(first_match((pattern,), name) for name in names)
    )
