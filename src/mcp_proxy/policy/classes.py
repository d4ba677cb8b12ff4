"""The class of a tool: what using it amounts to, and who says so.

Asked in this order: the preset by the tool's name; the gateway's own hints, where the
profile trusts them; the preset's name patterns; else the class is `unknown`. Pure.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from mcp_proxy.policy.glob import first_match
from mcp_proxy.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp_proxy.policy.model import Class, Policy, Tool
    from mcp_proxy.policy.preset import KnownTool, NamePattern, Need, Preset

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
    return _known(policy.preset, policy.trust_annotations, name, tool)


@lru_cache(maxsize=8192)
def _known(
    preset: Callable[[], Preset] | None,
    trusts: bool,  # noqa: FBT001 - private
    name: str,
    tool: Tool | None,
) -> Known:
    about = preset() if preset is not None else None
    patterns = [] if about is None else [each for each in about.patterns if _fits(each, name)]
    need = next((each.needs for each in patterns if each.needs), None)
    if about is not None and name in about.tools:
        return _told(about.tools[name])
    hinted = _hinted(tool) if trusts and tool is not None else None
    if hinted is not None:
        return Known((hinted,), "annotations", needs=_words(need))
    guessed: Class = next((each.tool_class for each in patterns if each.tool_class), "unknown")
    origin: Origin = "nowhere" if guessed == "unknown" else "name"
    return Known((guessed,), origin, needs=_words(need))


def _told(tool: KnownTool) -> Known:
    return Known(tool.classes, "preset", tool.argument, tool.class_of, _words(tool.needs))


def _words(need: Need | None) -> str | None:
    return None if need is None else str(need)


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


def _fits(pattern: NamePattern, name: str) -> bool:
    if first_match(pattern.names, name) is not None:
        return True
    return bool(pattern.words) and not _parts(name).isdisjoint(pattern.words)


_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@lru_cache(maxsize=256)
def _parts(name: str) -> frozenset[str]:
    """The words of a name: `remote.getHTTPPage` has remote, get, http, page.

    None of a name with other letters: what one of them looks like, nobody knows.
    """
    return frozenset(map(str.lower, _PART.findall(name))) if name.isascii() else frozenset()
