"""`mcp-permit prompts`: the texts that a gateway has ready, and filling one in."""

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
    from collections.abc import Mapping, Sequence

    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words",
        nargs="*",
        metavar="PROFILE | URL, PROMPT, ARGUMENT",
        help="the gateway, where the first word names one; then one prompt and its arguments,"
        " each NAME=VALUE, without which all are listed",
    )
    add_output_options(parser)
    add_showing_options(parser)
    add_gateway_options(parser)


def _prompts(options: argparse.Namespace) -> int:
    word, words = split_target(options, options.words)
    arguments = _arguments(words[1:])
    profile, home = chosen(options, word)
    unlock_for(profile, home)
    if words:
        answer = asyncio.run(_get(profile, home, words[0], arguments, as_json=options.json))
        return show_answer(answer, words[0], options)
    found = asyncio.run(_list(profile, home, as_json=options.json))
    headings = ("Prompt", "Arguments", "What it is")
    return show_list(profile, {"prompts": found}, headings, [*map(_row, found)], options)


def _arguments(words: Sequence[str]) -> dict[str, str]:
    """Plain texts, as prompts take nothing else (MCP 2025-11-25, "Prompts")."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise ConfigError(f"{word} is not of the form name=value")
        if name in found:
            raise ConfigError(f"{name} is given twice")
        found[name] = value
    return found


async def _get(
    profile: Profile, home: Paths, name: str, arguments: Mapping[str, str], *, as_json: bool
) -> bytes:
    async with session(profile, home, as_json=as_json) as tap:
        return await tap.request(mcp.PROMPTS_GET, {"name": name, "arguments": arguments})


async def _list(profile: Profile, home: Paths, *, as_json: bool) -> list[dict[str, Any]]:
    async with session(profile, home, as_json=as_json) as tap:
        return await listed(tap, mcp.PROMPTS_LIST, "prompts")


def _row(entry: Mapping[str, Any]) -> tuple[str, ...]:
    arguments = entry.get("arguments")
    names = [_named(one) for one in arguments if isinstance(one, dict)] if arguments else []
    told = entry.get("description") or entry.get("title") or ""
    return str(entry.get("name", "")), ", ".join(names), str(told)


def _named(argument: Mapping[str, Any]) -> str:
    return f"{argument.get('name')}{'' if argument.get('required') is True else '?'}"


COMMANDS = {
    "prompts": Command(
        f"{TARGET_USAGE} [PROMPT [NAME=VALUE ...]] [options]",
        "List the prompts that the gateway has ready, or fill one in.",
        _options,
        _prompts,
    )
}
