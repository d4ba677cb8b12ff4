"""The class of a tool: what using it amounts to, and who says so.

Asked in this order: the preset by the tool's name; the gateway's own hints, where the
profile trusts them; the preset's name patterns; else the class is `unknown`. Pure.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from mcp_proxy.policy.glob import Globs, folded
from mcp_proxy.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp_proxy.policy.model import Class, Policy, Tool
    from mcp_proxy.policy.preset import NamePattern, Preset

Origin = Literal["preset", "annotations", "name", "nowhere"]
"""Who says what class a tool has; only the first is sure."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one tool."""

    classes: tuple[Class, ...]
    """All that it can amount to."""
    origin: Origin
    argument: str | None = None
    """Whose value decides, where there are several classes."""
    class_of: Mapping[str, Class] = field(default_factory=dict)
    needs: str | None = None
    """What the gateway wants for it, in words."""

    def of_call(self, arguments: Mapping[str, object] | None) -> tuple[Class, ...]:
        """The class of a call; all classes where it is judged for a list (None)."""
        if arguments is None or self.argument is None:
            return self.classes
        value = arguments.get(self.argument)
        return (self.class_of.get(value, "unknown") if isinstance(value, str) else "unknown",)


def known(policy: Policy, name: str, tool: Tool | None) -> Known:
    """What is known of the tool of this real name; `tool` is its entry in the gateway's list."""
    found = _by_name(policy.preset, name)
    if found.origin == "preset" or not policy.trust_annotations or tool is None:
        return found
    hinted = _hinted(tool)
    return found if hinted is None else _known((hinted,), "annotations", found.needs)


@lru_cache(maxsize=8192)
def _by_name(preset: Callable[[], Preset] | None, name: str) -> Known:
    """What the preset says of a name; None: there is no preset."""
    if preset is None:
        return _known(("unknown",), "nowhere", None)
    tool = preset().tools.get(name)
    if tool is not None:
        needs = None if tool.needs is None else str(tool.needs)
        return Known(tool.classes, "preset", tool.argument, tool.class_of, needs)
    return _names(preset).guessed(name)


@lru_cache(maxsize=16)
def _names(preset: Callable[[], Preset]) -> _Names:
    return _Names(preset().patterns)


class _Names:
    """What the patterns of a preset say of names, ready to be asked."""

    def __init__(self, patterns: tuple[NamePattern, ...]) -> None:
        self._classes = _Index([each for each in patterns if each.tool_class])
        self._needs = _Index([each for each in patterns if each.needs])
        self._told = [str(each.needs) for each in patterns if each.needs]

    def guessed(self, name: str) -> Known:
        """What a name tells; the first pattern that fits decides, for class and for need."""
        text = folded(name)
        fitting, needing = self._classes.first(name, text), self._needs.first(name, text)
        classed = None if fitting is None else self._classes.patterns[fitting].tool_class
        needs = None if needing is None else self._told[needing]
        if classed is None or classed == "unknown":
            return _known(("unknown",), "nowhere", needs)
        return _known((classed,), "name", needs)


class _Index:
    """Some patterns: the words of all in one table, the globs in their order."""

    def __init__(self, patterns: list[NamePattern]) -> None:
        self.patterns = patterns
        self._globs = [(at, Globs(each.names)) for at, each in enumerate(patterns) if each.names]
        self._words: dict[str, int] = {}
        for at, each in enumerate(patterns):
            self._words.update(dict.fromkeys(each.words - self._words.keys(), at))
        self._first_words = min(self._words.values(), default=len(patterns))

    def first(self, name: str, text: str) -> int | None:
        """The place of the first pattern that fits a name, which is `text` when it is folded."""
        found = len(self.patterns)
        for at, globs in self._globs:
            if globs.match(text):
                found = at
                break
        if self._first_words < found:
            for word in _words(name, text):
                at = self._words.get(word, found)
                found = min(found, at)
        return found if found < len(self.patterns) else None


@lru_cache(maxsize=256)
def _known(classes: tuple[Class, ...], origin: Origin, needs: str | None) -> Known:
    """One value for all tools of which the same is known: a list has thousands of them."""
    return Known(classes, origin, needs=needs)


def _hinted(tool: Tool) -> Class | None:
    """The class by a gateway's hints (MCP, Tools: `ToolAnnotations`); None: they say nothing.

    What is not read-only counts as destructive unless it says that it is not.
    """
    hints = tool.annotations
    if hints.get("readOnlyHint") is True:
        return "read"
    if hints.get("destructiveHint") is False:
        return "write"
    given = hints.get("readOnlyHint") is False or hints.get("destructiveHint") is True
    return "delete" if given else None


_SIGNS: Final = {sign: " " for sign in range(128) if not chr(sign).isalpha()}
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def _words(name: str, text: str) -> list[str]:
    """The words of a tool's own name: `remote.notion.getHTTPPage` has get, http, page.

    What stands before the last dot names who offers it. None of a name with other letters:
    what one of them looks like, nobody knows.
    """
    if not name.isascii():
        return []
    # Most names have no capitals, and need no expression.
    if text == name:
        return text.rpartition(".")[2].translate(_SIGNS).split()
    return [word.lower() for word in _WORD.findall(name.rpartition(".")[2])]
