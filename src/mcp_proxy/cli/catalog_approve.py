"""`catalog approve`: look at what has changed since it was approved, and accept it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from mcp_proxy.catalog.pins import Pins
from mcp_proxy.catalog.sheet import told
from mcp_proxy.cli.catalog_diff import seen, show_changes
from mcp_proxy.cli.output import document, printable, say
from mcp_proxy.errors import ConfigError
from mcp_proxy.login.keys import catalog_key

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from mcp_proxy.catalog.diff import Difference
    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths


def approve(
    profile: Profile, home: Paths, words: Sequence[str], options: argparse.Namespace
) -> int:
    """Show the difference, ask at a terminal, and accept; the exit code."""
    snapshot, pins = seen(profile, home), Pins(home.catalogs)
    key = catalog_key(profile, home)
    found = pins.compare(key, snapshot)
    known = {tool.name for tool in (*found.added, *found.removed)}
    known |= {one.name for one in found.changed}
    unknown = [word for word in words if word not in known]
    if unknown:
        raise ConfigError(
            f"There is nothing to approve about {unknown[0]}", hint="mcp-permit catalog approve"
        )
    if not options.json:
        _show(found)
    if not found or not (options.json or _agreed()):
        return _told(found, [], options)
    pins.approve(key, snapshot, set(words) if words else None)
    return _told(found, sorted(set(words) or known), options)


def _show(found: Difference) -> None:
    for tool in found.added:
        say(f"+ {printable(tool.name)} is new")
    for tool in found.removed:
        say(f"- {printable(tool.name)} is gone")
    for one in found.changed:
        show_changes(one)


def _agreed() -> bool:
    """Whether a person at a terminal says so; whoever calls it from a script has looked."""
    if not sys.stdin.isatty():
        return True
    sys.stderr.write("\nApprove this? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() in {"y", "yes"}


def _told(found: Difference, approved: list[str], options: argparse.Namespace) -> int:
    if options.json:
        document({"approved": approved, **told(found)})
    elif not found:
        say("Nothing has changed since it was approved.")
    elif approved:
        say(f"\nApproved: {', '.join(map(printable, approved))}")
    else:
        say("\nNothing was approved.")
    return 0
