"""What two lists of tools have between them: added, removed, changed with the words that changed.

Pure (systems.md X19, peers.md behaviour 25). A renamed tool counts as a new one: who could
call the old one was not asked about the new name.
"""

from __future__ import annotations

import difflib
import json
import re
from typing import TYPE_CHECKING, Final, Literal

from mcp_proxy.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mcp_proxy.policy.model import Tool

_WORD: Final = re.compile(r"\s+|\w+|[^\w\s]")
_ABSENT: Final = object()
LONGEST_COMPARED = 2000
"""Words of a text that are compared one by one; a longer one changed as a whole (ours)."""


@dataclass(frozen=True, slots=True)
class Span:
    """A run of words, and on which side it stands."""

    kind: Literal["same", "gone", "new"]
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One member of a tool's entry that is not what it was."""

    where: str
    """The way to it: `description`, `inputSchema.properties.id.type`."""
    before: str | None
    """As plain text for a text, as JSON for all else; None: it was not there."""
    after: str | None

    def spans(self) -> tuple[Span, ...]:
        """The words of both, in the order in which one reads them."""
        return words(self.before or "", self.after or "")


@dataclass(frozen=True, slots=True)
class Changed:
    """A tool that both lists have, and what is different about it."""

    name: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of a list, in the order of the later one."""

    added: tuple[Tool, ...]
    removed: tuple[Tool, ...]
    changed: tuple[Changed, ...]

    def __bool__(self) -> bool:
        """Whether anything did."""
        return bool(self.added or self.removed or self.changed)


def difference(before: Iterable[Tool], after: Iterable[Tool]) -> Difference:
    """What `after` has that `before` had not, the other way round, and otherwise.

    Order and spelling of the JSON text do not count: the entries are compared as values.
    """
    old = {tool.name: tool for tool in before}
    new = {tool.name: tool for tool in after}
    both = ((old[name], tool) for name, tool in new.items() if name in old)
    changed = (Changed(now.name, changes(was, now)) for was, now in both if was.raw != now.raw)
    return Difference(
        tuple(tool for name, tool in new.items() if name not in old),
        tuple(tool for name, tool in old.items() if name not in new),
        tuple(one for one in changed if one.changes),
    )


def changes(before: Tool, after: Tool) -> tuple[Change, ...]:
    """Every member in which two entries differ, the texts for people first."""
    found = _compared((), before.facts(), after.facts())
    return tuple(sorted(found, key=lambda change: change.where not in {"title", "description"}))


def words(before: str, after: str) -> tuple[Span, ...]:
    """Two texts as one, word by word: what stayed, what went, what came."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    if max(len(old), len(new)) > LONGEST_COMPARED:
        return tuple(_spans(before, after))
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    found: list[Span] = []
    for kind, start, end, from_, to in matcher.get_opcodes():
        if kind == "equal":
            found.append(Span("same", "".join(old[start:end])))
        else:
            found.extend(_spans("".join(old[start:end]), "".join(new[from_:to])))
    return tuple(found)


def _spans(gone: str, new: str) -> Iterator[Span]:
    if gone:
        yield Span("gone", gone)
    if new:
        yield Span("new", new)


def _compared(path: tuple[str, ...], before: object, after: object) -> Iterator[Change]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            inner = (*path, key)
            yield from _compared(inner, _member(before, key), _member(after, key))
    elif before != after or isinstance(before, bool) is not isinstance(after, bool):
        yield Change(".".join(path), _text(before), _text(after))


def _member(value: Mapping[str, object], key: str) -> object:
    return value.get(key, _ABSENT)


def _text(value: object) -> str | None:
    if value is _ABSENT:
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
