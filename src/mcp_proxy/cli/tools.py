"""`mcp-permit tools`: what a gateway offers, what of it is surfaced, and why."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, get_args

from mcp_proxy.catalog.search import found
from mcp_proxy.cli.command import Command
from mcp_proxy.cli.output import Row, document, facts, note, one_line, printable, say, span, table
from mcp_proxy.cli.passphrase import unlock_for
from mcp_proxy.cli.session import session
from mcp_proxy.cli.sheet import learnt, server_facts, sheet_of
from mcp_proxy.cli.target import (
    TARGET_USAGE,
    add_gateway_options,
    add_output_options,
    chosen,
    profile_names,
    split_target,
)
from mcp_proxy.cli.tool import show_tool
from mcp_proxy.cli.unlisted import show_unlisted, tell_who_asks, told, unlisted
from mcp_proxy.config.checks import nearest
from mcp_proxy.errors import ConfigError, StoreError, addressing
from mcp_proxy.login.standing import last_snapshot
from mcp_proxy.policy.decide import unmatched_patterns
from mcp_proxy.policy.model import Class

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from mcp_proxy.catalog.model import Snapshot
    from mcp_proxy.catalog.sheet import Entry, Sheet
    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words",
        nargs="*",
        metavar="PROFILE | URL, TEXT",
        help="the gateway, where the first word names one; then words that a tool's name, title,"
        " description or arguments must contain, or the whole name of one tool to show",
    )
    add_output_options(parser)
    parser.add_argument(
        "--offline", action="store_true", help="read the last snapshot: no network, no token"
    )
    add_class_options(parser)
    parser.add_argument("--why", action="store_true", help="the rule and the reason for each")
    add_gateway_options(parser)


def add_class_options(parser: argparse._ActionsContainer) -> None:
    """Which part of a list."""
    parser.add_argument("--all", action="store_true", help="hidden tools too")
    parser.add_argument(
        "--class",
        dest="classes",
        action="append",
        default=[],
        choices=get_args(Class),
        help="only tools that may do so: " + ", ".join(get_args(Class)),
        metavar="CLASS",
    )
    parser.add_argument(
        "--origin", metavar="SERVER", help="only tools of this server behind the gateway"
    )


def _tools(options: argparse.Namespace) -> int:
    word, words = split_target(options, options.words)
    profile, home = _meant(options, word, words)
    near = None if word or not words else nearest(words[0], profile_names(options))
    return show_list(profile, home, words, options, near)


def show_list(
    profile: Profile,
    home: Paths,
    words: Sequence[str],
    options: argparse.Namespace,
    near: str | None = None,
) -> int:
    """Print the tools that hold all `words`; the exit code.

    Args:
        profile: whose tools.
        home: where snapshots lie.
        words: what is looked for.
        options: which of them, and how.
        near: the profile that may have been meant by the first word.
    """
    with addressing(profile.name):
        snapshot = seen(profile, home, options)
        sheet = sheet_of(profile, snapshot, learnt(profile, home))
        if not options.offline:
            tell_who_asks(profile, home, snapshot, as_json=options.json)
        is_live = not options.offline
        more = unlisted(profile, home, snapshot, is_live=is_live) if options.why else ()
    wanted = [entry for entry in found(sheet.entries, words) if fits(entry, options)]
    shown = [entry for entry in wanted if options.all or entry.decision.allowed]
    unmatched = unmatched_patterns(profile.permissions, snapshot.tools)
    if options.json:
        about = _about(snapshot, sheet, is_live=not options.offline)
        tools = [entry.document() for entry in shown]
        about |= {"unlisted": told(more)} if options.why else {}
        document(about | {"unmatched_patterns": list(unmatched), "tools": tools})
        return 0
    one = _named(wanted, words)
    facts(headline(sheet, is_live=not options.offline))
    if one is not None:
        show_tool(one)
    elif shown:
        _show(shown, why=options.why, all_of_them=options.all)
    else:
        say(f"\n{_nothing(words, len(wanted))}")
        if near is not None:
            note(f"mcp-permit: did you mean the profile {near}? There is none named {words[0]}")
    show_unlisted(more)
    for pattern in unmatched:
        note(f"mcp-permit: the pattern {pattern} matches no tool")
    return 0


def fits(entry: Entry, options: argparse.Namespace) -> bool:
    """Whether an entry is of the classes and the origin that were asked for."""
    is_classed = not options.classes or not set(options.classes).isdisjoint(entry.classes)
    return is_classed and options.origin in {None, entry.origin}


def _named(entries: Sequence[Entry], words: Sequence[str]) -> Entry | None:
    """The tool whose whole name was typed, as the gateway or as clients call it."""
    if len(words) != 1:
        return None
    named = (one for one in entries if words[0] in {one.tool.name, one.shown_as})
    return next(named, None)


def _meant(
    options: argparse.Namespace, word: str | None, words: Sequence[str]
) -> tuple[Profile, Paths]:
    """The profile that is meant; where there is none, the first word may have been its name."""
    try:
        return chosen(options, word)
    except ConfigError:
        if word is not None or not words:
            raise
        return chosen(options, words[0])


def seen(profile: Profile, home: Paths, options: argparse.Namespace) -> Snapshot:
    """The list: as the gateway has it now or, with `--offline`, as it was last seen.

    Raises:
        StoreError: it was never seen.
        AuthError, GatewayError: the gateway does not give it.
    """
    if not options.offline:
        unlock_for(profile, home)
        asyncio.run(_refresh(profile, home, as_json=options.json))
    snapshot = last_snapshot(profile, home)
    if snapshot is None:
        raise StoreError(
            f"The tools of {profile.url} have not been seen yet", hint="mcp-permit tools"
        )
    return snapshot


async def _refresh(profile: Profile, home: Paths, *, as_json: bool) -> None:
    """Ask the gateway; the tap keeps what it says as the new snapshot."""
    async with session(profile, home, as_json=as_json) as tap:
        await tap.tools()


def _about(snapshot: Snapshot, sheet: Sheet, *, is_live: bool) -> dict[str, object]:
    return {
        "profile": sheet.profile,
        "gateway": snapshot.gateway,
        "account": snapshot.account,
        "environment": sheet.environment,
        "server": server_facts(snapshot),
        "protocol_version": snapshot.protocol_version,
        "source": "gateway" if is_live else "snapshot",
        "taken_at": snapshot.taken_at,
        "age_seconds": round(time.time() - snapshot.taken_at, 3),
        "digest": snapshot.digest,
        "listed": len(sheet.entries),
        "surfaced": sheet.surfaced,
    }


def headline(sheet: Sheet, *, is_live: bool) -> list[tuple[str, str]]:
    """Where a list comes from, for a person."""
    age = span(time.time() - sheet.taken_at)
    environment = [("environment", sheet.environment)] if sheet.environment else []
    return [
        ("gateway", f"{sheet.gateway}, account {sheet.account}"),
        *environment,
        ("server", one_line(f"{sheet.server}, MCP {sheet.protocol_version}")),
        ("source", "the gateway, just now" if is_live else f"the last snapshot, {age} old"),
        ("tools", f"{sheet.surfaced} of {len(sheet.entries)} surfaced"),
    ]


def _show(entries: Sequence[Entry], *, why: bool, all_of_them: bool) -> None:
    say("")
    headings = ["Tool", *(["State"] if all_of_them else [])]
    headings += ["Why"] if why else ["Class", "Description"]
    rows = [_row(one, why=why, all_of_them=all_of_them) for one in entries]
    table(headings, rows, wrap=why)


def _nothing(words: Sequence[str], hidden: int) -> str:
    """Why there is nothing to show; `hidden`: how many tools --all would add."""
    wanted = " and ".join(f"'{printable(word)}'" for word in words)
    if hidden:
        what = f"tool with {wanted}" if words else "tool"
        return f"No {what} is surfaced; --all shows {hidden} hidden"
    return (
        f"No tool has {wanted} in name, title, arguments or description"
        if words
        else ("There are no such tools")
    )


def _row(one: Entry, *, why: bool, all_of_them: bool) -> Row:
    allowed = one.decision.allowed
    cells = [printable(one.tool.name)]
    cells += ["surfaced" if allowed else "hidden"] if all_of_them else []
    classes = " or ".join(one.classes)
    if why:
        needs = f"; needs {one.decision.needs}" if one.decision.needs else ""
        cells.append(f"{one.decision.rule}: {one.decision.reason} ({classes}{needs})")
    else:
        cells += [classes, one_line(one.description or one.title)]
    return Row(tuple(cells), is_faint=not allowed)


COMMANDS = {
    "tools": Command(
        f"{TARGET_USAGE} [TEXT ...] [options]",
        "List the tools that are surfaced, best match first, as the gateway lists them now or,"
        " offline, as it last did; or show one of them.",
        _options,
        _tools,
    )
}
