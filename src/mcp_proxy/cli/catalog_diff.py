"""`catalog diff` and `catalog history`: what became of a list of tools.

Between two profiles, two identities or two points in time.
"""

from __future__ import annotations

import sys
import time
from itertools import pairwise
from typing import TYPE_CHECKING

from mcp_proxy.catalog.diff import difference
from mcp_proxy.catalog.history import History
from mcp_proxy.catalog.sheet import told
from mcp_proxy.cli.absence import absences
from mcp_proxy.cli.moment import moment, written
from mcp_proxy.cli.output import Row, document, facts, one_line, printable, say, table
from mcp_proxy.cli.sheet import shown_tools
from mcp_proxy.cli.target import chosen
from mcp_proxy.errors import ConfigError, StoreError
from mcp_proxy.login.keys import catalog_key
from mcp_proxy.login.standing import last_snapshot

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

    from mcp_proxy.catalog.diff import Changed, Difference, Span
    from mcp_proxy.catalog.model import Snapshot
    from mcp_proxy.cli.absence import Absence
    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths
    from mcp_proxy.policy.model import Tool

_SIGNS = {"same": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}
"""In a pipe, as `git diff --word-diff` writes it."""
_STYLES = {"same": "", "gone": "red strike", "new": "green"}


def diff(profile: Profile, home: Paths, words: Sequence[str], options: argparse.Namespace) -> int:
    """Print what changed; the exit code."""
    if len(words) > 1:
        raise ConfigError("A list is compared with one other", hint="mcp-permit catalog --help")
    if words and options.since:
        raise ConfigError("Compare with another profile, or with another time")
    after, other = seen(profile, home), profile
    if words:
        other, _ = chosen(options, words[0])
        before, after = after, seen(other, home)
        names = profile.name, other.name
    else:
        before = earlier(profile, home, after, options.since)
        names = written(before.taken_at), written(after.taken_at)
    found = difference(
        shown_tools(profile, before, all_of_them=options.all),
        shown_tools(other, after, all_of_them=options.all),
    )
    reasons: dict[str, Absence] = {}
    if words:
        reasons = absences(profile, home, before, [tool.name for tool in found.added])
        reasons |= absences(other, home, after, [tool.name for tool in found.removed])
    if options.json:
        sides = {"before": _side(profile.name, before), "after": _side(other.name, after)}
        why = {"reasons": {name: one.document() for name, one in reasons.items()}} if words else {}
        document({**sides, **told(found), **why})
        return 0
    facts([("before", names[0]), ("after", names[1])])
    _show(found, {name: str(one) for name, one in reasons.items()})
    return 0


def history(
    profile: Profile, home: Paths, words: Sequence[str], options: argparse.Namespace
) -> int:
    """Print every list that differed from the one before, newest first; the exit code."""
    if words:
        raise ConfigError(f"{words[0]} names no profile", hint="mcp-permit catalog --help")
    versions = kept(profile, home)
    if not versions:
        raise _unseen(profile)
    shown = [shown_tools(profile, one, all_of_them=options.all) for one in versions]
    steps = [difference(older, newer) for newer, older in pairwise(shown)]
    found = [*steps, difference((), ())]
    if options.json:
        lists = [
            _side(profile.name, one) | told(step) for one, step in zip(versions, found, strict=True)
        ]
        document({"profile": profile.name, "gateway": profile.url, "lists": lists})
        return 0
    rows = [
        Row((
            written(one.taken_at),
            str(len(tools)),
            str(len(step.added) or ""),
            str(len(step.removed) or ""),
            str(len(step.changed) or ""),
        ))
        for one, tools, step in zip(versions, shown, found, strict=True)
    ]  # fmt: skip
    table(["Seen first", "Tools", "New", "Gone", "Changed"], rows)
    return 0


def seen(profile: Profile, home: Paths) -> Snapshot:
    """The list that was last seen.

    Raises:
        StoreError: none was.
    """
    snapshot = last_snapshot(profile, home)
    if snapshot is None:
        raise _unseen(profile)
    return snapshot


def kept(profile: Profile, home: Paths) -> list[Snapshot]:
    """The lists of former days, newest first."""
    store = History(home.catalogs)
    found = (store.read(one) for one in store.versions(catalog_key(profile, home)))
    return [one for one in found if one is not None]


def earlier(profile: Profile, home: Paths, now: Snapshot, since: str | None) -> Snapshot:
    """The list before the present one, or the one that was current then.

    Raises:
        StoreError: there is none.
        ConfigError: `since` is no time.
    """
    former = [one for one in kept(profile, home) if one.digest != now.digest]
    if since is not None:
        then = moment(since, time.time(), "--since")
        # The list of that time was seen first before it, and the next one after it.
        former = [one for one in kept(profile, home) if one.taken_at <= then]
    if not former:
        raise StoreError(
            "No earlier list was kept", hint="mcp-permit catalog history shows which there are"
        )
    return former[0]


def _unseen(profile: Profile) -> StoreError:
    return StoreError(
        f"The tools of {profile.url} have not been seen yet",
        hint=f"mcp-permit tools {profile.name}",
    )


def _side(name: str, snapshot: Snapshot) -> dict[str, object]:
    return {
        "profile": name,
        "gateway": snapshot.gateway,
        "account": snapshot.account,
        "taken_at": snapshot.taken_at,
        "digest": snapshot.digest,
        "tools": len(snapshot.tools),
    }


def _show(found: Difference, reasons: Mapping[str, str]) -> None:
    if not found:
        say("\nNothing differs.")
        return
    say("")
    rows = [_row("+", tool, reasons.get(tool.name, "new")) for tool in found.added]
    rows += [_row("-", tool, reasons.get(tool.name, "gone")) for tool in found.removed]
    rows += [Row((f"~ {printable(one.name)}", _members(one))) for one in found.changed]
    table(["Tool", "Why" if reasons else "What became of it"], rows, wrap=bool(reasons))
    for one in found.changed:
        show_changes(one)


def _row(sign: str, tool: Tool, words: str) -> Row:
    return Row((f"{sign} {printable(tool.name)}", one_line(words)))


def _members(one: Changed) -> str:
    return ", ".join(one_line(change.where) for change in one.changes)


def show_changes(one: Changed) -> None:
    """Print what changed in one tool, word by word."""
    say(f"\n{printable(one.name)}")
    for change in one.changes:
        _show_spans(f"  {one_line(change.where)}: ", change.spans())


def _show_spans(lead: str, spans: Sequence[Span]) -> None:
    if not sys.stdout.isatty():
        say(lead + "".join(_SIGNS[span.kind].format(span.text) for span in spans))
        return
    # Only a terminal pays for rich.
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    line = Text(lead)
    for span in _signed(spans):
        line.append(*span)
    Console().print(line)


def _signed(spans: Sequence[Span]) -> Iterator[tuple[str, str]]:
    """Words with their colour, and signs that tell them apart without colours."""
    for span in spans:
        text = printable(span.text)
        yield _SIGNS[span.kind].format(text), _STYLES[span.kind]
