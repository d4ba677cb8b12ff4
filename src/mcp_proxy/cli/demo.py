"""`mcp-permit demo`: the main job, played against an embedded gateway."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rich.console import Console

from mcp_proxy.cli.command import Command
from mcp_proxy.demo.faults import settings
from mcp_proxy.demo.integration.switches import INTEGRATION_FAULTS as FAULTS
from mcp_proxy.demo.integration.switches import IntegrationFaults
from mcp_proxy.demo.tour import run_tour

if TYPE_CHECKING:
    import argparse


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--browser",
        action="store_true",
        help="sign in with your own browser instead of a scripted one",
    )
    parser.add_argument(
        "--keep",
        action="store_true",
        help="leave the gateway up until Ctrl-C, with a profile named demo to try it with",
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        choices=sorted(FAULTS),
        metavar="NAME",
        help=f"let the gateway misbehave: {', '.join(sorted(FAULTS))}",
    )
    parser.add_argument("--verbose", action="store_true", help="say what lies behind an error")


def _demo(options: argparse.Namespace) -> int:
    faults = IntegrationFaults(**settings(options.fault, FAULTS)) if options.fault else None
    return asyncio.run(
        run_tour(Console(), browser=options.browser, keep=options.keep, faults=faults)
    )


COMMANDS = {
    "demo": Command(
        "[options]",
        "Play the main job against an authorization server and a gateway on this machine: sign"
        " in, list, call, be refused, come back, renew, and read the catalog of a stopped gateway.",
        _options,
        _demo,
    )
}
