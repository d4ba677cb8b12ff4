"""Globs: the patterns that tools and arguments are named by.

Pure (ours). A glob has `*`, `?`, `[abc]`, `[a-z]`, `[!abc]` and speaks of the whole
name. Case and compatibility forms of letters do not count: what looks like a
denied name shall be denied (peers.md behaviour 22).
"""

from __future__ import annotations

import fnmatch
import re
from functools import lru_cache
from typing import Final


def matches(pattern: str, name: str) -> bool:
    """Whether the glob `pattern` matches the whole of `name`."""
    return _globs((pattern,)).match(folded(name))


def first_match(patterns: tuple[str, ...], name: str) -> str | None:
    """The first of `patterns` that matches the whole of `name`."""
    if not patterns:
        return None
    wanted = folded(name)
    # All at once first: most names match nothing, however long the list.
    if not _globs(patterns).match(wanted):
        return None
    return next(pattern for pattern in patterns if _globs((pattern,)).match(wanted))


class Globs:
    """Some globs as one question.

    Those that are a name, or the beginning, end or middle of one, are asked without the
    backtracking of an expression: thirty of them cost a name no more than one.
    """

    __slots__ = ("_exact", "_expression", "_first", "_inside", "_last")

    def __init__(self, patterns: tuple[str, ...]) -> None:
        texts = [folded(each) for each in patterns]
        plain = [each for each in texts if _PLAIN.fullmatch(each)]
        self._exact = frozenset(each for each in plain if "*" not in each)
        self._first = tuple(each[:-1] for each in plain if _stars(each) == (False, True))
        self._last = tuple(each[1:] for each in plain if _stars(each) == (True, False))
        inside = [re.escape(each[1:-1]) for each in plain if _stars(each) == (True, True)]
        others = [fnmatch.translate(each) for each in texts if each not in plain]
        self._inside = re.compile("|".join(inside)).search if inside else _never
        self._expression = re.compile("|".join(others)).match if others else _never

    def match(self, name: str) -> bool:
        """Whether one of them matches the whole of a name, which is folded already."""
        return (
            name in self._exact
            or name.startswith(self._first)
            or name.endswith(self._last)
            or self._inside(name) is not None
            or self._expression(name) is not None
        )


def _never(_name: str) -> None:
    return None


_PLAIN: Final = re.compile(r"\*?[^*?\[]*\*?", re.DOTALL)


def _stars(pattern: str) -> tuple[bool, bool] | None:
    """Whether a star stands first, and last; None of a pattern without any."""
    return (pattern[0] == "*", pattern[-1] == "*") if "*" in pattern else None


@lru_cache(maxsize=1024)
def _globs(patterns: tuple[str, ...]) -> Globs:
    return Globs(patterns)


def folded(text: str) -> str:
    """`text` without its case and its compatibility forms."""
    if text.isascii():
        return text.lower()
    # 4 ms, for names that are rare.
    import unicodedata  # noqa: PLC0415

    # Folding undoes the normal form and the other way round, hence twice
    # (Unicode §3.13, "Default Caseless Matching", D146).
    once = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFKC", once.casefold())


def check_pattern(pattern: str) -> str | None:
    """What is wrong with a glob, as a sentence that quotes it; None: nothing.

    Refused is also what would be a glob of another dialect: read as plain
    characters it would match no tool, and so deny none.
    """
    text = folded(pattern)
    complaint = _complaint_of_signs(pattern, text) or _complaint_of_sets(text)
    # In ASCII: an invisible character shall be seen.
    return None if complaint is None else f"{pattern!a} is not a glob: {complaint}"


def _complaint_of_signs(pattern: str, text: str) -> str | None:
    if not pattern:
        return "it is empty"
    if pattern != pattern.strip() or not pattern.isprintable():
        return "it has white space at an end, or characters that do not print"
    if set(text) & set("{},"):
        return "braces and commas have no meaning here; write one pattern for each name"
    if text.startswith("!"):
        return "it cannot begin with '!'; allow and deny are lists of their own"
    return None


# The quantifiers give nothing back: a `]` that comes first is a member, as for `fnmatch`.
_SET: Final = re.compile(r"\[!?+(\]?+[^\]]*)\]")


def _complaint_of_sets(text: str) -> str | None:
    if "[" in _SET.sub("", text):
        return "a '[' has no ']'"
    ranges = (found for one in _SET.findall(text) for found in re.findall("(.)-(.)", one))
    if any(first > last for first, last in ranges):
        return "a range ends before it begins"
    return None
