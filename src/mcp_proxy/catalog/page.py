"""A catalog as one page for a browser: self-contained, searchable, readable without a script.

Pure. Its content security policy names the one style and the one script by their hashes,
so that no word of a gateway can become either.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mcp_proxy.catalog.diff import Changed, Span
    from mcp_proxy.catalog.sheet import Entry, Sheet
    from mcp_proxy.catalog.signature import Parameter

CLASSES: Final = ("read", "write", "delete", "execute", "debug", "admin", "unknown")
"""In the order of the buttons."""
_TAGS: Final = {"same": "span", "gone": "del", "new": "ins"}


def page(sheet: Sheet, day: Callable[[float], str], style: str, script: str) -> str:
    """The HTML document.

    Args:
        sheet: what it shows.
        day: how a time is written.
        style: the text of its style sheet.
        script: the text of its script.
    """
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = [_head(sheet, day), _changes(sheet, day), _bar(sheet), *_origins(sheet), _matrix(sheet)]
    body = "\n".join(part for part in parts if part)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(sheet.profile)}: {len(sheet.entries)} tools</title>\n"
        f"<style>{style}</style>\n</head>\n<body>\n{body}\n"
        "<footer>A snapshot shows; it never permits: the gateway judges every call again."
        f"</footer>\n<script>{script}</script>\n</body>\n</html>\n"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _head(sheet: Sheet, day: Callable[[float], str]) -> str:
    surfaced = f"{sheet.surfaced} of {len(sheet.entries)}"
    facts = [
        ("Gateway", sheet.gateway),
        ("Server", f"{sheet.server}, MCP {sheet.protocol_version}"),
        ("Account", sheet.account),
        ("Environment", sheet.environment or ""),
        ("Tools surfaced", surfaced),
        ("Taken", day(sheet.taken_at)),
        ("Digest", sheet.digest[:12]),
    ]
    rows = "".join(
        f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts if value
    )
    return f'<h1>{escape(sheet.profile)}</h1>\n<dl class="facts">{rows}</dl>'


def _bar(sheet: Sheet) -> str:
    present = {name for entry in sheet.entries for name in entry.classes}
    chips = [
        f'<button type="button" aria-pressed="false" data-class="{name}">{name}</button>'
        for name in CLASSES
        if name in present
    ]
    chips.append(
        '<button type="button" aria-pressed="false" data-surfaced="yes">surfaced only</button>'
    )
    return (
        '<div class="bar" hidden><input type="search" aria-label="Search the tools" '
        f'placeholder="Search {len(sheet.entries)} tools">{"".join(chips)}</div>\n'
        '<p id="none" class="soft" hidden>No tool fits.</p>'
    )


def _changes(sheet: Sheet, day: Callable[[float], str]) -> str:
    if sheet.since is None or sheet.changes is None:
        return ""
    heading = f"<h2>What changed <small>since {day(sheet.since)}</small></h2>"
    if not sheet.changes:
        return f'{heading}\n<p class="soft">Nothing.</p>'
    news = [f"<li>{_named('new', tool.name)} is new</li>" for tool in sheet.changes.added]
    news += [f"<li>{_named('gone', tool.name)} is gone</li>" for tool in sheet.changes.removed]
    news += map(_changed, sheet.changes.changed)
    return f'{heading}\n<ul class="news">{"".join(news)}</ul>'


def _named(kind: str, name: str) -> str:
    return f'<{_TAGS[kind]} class="mono">{escape(name)}</{_TAGS[kind]}>'


def _changed(one: Changed) -> str:
    rows = "".join(
        f'<li><span class="soft">{escape(change.where)}</span> '
        f'<span class="quiet">{"".join(map(_span, change.spans()))}</span></li>'
        for change in one.changes
    )
    return f"<li><code>{escape(one.name)}</code> has changed<ul>{rows}</ul></li>"


def _span(span: Span) -> str:
    tag = _TAGS[span.kind]
    return f"<{tag}>{escape(span.text)}</{tag}>"


def _origins(sheet: Sheet) -> Iterable[str]:
    """The tools, those of the gateway itself first, each origin's by class."""
    for origin in sorted({entry.origin for entry in sheet.entries}):
        mine = [entry for entry in sheet.entries if entry.origin == origin]
        mine.sort(key=lambda entry: CLASSES.index(entry.tool_class))
        count = f"{len(mine)} tool{'' if len(mine) == 1 else 's'}"
        name = escape(origin or "The gateway's own tools")
        yield (
            f'<section class="origin"><h2>{name} <small>{count}</small></h2>\n'
            f"{''.join(map(_tool, mine))}</section>"
        )


