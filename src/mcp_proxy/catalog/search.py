"""Finding tools by words: all that hold every word, what fits best first.

Pure (ours). Where a word stands tells how well it fits: a tool is called by its name, and
its description may mention anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mcp_proxy.catalog.sheet import Entry

NAMED, BEGINS, WITHIN = 1000, 60, 40
"""A word that is the whole name, that begins a part of it, that stands anywhere in it."""
TITLED, TAKEN, TOLD = 25, 12, 4
"""A word of the title, of an argument's name, of the description."""
AT_START = 2
"""How many times more a word counts in a text when it begins one of its words."""

_PARTS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|\w")


def found(entries: Iterable[Entry], words: Sequence[str]) -> list[Entry]:
    """The entries that hold every word, best first; in their own order without words.

    Letters count whatever their case. A tool's name counts as it is and as clients see it.
    """
    wanted = [word.casefold() for word in words]
    scored = [(score(entry, wanted), entry) for entry in entries]
    fitting = [pair for pair in scored if pair[0] or not wanted]
    return [entry for _, entry in sorted(fitting, key=lambda pair: -pair[0])]


def score(entry: Entry, words: Sequence[str]) -> int:
    """How well an entry fits folded words, 0 where one of them is nowhere."""
    each = [_score(entry, word) for word in words]
    return sum(each) if all(each) else 0


def _score(entry: Entry, word: str) -> int:
    names = {entry.tool.name, entry.shown_as}
    inner = _names(entry)
    return (
        max(_in_name(name, word) for name in names)
        + _in_text(entry.title, word) * TITLED
        + any(word in name.casefold() for name in inner) * TAKEN
        + _in_text(entry.description, word) * TOLD
    )


def _in_name(name: str, word: str) -> int:
    folded = name.casefold()
    if folded == word:
        return NAMED
    if any(part.casefold().startswith(word) for part in _PARTS.findall(name)):
        return BEGINS
    return WITHIN if word in folded else 0


def _in_text(text: str, word: str) -> int:
    folded = text.casefold()
    if word not in folded:
        return 0
    return AT_START if re.search(rf"\b{re.escape(word)}", folded) else 1


def _names(entry: Entry) -> Iterable[str]:
    waiting = [*entry.arguments()]
    while waiting:
        one = waiting.pop()
        yield one.name
        waiting += one.members
