"""`mcp-permit tools`: what a gateway offers, what of it is surfaced, and why."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

from mcp_proxy.cli.command import Command
from mcp_proxy.cli.output import (
    Row,
    document,
    facts,
    note,
    one_line,
    printable,
    say,
    span,
    table,
)
from mcp_proxy.cli.passphrase import unlock_for
from mcp_proxy.cli.session import session
from mcp_proxy.cli.target import (
    TARGET_USAGE,
    add_gateway_options,
    add_output_options,
    chosen,
    profile_names,
    split_target,
)
from mcp_proxy.config.checks import nearest
from mcp_proxy.config.rulebook import policy_of
from mcp_proxy.errors import ConfigError, StoreError, addressing
from mcp_proxy.login.standing import last_snapshot
from mcp_proxy.policy.alias import aliases
from mcp_proxy.policy.decide import possible_classes, surfaced, unmatched_patterns
from mcp_proxy.values import dataclass

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from mcp_proxy.catalog.model import Snapshot
    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths
    from mcp_proxy.policy.model import Class, Decision, Tool


@dataclass(frozen=True, slots=True)
class Listed:
    """One tool as it is shown here."""

    tool: Tool
    shown_as: str
    """Its name for desktop clients, which may not take the gateway's."""
    decision: Decision
    classes: tuple[Class, ...]
    """All that it can amount to; empty where the profile has nothing to do with classes."""

    def mentions(self, words: Sequence[str]) -> bool:
        """Whether all words occur in its name or description, whatever their case."""
        text = f"{self.tool.name} {self.shown_as} {self.description}".casefold()
        return all(word.casefold() in text for word in words)

    @property
    def description(self) -> str:
        """What the gateway says about it; empty where it says nothing."""
        told = self.tool.facts().get("description")
        return told if isinstance(told, str) else ""

    def document(self) -> dict[str, object]:
        """The gateway's entry, and beside it what is ours."""
        ours = {
            "surfaced": self.decision.allowed,
            "rule": self.decision.rule,
            "reason": self.decision.reason,
            "shown_as": self.shown_as,
            "read_only": self.tool.is_read_only,
            "classes": list(self.classes),
            "needs": self.decision.needs,
        }
        return {**self.tool.facts(), "permit": ours}


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words",
        nargs="*",
        metavar="PROFILE | URL, TEXT",
        help="the gateway, where the first word names one;"
        " then words that a tool's name or description must contain",
    )
    add_output_options(parser)
    parser.add_argument(
        "--offline", action="store_true", help="read the last snapshot: no network, no token"
    )
    parser.add_argument("--all", action="store_true", help="hidden tools too")
    parser.add_argument("--why", action="store_true", help="the rule and the reason for each")
    add_gateway_options(parser)


def _tools(options: argparse.Namespace) -> int:
    word, words = split_target(options, options.words)
    profile, home = _meant(options, word, words)
    with addressing(profile.name):
        snapshot = _snapshot(profile, home, options)
    names, policy = aliases(tool.name for tool in snapshot.tools), policy_of(profile)
    listed = [
        Listed(tool, names[tool.name], decision, possible_classes(policy, tool.name, tool))
        for tool, decision in surfaced(policy, snapshot.tools)
    ]
    named = [one for one in listed if one.mentions(words)]
    found = [one for one in named if options.all or one.decision.allowed]
    if options.json:
        about = _about(profile, snapshot, listed, is_live=not options.offline)
        document(about | {"tools": [one.document() for one in found]})
    else:
        facts(_headline(snapshot, listed, is_live=not options.offline))
        if found:
            _show(found, why=options.why, all_of_them=options.all)
        else:
            say(f"\n{_nothing(words, len(named))}")
            if word is None and words and (near := nearest(words[0], profile_names(options))):
                note(f"mcp-permit: did you mean the profile {near}? There is none named {words[0]}")
    for pattern in unmatched_patterns(profile.permissions, snapshot.tools):
        if not options.json:
            note(f"mcp-permit: the pattern {pattern} matches no tool")
    return 0


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


def _snapshot(profile: Profile, home: Paths, options: argparse.Namespace) -> Snapshot:
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


def _about(
    profile: Profile, snapshot: Snapshot, listed: Sequence[Listed], *, is_live: bool
) -> dict[str, object]:
    return {
        "profile": profile.name,
        "gateway": snapshot.gateway,
        "account": snapshot.account,
        "server": _server(snapshot),
        "protocol_version": snapshot.protocol_version,
        "source": "gateway" if is_live else "snapshot",
        "taken_at": snapshot.taken_at,
        "age_seconds": round(time.time() - snapshot.taken_at, 3),
        "digest": snapshot.digest,
        "listed": len(listed),
        "surfaced": sum(one.decision.allowed for one in listed),
        "unmatched_patterns": list(unmatched_patterns(profile.permissions, snapshot.tools)),
    }


def _headline(
    snapshot: Snapshot, listed: Sequence[Listed], *, is_live: bool
) -> list[tuple[str, str]]:
    server = _server(snapshot)
    name = " ".join(str(server[key]) for key in ("name", "version") if key in server)
    age = span(time.time() - snapshot.taken_at)
    count = sum(one.decision.allowed for one in listed)
    return [
        ("gateway", f"{snapshot.gateway}, account {snapshot.account}"),
        ("server", one_line(f"{name or 'unnamed'}, MCP {snapshot.protocol_version}")),
        ("source", "the gateway, just now" if is_live else f"the last snapshot, {age} old"),
        ("tools", f"{count} of {len(listed)} surfaced"),
    ]


def _server(snapshot: Snapshot) -> dict[str, object]:
    """What the gateway calls itself (MCP 2025-11-25 `Implementation`)."""
    initialized = json.loads(snapshot.initialize)
    found = initialized.get("serverInfo") if isinstance(initialized, dict) else None
    return found if isinstance(found, dict) else {}


def _show(found: Sequence[Listed], *, why: bool, all_of_them: bool) -> None:
    say("")
    headings = ["Tool", *(["State"] if all_of_them else [])]
    headings += ["Class", "Rule", "Reason", "Needs"] if why else ["Access", "Description"]
    rows = [_row(one, why=why, all_of_them=all_of_them) for one in found]
    table(headings, rows, wrap=why)


def _nothing(words: Sequence[str], hidden: int) -> str:
    """Why there is nothing to show; `hidden`: how many tools --all would add."""
    wanted = " and ".join(f"'{printable(word)}'" for word in words)
    if hidden:
        what = f"tool with {wanted} in name or description" if words else "tool"
        return f"No {what} is surfaced; --all shows {hidden} hidden"
    return f"No tool's name or description contains {wanted}" if words else "There are no tools"


def _row(one: Listed, *, why: bool, all_of_them: bool) -> Row:
    allowed = one.decision.allowed
    cells = [printable(one.tool.name)]
    cells += ["surfaced" if allowed else "hidden"] if all_of_them else []
    if why:
        decision = one.decision
        cells += [_class(one), decision.rule, printable(decision.reason), decision.needs or ""]
    else:
        cells += [_class(one), one_line(one.description)]
    return Row(tuple(cells), is_faint=not allowed)


def _class(one: Listed) -> str:
    """What the tool amounts to, as far as anybody says."""
    return ", ".join(one.classes) or ("read" if one.tool.is_read_only else "any")


COMMANDS = {
    "tools": Command(
        f"{TARGET_USAGE} [TEXT ...] [options]",
        "List the tools that are surfaced, as the gateway lists them now or, offline, as it"
        " last did.",
        _options,
        _tools,
    )
}
