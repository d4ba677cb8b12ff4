"""A catalog as Markdown, for a wiki or a review.

Pure. What a gateway wrote cannot end a table, a list or a code block (CommonMark 0.31).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mcp_proxy.catalog.sheet import Entry, Sheet
    from mcp_proxy.catalog.signature import Parameter

_SIGNS: Final = re.compile(r"([\\`*_{}\[\]<>()#+!|~&-])")


def markdown(sheet: Sheet, day: Callable[[float], str]) -> str:
    """The whole sheet as one document; `day` writes a time."""
    lines = [f"# {plain(sheet.profile)}", "", *_facts(sheet, day), *_changes(sheet, day)]
    for origin in sorted({entry.origin for entry in sheet.entries}):
        lines += ["", f"## {plain(origin or 'The tools of the gateway itself')}"]
        for entry in sheet.entries:
            if entry.origin == origin:
                lines += _tool(entry)
    return "\n".join(lines) + "\n"


def plain(text: str) -> str:
    """Text of one line that means nothing but itself."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """A code span that holds any text (CommonMark 0.31 §6.1)."""
    text = " ".join(text.split())
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    inner = f" {text} " if fence != "`" or not text else text
    # A bar ends a cell of a table even within code.
    return f"{fence}{inner}{fence}".replace("|", "\\|")


def _facts(sheet: Sheet, day: Callable[[float], str]) -> list[str]:
    environment = [f"- Environment: {plain(sheet.environment)}"] if sheet.environment else []
    return [
        f"- Gateway: {plain(sheet.gateway)}, account {plain(sheet.account)}",
        f"- Server: {plain(sheet.server)}, MCP {plain(sheet.protocol_version)}",
        *environment,
        f"- Tools: {sheet.surfaced} of {len(sheet.entries)} surfaced",
        f"- Taken: {day(sheet.taken_at)}, digest {sheet.digest[:12]}",
    ]


def _changes(sheet: Sheet, day: Callable[[float], str]) -> Iterable[str]:
    if sheet.since is None or sheet.changes is None:
        return
    yield from ("", f"## What changed since {day(sheet.since)}", "")
    if not sheet.changes:
        yield "Nothing."
    yield from (f"- new: {code(tool.name)}" for tool in sheet.changes.added)
    yield from (f"- gone: {code(tool.name)}" for tool in sheet.changes.removed)
    for one in sheet.changes.changed:
        where = ", ".join(plain(change.where) for change in one.changes)
        yield f"- changed: {code(one.name)} ({where})"


def _tool(entry: Entry) -> Iterable[str]:
    state = "surfaced" if entry.decision.allowed else "hidden"
    reason = plain(entry.decision.reason)
    yield from ("", f"### {plain(entry.tool.name)}", "")
    yield f"{', '.join(entry.classes)}; {state}: {reason}."
    if entry.description:
        yield from ("", plain(entry.description))
    yield from ("", code(entry.signature()))
    if members := entry.arguments():
        yield from ("", "| Argument | Type | What it is |", "|---|---|---|")
        yield from _rows(members, "")


def _rows(members: Iterable[Parameter], within: str) -> Iterable[str]:
    for one in members:
        name = f"{within}{one.name}"
        default = [] if one.default is None else [f"default {one.default}"]
        told = ". ".join(filter(None, [one.description.rstrip("."), one.limits, *default]))
        mark = "" if one.is_required else " (optional)"
        yield f"| {code(name)}{mark} | {code(one.type)} | {plain(told)} |"
        yield from _rows(one.members, f"{name}.")
