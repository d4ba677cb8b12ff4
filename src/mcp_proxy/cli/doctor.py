"""`mcp-permit doctor`: the first thing that is broken, and what to do about it."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from mcp_proxy.cli.command import Command
from mcp_proxy.cli.output import document, note, one_line, say
from mcp_proxy.cli.passphrase import unlock_for
from mcp_proxy.cli.target import (
    TARGET_USAGE,
    add_gateway_options,
    add_output_options,
    add_target,
    chosen,
)
from mcp_proxy.doctor.finding import EXIT_CODES, Finding, first_broken, skipped_after
from mcp_proxy.errors import ConfigError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

_MARKS = {"ok": "ok", "warning": "warn", "broken": "BROKEN", "skipped": "-"}
_STYLES = {"ok": "green", "warning": "yellow", "broken": "bold red", "skipped": "dim"}
_WIDTH = max(map(len, EXIT_CODES)) + 2
_MARK_WIDTH = 8


def _options(parser: argparse.ArgumentParser) -> None:
    add_target(parser)
    add_output_options(parser)
    add_gateway_options(parser)


def _doctor(options: argparse.Namespace) -> int:
    show = _silent if options.json else _printer()
    try:
        profile, home = chosen(options, options.target)
    except ConfigError as error:
        return _end(None, None, _without_profile(error, show), options)
    show(first := Finding("file", "ok", f"The profile {profile.name}, {profile.url}"))
    unlock_for(profile, home)
    # OAuth and its HTTP client are not for every command.
    from mcp_proxy.doctor.walk import walk  # noqa: PLC0415

    found = asyncio.run(walk(profile, home, os.environ, show))
    return _end(profile.name, profile.url, [first, *found], options)


def _not_looked_at(findings: Sequence[Finding]) -> int:
    broken = first_broken(findings)
    return len(findings) - 1 - findings.index(broken) if broken is not None else 0


def _without_profile(error: ConfigError, show: Callable[[Finding], None]) -> list[Finding]:
    found = Finding("file", "broken", str(error), error.hint)
    show(found)
    return [found, *skipped_after("file")]


def _end(
    name: str | None, url: str | None, findings: Sequence[Finding], options: argparse.Namespace
) -> int:
    """Say what to do first; the exit code."""
    broken = first_broken(findings)
    if options.json:
        document({
            "profile": name,
            "gateway": url,
            "healthy": broken is None,
            "broken": broken and broken.step,
            "findings": [finding.document() for finding in findings],
        })  # fmt: skip
    elif broken is None:
        say("\nEverything works.")
    else:
        if count := _not_looked_at(findings):
            say(f"{_MARKS['skipped']:<{_MARK_WIDTH}}{count} more steps stand on it")
        note(f"\nmcp-permit: {broken.step}: {one_line(broken.says)}")
        if broken.hint:
            note(f"  {one_line(broken.hint)}")
    return 0 if broken is None else EXIT_CODES[broken.step]


def _silent(_finding: Finding) -> None:
    """Nothing: the document tells all of it at the end."""


def _printer() -> Callable[[Finding], None]:
    """Prints each finding as it comes: coloured and wrapped on a terminal, plain in a pipe."""
    if not sys.stdout.isatty():
        return lambda finding: say(f"{_MARKS[finding.verdict]:<{_MARK_WIDTH}}{_told(finding)}")
    # Only a terminal pays for rich.
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console()

    def show(finding: Finding) -> None:
        line = Table.grid(padding=(0, 0))
        line.add_column(width=_MARK_WIDTH)
        line.add_column(width=_WIDTH)
        line.add_column(overflow="fold")
        mark = Text(_MARKS[finding.verdict], _STYLES[finding.verdict])
        says = Text(one_line(finding.says), "dim" if finding.verdict == "skipped" else "")
        line.add_row(mark, Text(finding.step), says)
        console.print(line)

    return show


def _told(finding: Finding) -> str:
    return f"{finding.step:<{_WIDTH}}{one_line(finding.says)}"


COMMANDS = {
    "doctor": Command(
        f"{TARGET_USAGE} [options]",
        "Walk from the configuration file to the tools, and name the first thing that is broken"
        " and what to do about it. Changes nothing.",
        _options,
        _doctor,
    )
}
