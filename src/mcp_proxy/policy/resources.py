"""What a profile grants itself on single resources, judged by the ids that a call carries.

After Stable Baseline's own grants (systems.md §4.4, SB-OLD): read < write < delete, and a
child never exceeds its parent, which `config.checks` has seen to. What lies in what, only
the gateway knows: an id that is not named here is refused, and where a call carries several,
each must grant what the call needs. Pure.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, get_args

from mcp_proxy.policy.glob import first_match, matches
from mcp_proxy.policy.model import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mcp_proxy.policy.model import Class, Decision, ResourceScope
    from mcp_proxy.policy.preset import Preset
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
    needed = _needed(use.classes)
    policy, grants = use.policy, _grants(use.policy.resource)
    if use.arguments is None:
        granted = max(policy.without_resource, grants.highest, key=LEVELS.index)
        return _judged(use, needed, granted, "any resource")
    decision = None
    for kind, found in _carried(use.arguments, policy.preset):
        decision = _judged(use, needed, grants.level(kind, found), f"{kind} {_quoted(found)}")
        if not decision.allowed:
            return decision
    if decision is None:
        return _judged(use, needed, policy.without_resource, "calls that name no resource")
    return decision


@lru_cache(maxsize=64)
def _needed(classes: tuple[Class, ...]) -> Level:
    """The least level that one of `classes` needs."""
    return min((_NEEDED.get(each, "delete") for each in classes), key=LEVELS.index)


def _judged(use: Use, needed: Level, granted: Level, where: str) -> Decision:
    allowed, reason = _told(needed, granted, where)
    return use.decision("resource", reason, allowed=allowed)


@lru_cache(maxsize=256)
def _told(needed: Level, granted: Level, where: str) -> tuple[bool, str]:
    held = f"The profile grants itself {granted if granted != 'none' else 'nothing'} on {where}"
    if LEVELS.index(granted) >= LEVELS.index(needed):
        return True, held
    return False, f"{held}, and this needs {needed}"


def _carried(
    arguments: Mapping[str, object], preset: Callable[[], Preset] | None
) -> Iterator[tuple[str, object]]:
    """Each id that arguments carry at any depth, with the kind of its resource."""
    waiting: list[object] = [arguments]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            for name, part in value.items():
                kind = _kind_of(preset, name)
                if kind is None:
                    waiting.append(part)
                elif part is not None:
                    yield from (
                        (kind, each) for each in (part if isinstance(part, list) else [part])
                    )


@lru_cache(maxsize=1024)
def _kind_of(preset: Callable[[], Preset] | None, name: str) -> str | None:
    """The kind of resource that an argument of this name carries the id of."""
    kinds = preset().resources.values() if preset is not None else ()
    return next((each.name for each in kinds if first_match(each.arguments, name)), None)


class _Grants:
    """The scopes of a profile, ready to be looked up."""

    def __init__(self, scopes: tuple[ResourceScope, ...]) -> None:
        self.scopes = scopes
        self.highest = max((each.level for each in scopes), key=LEVELS.index)
        # The first counts, should an id be there twice in two spellings.
        self._levels = {(each.kind, _canonical(each.id)): each.level for each in reversed(scopes)}
        self._patterns = [each for each in scopes if "*" in each.id]

    def level(self, kind: str, found: object) -> Level:
        """The level on one resource: its own, or that of the pattern which covers it."""
        wanted = _canonical(found)
        if wanted is None:
            return "none"
        own = self._levels.get((kind, wanted))
        if own is not None:
            return own
        covering = (
            each.level for each in self._patterns if each.kind == kind and matches(each.id, wanted)
        )
        return next(covering, "none")


_kept: list[_Grants] = []


def _grants(scopes: tuple[ResourceScope, ...]) -> _Grants:
    """The scopes of the last policy that was asked about; a process nearly always has one.

    By identity: to hash fifty scopes would cost more than to judge a call.
    """
    if not _kept or _kept[0].scopes is not scopes:
        _kept[:] = [_Grants(scopes)]
    return _kept[0]


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
