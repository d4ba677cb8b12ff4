"""What a profile grants itself on single resources, judged by the ids that a call carries.

After Stable Baseline's own grants (systems.md §4.4, SB-OLD): read < write < delete, and a
child never exceeds its parent, which `config.checks` has seen to. What lies in what, only
the gateway knows: an id that is not named here is refused, and where a call carries several,
each must grant what the call needs. Pure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, get_args

from mcp_proxy.policy.glob import first_match, matches
from mcp_proxy.policy.model import Decision, Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mcp_proxy.policy.model import Class, Policy, ResourceScope
    from mcp_proxy.policy.preset import ResourceKind
    from mcp_proxy.policy.rules import Use

LEVELS: Final[tuple[Level, ...]] = get_args(Level)

_NEEDED: Final[Mapping[Class, Level]] = {"read": "read", "debug": "read", "write": "write"}
"""The level that a class needs; all others need the highest."""

_LONGEST: Final = 64
"""Characters of an id that are quoted."""


def judge(use: Use) -> Decision:
    """Whether a use keeps to the resources of its profile.

    For a list: whether any of them, or a call that names none, grants enough.
    """
    needed = min((_NEEDED.get(each, "delete") for each in use.classes), key=LEVELS.index)
    policy = use.policy
    if use.arguments is None:
        granted = max([policy.without_resource, *(each.level for each in policy.resource)],
                      key=LEVELS.index)  # fmt: skip
        return _decision(needed, granted, "any resource")
    decisions = [
        _decision(needed, _granted(policy, kind, found), f"{kind} {_quoted(found)}")
        for kind, found in _carried(use.arguments, _kinds(policy))
    ]
    if not decisions:
        return _decision(needed, policy.without_resource, "calls that name no resource")
    return next((each for each in decisions if not each.allowed), decisions[0])


def _decision(needed: Level, granted: Level, where: str) -> Decision:
    held = f"The profile grants itself {granted if granted != 'none' else 'nothing'} on {where}"
    if LEVELS.index(granted) >= LEVELS.index(needed):
        return Decision(True, "resource", held)
    return Decision(False, "resource", f"{held}, and this needs {needed}")


def _kinds(policy: Policy) -> Mapping[str, ResourceKind]:
    return policy.preset().resources if policy.preset is not None else {}


def _carried(
    arguments: Mapping[str, object], kinds: Mapping[str, ResourceKind]
) -> Iterator[tuple[str, object]]:
    """Each id that arguments carry at any depth, with the kind of its resource."""
    waiting: list[object] = [arguments]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            for name, part in value.items():
                kind = _kind_of(name, kinds)
                if kind is None:
                    waiting.append(part)
                elif part is not None:
                    yield from (
                        (kind, each) for each in (part if isinstance(part, list) else [part])
                    )


def _kind_of(name: str, kinds: Mapping[str, ResourceKind]) -> str | None:
    return next((each.name for each in kinds.values() if first_match(each.arguments, name)), None)


def _granted(policy: Policy, kind: str, found: object) -> Level:
    """The level on one resource: its own, or that of the pattern which covers it."""
    wanted = _canonical(found)
    if wanted is None:
        return "none"
    mine = [each for each in policy.resource if each.kind == kind]
    exact = (each.level for each in mine if _canonical(each.id) == wanted)
    covering = (each.level for each in mine if _is_pattern(each) and matches(each.id, wanted))
    return next(exact, next(covering, "none"))


def _is_pattern(scope: ResourceScope) -> bool:
    return "*" in scope.id


def _canonical(found: object) -> str | None:
    """An id as it is compared; None of what is none.

    A UUID has several spellings (RFC 9562 §4), and a denial must hold for each of them.
    """
    if isinstance(found, bool) or not isinstance(found, str | int):
        return None
    text = str(found).strip().lower()
    digits = re.sub(r"\Aurn:uuid:|[{}-]", "", text)
    return digits if re.fullmatch(r"[0-9a-f]{32}", digits) else text


def _quoted(found: object) -> str:
    return f"{str(found)[:_LONGEST]!a}"
