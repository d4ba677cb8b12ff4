"""`mcp-permit demo`: the main job, played against an embedded gateway, or a world to try."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rich.console import Console

from mcp_proxy.cli.command import Command
from mcp_proxy.demo.faults import FAULTS
from mcp_proxy.demo.stay import show
from mcp_proxy.demo.systems import SYSTEMS
from mcp_proxy.demo.tour import run_tour
from mcp_proxy.errors import ConfigError

if TYPE_CHECKING:
    import argparse

_TOUR = "integration-gateway"
"""The system of the tour."""


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "system",
        nargs="?",
        choices=list(SYSTEMS),
        metavar="SYSTEM",
        help=f"what to leave up for trying, until Ctrl-C: {', '.join(SYSTEMS)}; usually nothing,"
        " and the main job is played",
    )
    parser.add_argument(
        "--browser",
        action="store_true",
        help="sign in with your own browser instead of a scripted one",
    )
    parser.add_argument(
        "--keep",
        action="store_true",
        help="leave it up until Ctrl-C, with profiles in your own configuration: demo, demo-...",
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME",
        help=f"let it misbehave: {', '.join(sorted(FAULTS))}; {_more()}",
    )
    parser.add_argument("--verbose", action="store_true", help="say what lies behind an error")


def _more() -> str:
    own = {name: sorted(set(kind.faults) - set(FAULTS)) for name, kind in SYSTEMS.items()}
    return "; ".join(f"{name}: {', '.join(faults)}" for name, faults in own.items())


def _demo(options: argparse.Namespace) -> int:
    system, console = options.system, Console()
    kind = SYSTEMS[system or _TOUR]
    for name in options.fault:
        if name not in kind.faults:
            known = ", ".join(sorted(kind.faults))
            raise ConfigError(f"There is no fault {name} here", hint=f"Known are: {known}")
    if system is None:
        playing = run_tour(
            console, browser=options.browser, keep=options.keep, faults=options.fault
        )
    elif options.browser:
        raise ConfigError("--browser is for the tour; a system waits for you anyway")
    else:
        playing = show(console, kind, keep=options.keep, faults=options.fault)
    return asyncio.run(playing)


COMMANDS = {
    "demo": Command(
        "[SYSTEM] [options]",
        "Play the main job against an authorization server and a gateway on this machine: sign"
        " in, list, call, be refused, come back, renew, and read the catalog of a stopped gateway."
        " With a SYSTEM: leave its gateway up, and say who may come and what to try.",
        _options,
        _demo,
    )
}
