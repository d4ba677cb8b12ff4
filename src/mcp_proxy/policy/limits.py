"""Which classes a profile permits, or its environment, and the words for it.

Pure (ours). The classes that the profile names stand in for those of the environment;
where an environment is named, the class execute wants a line of its own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from mcp_proxy.policy.model import CLASSES, Decision
from mcp_proxy.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp_proxy.policy.model import Class, Policy
    from mcp_proxy.policy.preset import Preset
    from mcp_proxy.policy.rules import Use


@dataclass(frozen=True, slots=True)
class Limits:
    """The classes that are permitted, and by whom."""

    classes: frozenset[Class]
    by: str
    """`the profile`, or the environment's label."""
    rule: Literal["class", "environment"]
    is_strict: bool
    words: str
    """The classes, listed."""
    awaits_execute: bool
    """Whether only the line `permissions.execute = true` is missing for the class execute."""

    def judge(self, use: Use) -> Decision:
        """Whether one of the classes of this use is permitted."""
        if self.classes.isdisjoint(use.classes) or _is_odd(use):
            return self._refusal(use)
        if len(use.classes) > 1:
            return use.permitted("class", self._choice(use))
        return use.permitted("class", f"{_deed(use)}, which {self.by} permits")

    def _choice(self, use: Use) -> str:
        """What of a tool with several classes may be used."""
        decides, class_of = _deciding(use)
        values = [value for value, each in class_of.items() if each in self.classes]
        return f"Its {decides} decides; {self.by} permits {_listed(values)}"

    def _refusal(self, use: Use) -> Decision:
        only = f"{self.by} permits {self.words}"
        deed = _deed(use)
        if use.classes == ("execute",) and self.awaits_execute:
            reason = f"{deed}, which {self.by} permits only with permissions.execute = true"
            return use.refused("execute", reason)
        if _is_odd(use):
            return use.refused("argument", f"{deed}; {only}")
        if use.classes == _UNKNOWN and self.is_strict:
            return use.refused("strict", f"{deed}, and the profile is strict")
        return use.refused(self.rule, f"{deed}; {only}")


def judge(use: Use) -> Decision | None:
    """Whether a use keeps to the permitted classes; None where all are permitted."""
    found = limits(use.policy)
    return None if found is None else found.judge(use)


def limits(policy: Policy) -> Limits | None:
    """What this policy permits; None where it permits every class."""
    if policy.classes is None and policy.environment is None and not policy.strict:
        return None
    return _limits(policy.preset, policy.classes, policy.environment, policy.execute, policy.strict)


@lru_cache(maxsize=256)
def _limits(
    preset: Callable[[], Preset] | None,
    classes: tuple[Class, ...] | None,
    label: str | None,
    execute: bool,  # noqa: FBT001 - private
    strict: bool,  # noqa: FBT001
) -> Limits:
    environment = preset().environment(label) if preset is not None else None
    permitted: set[Class] = set(CLASSES)
    if classes is not None:
        permitted = set(classes)
    elif environment is not None:
        permitted = set(environment.classes)
    # The one line (systems.md §2.4: nobody executes there but a service account).
    awaits_execute = label is not None and not execute
    if awaits_execute:
        permitted.discard("execute")
    elif execute:
        permitted.add("execute")
    if strict:
        permitted.discard("unknown")
    by_profile = classes is not None or label is None
    return Limits(
        frozenset(permitted),
        "the profile" if by_profile else str(label),
        "class" if by_profile else "environment",
        strict,
        _listed([each for each in CLASSES if each in permitted]),
        awaits_execute,
    )


_DEEDS: Final[Mapping[Class, str]] = {
    "read": "reads",
    "write": "writes",
    "delete": "deletes",
    "execute": "executes",
    "debug": "shows what ran",
    "admin": "administers",
}


def _deed(use: Use) -> str:
    """What this use does, as the beginning of a sentence."""
    decides, class_of = _deciding(use)
    if len(use.classes) > 1:
        return f"It {_listed([_DEEDS[each] for each in use.classes])}"
    (only,) = use.classes
    if not decides or use.arguments is None:
        return f"It {_DEEDS[only]}" if only != "unknown" else "Nothing trusted says what it does"
    value = use.arguments.get(decides)
    if only != "unknown":
        return f"With the {decides} {value} it {_DEEDS[only]}"
    if isinstance(value, str):
        return f"Its {decides} {value[:_LONGEST]!a} is not one of {_listed(list(class_of))}"
    return f"It is called without the {decides} that says what it does"


_LONGEST: Final = 40
"""Characters of a value that are quoted."""


def _is_odd(use: Use) -> bool:
    """Whether a tool that does several things is told to do none of them."""
    return use.classes == _UNKNOWN and use.known is not None and use.known.argument is not None


_UNKNOWN: Final = ("unknown",)


def _deciding(use: Use) -> tuple[str, Mapping[str, Class]]:
    """The argument that decides, empty where none does, and the class of its values."""
    if use.known is None or use.known.argument is None:
        return "", {}
    return use.known.argument, use.known.class_of


def _listed(words: list[str] | list[Class]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if not words:
        return "nothing"
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
