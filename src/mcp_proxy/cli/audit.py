"""`mcp-permit audit`: who called what, what was decided and what came of it."""

from __future__ import annotations

import os
import time
from collections import Counter, deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

from mcp_proxy.audit.history import History
from mcp_proxy.audit.question import Question
from mcp_proxy.cli.command import Command
from mcp_proxy.cli.moment import moment
from mcp_proxy.cli.output import Row, document, facts, note, one_line, say, span, table
from mcp_proxy.cli.target import TARGET_USAGE, add_output_options, chosen
from mcp_proxy.config.overrides import is_url
from mcp_proxy.config.paths import paths
from mcp_proxy.errors import ConfigError
from mcp_proxy.policy.glob import check_pattern
from mcp_proxy.policy.model import Class

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    Line = Mapping[str, Any]

LAST = 50
"""Lines that a person is shown; a program gets all."""

_SECOND = 1000
"""Milliseconds."""

OUTCOMES = {
    "answered": "answered",
    "failed": "failed",
    "error": "answered with an error",
    "refused": "refused here",
    "refused-by-gateway": "refused by the gateway",
    "cancelled": "cancelled",
}
"""What came of a call, in words; any other word is an error of ours: no answer came."""


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target",
        nargs="?",
        metavar="PROFILE | URL",
        help="only calls under this profile, or to this gateway; without it all calls",
    )
    add_output_options(parser)
    group = parser.add_argument_group("which calls")
    group.add_argument("--account", metavar="LABEL", help="under this label of the identity")
    group.add_argument("--environment", metavar="LABEL", help="in this environment")
    group.add_argument("--tool", metavar="GLOB", help="of tools named so")
    group.add_argument(
        "--class",
        dest="tool_class",
        choices=get_args(Class),
        metavar="CLASS",
        help=f"of this class: {', '.join(get_args(Class))}",
    )
    group.add_argument(
        "--decision", choices=("allowed", "refused"), help="that the rules here allowed or refused"
    )
    group.add_argument(
        "--outcome",
        metavar="WORD",
        help=f"that came to this: {', '.join(OUTCOMES)}, or the name of an error",
    )
    group.add_argument(
        "--since", metavar="WHEN", help="not before: 90m, 2h, 3d, a date or a time in UTC"
    )
    group.add_argument("--until", metavar="WHEN", help="before this time")
    group.add_argument(
        "--last", type=int, metavar="N", help=f"only the last N; without --json {LAST}"
    )


def _audit(options: argparse.Namespace) -> int:
    home = paths(os.environ)
    question = _question(options, time.time())
    if options.last is not None and options.last < 1:
        raise ConfigError("--last must be a number above 0", key="--last")
    history = History(home.audit_file)
    last = options.last if options.last is not None or options.json else LAST
    counts: Counter[str] = Counter()
    found: deque[Line] = deque(maxlen=last)
    for line in history:
        if question.wants(line):
            counts[str(line.get("outcome"))] += 1
            found.append(line)
    if options.json:
        told = {"file": str(home.audit_file), "matched": counts.total(), "damaged": history.damaged}
        document(told | {"outcomes": dict(counts), "calls": list(found)})
        return 0
    _show(list(found), counts, str(home.audit_file))
    if history.damaged:
        lines = "line was" if history.damaged == 1 else "lines were"
        note(f"mcp-permit: {history.damaged} damaged {lines} left out")
    return 0


def _question(options: argparse.Namespace, now: float) -> Question:
    complaint = check_pattern(options.tool) if options.tool is not None else None
    if complaint is not None:
        raise ConfigError(complaint, key="--tool")
    return Question(
        profile=_profile(options),
        account=options.account,
        environment=options.environment,
        tool=options.tool,
        tool_class=options.tool_class,
        decision=options.decision,
        outcome=options.outcome,
        since=_stamp(options.since, now, "--since"),
        until=_stamp(options.until, now, "--until"),
    )


def _profile(options: argparse.Namespace) -> str | None:
    """The name that lines have; a profile that is gone has left lines all the same."""
    if options.target is None or not is_url(options.target):
        name: str | None = options.target
        return name
    return chosen(options, options.target)[0].name


def _stamp(text: str | None, now: float, option: str) -> str | None:
    """A moment as lines spell it."""
    if text is None:
        return None
    when = datetime.fromtimestamp(moment(text, now, option), UTC)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03}Z"


def _show(lines: Sequence[Line], counts: Counter[str], file: str) -> None:
    if not lines:
        say("No such call was noted")
        return
    who = {_who(line) for line in lines}
    told = [("calls", _counted(counts))]
    told += [("profile", ", ".join(who))] if len(who) == 1 else []
    if len(lines) < counts.total():
        told.append(("shown", f"the last {len(lines)}; --last {counts.total()} shows all"))
    facts([*told, ("file", file)])
    say("")
    days = {_time(line)[:10] for line in lines}
    hours = slice(11, 19) if len(days) == 1 else slice(5, 16)
    when = f"{days.pop()} UTC" if len(days) == 1 else "When (UTC)"
    headings = [when, *(["Who"] if len(who) > 1 else []), "Tool", "Class", "Came to"]
    rows = [_row(line, hours, is_named=len(who) > 1) for line in sorted(lines, key=_time)]
    table(headings, rows, wrap=True)


def _counted(counts: Counter[str]) -> str:
    known = [f"{counts[word]} {told}" for word, told in OUTCOMES.items() if counts[word]]
    others = sum(number for word, number in counts.items() if word not in OUTCOMES)
    known += [f"{others} without an answer"] if others else []
    return f"{counts.total()}: {', '.join(known)}"


def _row(line: Line, hours: slice, *, is_named: bool) -> Row:
    cells = [_time(line)[hours].replace("T", " "), *([_who(line)] if is_named else [])]
    cells += [_cell(line, "tool"), _cell(line, "class"), _came_to(line)]
    return Row(tuple(cells), is_faint=line.get("decision") == "refused")


def _time(line: Line) -> str:
    return _cell(line, "time")


def _who(line: Line) -> str:
    """The profile, and the account where that says more."""
    profile, account = _cell(line, "profile"), _cell(line, "account")
    return profile if account in {"", "default", profile} else f"{profile} as {account}"


def _cell(line: Line, name: str) -> str:
    found = line.get(name)
    return "" if found is None else one_line(str(found))


def _came_to(line: Line) -> str:
    """What came of a call, in few words."""
    outcome, code = _cell(line, "outcome"), _cell(line, "error_code")
    match outcome:
        case "answered" | "cancelled":
            return f"{outcome}, {_took(line)}"
        case "refused":
            return f"refused here: {_cell(line, 'rule')}"
        case "refused-by-gateway":
            return f"gateway: {code or 'refused'}"
        case "failed" | "error":
            return f"{outcome}: {code}" if code else outcome
    return f"no answer: {outcome}"


def _took(line: Line) -> str:
    milliseconds = line.get("duration_ms")
    if not isinstance(milliseconds, int | float):
        return "-"
    return f"{milliseconds:.0f} ms" if milliseconds < _SECOND else span(milliseconds / _SECOND)


COMMANDS = {
    "audit": Command(
        f"{TARGET_USAGE} [options]",
        "Show which calls were made or refused, of every profile or of one: what was decided, by"
        " which rule, and what came of it. Names of arguments are kept, values never.",
        _options,
        _audit,
    )
}
