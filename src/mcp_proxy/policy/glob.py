"""Globs: the patterns that tools and arguments are named by.

Pure (ours). A glob has `*`, `?`, `[abc]`, `[a-z]`, `[!abc]` and speaks of the whole
name. Case and compatibility forms of letters do not count: what looks like a
denied name shall be denied (peers.md behaviour 22).
"""

from __future__ import annotations

import fnmatch
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable


def matches(pattern: str, name: str) -> bool:
    """Whether the glob `pattern` matches the whole of `name`."""
    return _compiled((pattern,))(_folded(name)) is not None


def first_match(patterns: tuple[str, ...], name: str) -> str | None:
    """The first of `patterns` that matches the whole of `name`.

    They are one regular expression, so that long lists cost a name that none of them
    matches no more than short ones.
    """
    if not patterns or _compiled(patterns)(_folded(name)) is None:
        return None
    return next(pattern for pattern in patterns if matches(pattern, name))


@lru_cache(maxsize=1024)
def _compiled(patterns: tuple[str, ...]) -> Callable[[str], re.Match[str] | None]:
    return re.compile("|".join(fnmatch.translate(_folded(each)) for each in patterns)).match


def _folded(text: str) -> str:
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
    folded = _folded(pattern)
    complaint = _complaint_of_signs(pattern, folded) or _complaint_of_sets(folded)
    # In ASCII: an invisible character shall be seen.
    return None if complaint is None else f"{pattern!a} is not a glob: {complaint}"


def _complaint_of_signs(pattern: str, folded: str) -> str | None:
    if not pattern:
        return "it is empty"
    if pattern != pattern.strip() or not pattern.isprintable():
        return "it has white space at an end, or characters that do not print"
    if set(folded) & set("{},"):
        return "braces and commas have no meaning here; write one pattern for each name"
    if folded.startswith("!"):
        return "it cannot begin with '!'; allow and deny are lists of their own"
    return None


# The quantifiers give nothing back: a `]` that comes first is a member, as for `fnmatch`.
_SET: Final = re.compile(r"\[!?+(\]?+[^\]]*)\]")


def _complaint_of_sets(folded: str) -> str | None:
    if "[" in _SET.sub("", folded):
        return "a '[' has no ']'"
    ranges = (found for one in _SET.findall(folded) for found in re.findall("(.)-(.)", one))
    if any(first > last for first, last in ranges):
        return "a range ends before it begins"
    return None
