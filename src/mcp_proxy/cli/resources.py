"""`mcp-permit resources`: what a gateway offers to read, and reading it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from mcp_proxy.cli.command import Command
from mcp_proxy.cli.listing import listed, show_list
from mcp_proxy.cli.passphrase import unlock_for
from mcp_proxy.cli.session import session
from mcp_proxy.cli.showing import add_showing_options, show_answer
from mcp_proxy.cli.target import (
    TARGET_USAGE,
    add_gateway_options,
    add_output_options,
    chosen,
    split_target,
)
from mcp_proxy.errors import ConfigError
from mcp_proxy.wire import mcp

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words",
        nargs="*",
        metavar="PROFILE | URL, URI",
        help="the gateway, where the first word names one; then the address of one resource to"
        " read, without which all are listed",
    )
    add_output_options(parser)
    add_showing_options(parser)
    add_gateway_options(parser)


def _resources(options: argparse.Namespace) -> int:
    word, words = split_target(options, options.words)
    if len(words) > 1:
        raise ConfigError("Name one resource at a time", hint="mcp-permit resources --help")
    profile, home = chosen(options, word)
    unlock_for(profile, home)
    if words:
        answer = asyncio.run(_read(profile, home, words[0], as_json=options.json))
        stem = words[0].rstrip("/").rpartition("/")[2]
        return show_answer(answer, stem, options)
    found, templates = asyncio.run(_list(profile, home, as_json=options.json))
    document = {"resources": found, "resourceTemplates": templates}
    rows = [*map(_row, found), *map(_row, templates)]
    return show_list(profile, document, ("Address", "Type", "What it is"), rows, options)


async def _read(profile: Profile, home: Paths, uri: str, *, as_json: bool) -> bytes:
    async with session(profile, home, as_json=as_json) as tap:
        return await tap.request(mcp.RESOURCES_READ, {"uri": uri})


async def _list(
    profile: Profile, home: Paths, *, as_json: bool
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    async with session(profile, home, as_json=as_json) as tap:
        found = await listed(tap, mcp.RESOURCES_LIST, "resources")
        return found, await listed(tap, mcp.TEMPLATES_LIST, "resourceTemplates")


def _row(entry: Mapping[str, Any]) -> tuple[str, ...]:
    address = entry.get("uri") or entry.get("uriTemplate") or ""
    told = entry.get("description") or entry.get("title") or entry.get("name") or ""
    return str(address), str(entry.get("mimeType") or ""), str(told)


COMMANDS = {
    "resources": Command(
        f"{TARGET_USAGE} [URI] [options]",
        "List what the gateway offers to read, or read one of it.",
        _options,
        _resources,
    )
}
