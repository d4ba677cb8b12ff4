"""`mcp-permit catalog`: what was seen of a gateway, without asking it.

No network and no token: all of it reads what lies on disk, unless --live asks for more.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

from mcp_proxy.cli.command import Command
from mcp_proxy.cli.target import (
    TARGET_USAGE,
    add_gateway_options,
    add_output_options,
    chosen,
    split_target,
)
from mcp_proxy.cli.tools import add_class_options
from mcp_proxy.errors import ConfigError

if TYPE_CHECKING:
    import argparse

DEEDS: Final = {
    "show": ("catalog_show", "the tools as they were last listed"),
    "diff": ("catalog_diff", "what changed since the list before, or between two profiles"),
    "history": ("catalog_diff", "every list that differed from the one before"),
    "why": ("catalog_why", "what decides over one tool"),
    "perms": ("catalog_perms", "who may do what, in a matrix"),
    "export": ("catalog_export", "a page, Markdown or JSON to hand on"),
    "approve": ("catalog_approve", "accept what has changed, where pins hold it back"),
}
"""Each deed: the file it stands in, and what it is for."""


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "deed",
        nargs="?",
        choices=tuple(DEEDS),
        help="; ".join(f"{name}: {about}" for name, (_, about) in DEEDS.items()),
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="PROFILE | URL, TOOL",
        help="the gateway, where the first word names one; for diff a second one; for why and"
        " approve, tools",
    )
    add_output_options(parser)
    group = parser.add_argument_group("what of it")
    add_class_options(group)
    group.add_argument(
        "--since",
        metavar="WHEN",
        help="diff, export: compare with the list of then: 2h, 3d, a date",
    )
    group.add_argument(
        "--live",
        action="store_true",
        help="why, perms: ask the gateway now what it tells about permissions",
    )
    group.add_argument(
        "--format", choices=("html", "markdown", "json"), default="html", help="export: as what"
    )
    group.add_argument("--output", metavar="FILE", help="export: into this file instead of stdout")
    add_gateway_options(parser)


def _catalog(options: argparse.Namespace) -> int:
    if options.deed is None:
        raise ConfigError(f"Say what to do: {', '.join(DEEDS)}", hint="mcp-permit catalog --help")
    family = importlib.import_module(f"mcp_proxy.cli.{DEEDS[options.deed][0]}")
    word, words = split_target(options, options.words)
    profile, home = chosen(options, word)
    code: int = getattr(family, options.deed)(profile, home, words, options)
    return code


COMMANDS = {
    "catalog": Command(
        f"{{{' | '.join(DEEDS)}}} {TARGET_USAGE} [TOOL ...] [options]",
        "Read what was last seen of a gateway: no network and no token, but for --live.",
        _options,
        _catalog,
    )
}