def _tool(entry: Entry) -> str:
    allowed = entry.decision.allowed
    badges = " ".join(_badge(name, name) for name in entry.classes)
    badges += "" if allowed else f" {_badge('hidden', 'no')}"
    mark = "yes" if allowed else "no"
    return (
        f'<details class="tool{"" if allowed else " hidden-one"}" data-surfaced="{mark}" '
        f'data-class="{" ".join(entry.classes)}"><summary>'
        f"<strong>{escape(entry.tool.name)}</strong><span>{badges}</span>"
        f'<span class="says">{escape(entry.title or entry.description)}</span></summary>\n'
        f'<div class="inner">{_inner(entry)}</div></details>\n'
    )


def _badge(text: str, kind: str) -> str:
    return f'<span class="badge {kind}">{escape(text)}</span>'


def _inner(entry: Entry) -> str:
    decision = entry.decision
    verb = "Surfaced" if decision.allowed else "Hidden"
    told = f"{verb} by the rule {decision.rule}: {decision.reason}."
    parts = [
        f"<p>{escape(entry.description)}</p>" if entry.description else "",
        f"<pre>{escape(entry.signature())}</pre>",
        _parameters("Argument", entry.arguments()),
        _parameters("Result", entry.results()),
        f'<p class="soft">{escape(told)}</p>',
        f'<p class="soft">Needs {escape(decision.needs)}.</p>' if decision.needs else "",
        f'<p class="soft">Desktop clients see it as <code>{escape(entry.shown_as)}</code>.</p>'
        if entry.shown_as != entry.tool.name
        else "",
    ]
    return "".join(parts)


def _parameters(heading: str, members: Sequence[Parameter]) -> str:
    if not members:
        return ""
    rows = "".join(_rows(members, ""))
    return (
        f'<div class="wide"><table><thead><tr><th>{heading}</th><th>Type</th><th>What it is</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _rows(members: Iterable[Parameter], within: str) -> Iterable[str]:
    for one in members:
        name = f"{within}{one.name}"
        default = [] if one.default is None else [f"default {one.default}"]
        told = ". ".join(filter(None, [one.description.rstrip("."), one.limits, *default]))
        mark = "" if one.is_required else '<span class="soft">?</span>'
        yield (
            f"<tr><td><code>{escape(name)}</code>{mark}</td><td><code>{escape(one.type)}</code></td>"
            f"<td>{escape(told)}</td></tr>"
        )
        yield from _rows(one.members, f"{name}.")


def _matrix(sheet: Sheet) -> str:
    """Which environment would permit which tool."""
    if not sheet.entries or not sheet.entries[0].environments:
        return ""
    names = [name for name, _ in sheet.entries[0].environments]
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    rows = "".join(
        f"<tr><td><code>{escape(entry.tool.name)}</code></td>"
        + "".join(_cell(decision.allowed, decision.reason) for _, decision in entry.environments)
        + "</tr>"
        for entry in sheet.entries
    )
    return (
        "<h2>What each environment permits <small>by this profile's rules</small></h2>\n"
        f'<div class="wide"><table class="matrix"><thead><tr><th>Tool</th>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _cell(allowed: bool, reason: str) -> str:  # noqa: FBT001 - a cell of two kinds
    kind, sign = ("yes", "yes") if allowed else ("no", "\N{MIDDLE DOT}")
    return f'<td class="{kind}" title="{escape(reason)}">{sign}</td>'
