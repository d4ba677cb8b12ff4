"""The rules of a policy, one function each, and the globs they are written in.

Pure (ours). A glob has `*`, `?`, `[abc]`, `[a-z]`, `[!abc]` and speaks of the whole
name. Case and compatibility forms of letters do not count: what looks like a
denied name shall be denied (peers.md behaviour 22).
"""

from __future__ import annotations

import fnmatch
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from mcp_proxy.policy.model import Decision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mcp_proxy.policy.model import Policy, Tool

    Rule = Callable[[Policy, str, Tool | None], Decision | None]
    """A rule's opinion of a tool by its real name; None: it has none."""


def matches(pattern: str, name: str) -> bool:
    """Whether the glob `pattern` matches the whole of `name`."""
    return _compiled(pattern)(_folded(name)) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Callable[[str], re.Match[str] | None]:
    return re.compile(fnmatch.translate(_folded(pattern))).match


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


def deny_rule(policy: Policy, name: str, _tool: Tool | None) -> Decision | None:
    """Refuse what the deny list names."""
    pattern = _first_match(policy.deny, name)
    if pattern is None:
        return None
    return Decision(False, "deny", f"The deny list names it: {pattern}")


def read_only_rule(policy: Policy, _name: str, tool: Tool | None) -> Decision | None:
    """Under `read_only`, permit only what the gateway marks as read-only.

    What it does not list, it does not mark (MCP, Tools: `annotations`).
    """
    if not policy.read_only:
        return None
    if tool is None:
        return Decision(
            False, "unlisted", "The gateway does not list it, so nothing says that it only reads"
        )
    if tool.is_read_only:
        return Decision(True, "read-only", "The gateway marks it as read-only")
    return Decision(False, "read-only", "The gateway does not mark it as read-only")


def allow_rule(policy: Policy, name: str, _tool: Tool | None) -> Decision | None:
    """Where there is an allow list, permit what it names and refuse the rest."""
    if policy.allow is None:
        return None
    pattern = _first_match(policy.allow, name)
    if pattern is None:
        return Decision(False, "allow", "The allow list does not name it")
    return Decision(True, "allow", f"The allow list names it: {pattern}")


def _first_match(patterns: Iterable[str], name: str) -> str | None:
    return next((pattern for pattern in patterns if matches(pattern, name)), None)
