"""`mcp-permit call`: use one tool, by the same way and under the same rules as a desktop client."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_proxy.cli.arguments import Schema, from_json
from mcp_proxy.cli.command import Command, suggestion
from mcp_proxy.cli.output import printable, progress
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
from mcp_proxy.config.rulebook import policy_of
from mcp_proxy.errors import ConfigError
from mcp_proxy.login.standing import last_snapshot
from mcp_proxy.policy.decide import decide
from mcp_proxy.values import dataclass
from mcp_proxy.wire import mcp

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping, Sequence

    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths
    from mcp_proxy.policy.model import Tool
    from mcp_proxy.proxy.tap import Tap

    Fitting = tuple[Tool, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What was typed after `call`."""

    tool: str
    pairs: Sequence[str]
    """Each `name=value`."""
    given: Mapping[str, object]
    """The arguments that were given as JSON."""
    is_sure: bool = False
    """Whether nobody need be asked before something is deleted."""

    def arguments(self, tool: Tool) -> dict[str, object]:
        """The arguments, typed and checked by the schema of `tool`.

        Raises:
            ConfigError: the schema does not take them.
        """
        schema = Schema(tool.facts().get("inputSchema"))
        arguments = {**self.given, **schema.typed(self.pairs)}
        complaint = schema.complaint(arguments)
        if complaint is not None:
            raise ConfigError(
                f"{self.tool} does not take these arguments: {complaint}", hint=schema.usage()
            )
        return arguments


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words",
        nargs="*",
        metavar="PROFILE | URL, TOOL, ARGUMENT",
        help="the gateway, where the first word names one; the tool; its arguments, each"
        " NAME=VALUE typed by its schema, or all in one as '{...}', @FILE or - for stdin",
    )
    add_output_options(parser)
    add_showing_options(parser)
    parser.add_argument("--yes", action="store_true", help="delete without being asked")
    add_gateway_options(parser)


def _call(options: argparse.Namespace) -> int:
    word, wish = _wish(options)
    profile, home = chosen(options, word)
    unlock_for(profile, home)
    answer = asyncio.run(_ask(profile, home, wish, as_json=options.json))
    return show_answer(answer, wish.tool, options)


def _wish(options: argparse.Namespace) -> tuple[str | None, Wish]:
    documents = [word for word in options.words if _is_document(word)]
    rest = [word for word in options.words if not _is_document(word)]
    word, words = split_target(options, rest)
    if word is None and words[1:] and "=" not in words[1]:
        # Two names: the first was meant as a profile, and choosing it tells what is wrong.
        word, words = words[0], words[1:]
    if not words or len(documents) > 1:
        raise ConfigError(
            "Name one tool, and its arguments at most once as JSON", hint="mcp-permit call --help"
        )
    given = from_json(_read(documents[0])) if documents else {}
    return word, Wish(words[0], words[1:], given, options.yes)


def _is_document(word: str) -> bool:
    """Whether a word gives arguments as JSON; no tool is named so."""
    return word == "-" or word.startswith(("{", "@"))


def _read(word: str) -> str:
    """The text that `{...}`, `@FILE` or `-` stands for."""
    if word.startswith("{"):
        return word
    try:
        raw = sys.stdin.buffer.read() if word == "-" else Path(word[1:]).read_bytes()
        return raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        where = "stdin" if word == "-" else word[1:]
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(f"Arguments cannot be read from {where}: {reason}") from error


async def _ask(profile: Profile, home: Paths, wish: Wish, *, as_json: bool) -> bytes:
    """The raw JSON-RPC answer to the call."""
    async with session(profile, home, as_json=as_json) as tap:
        tool, arguments = await _arguments(profile, home, tap, wish)
        if not wish.is_sure:
            _agreed(profile, tool, arguments)
        with progress(f"Calling {wish.tool}") as update:
            return await tap.request(
                mcp.TOOLS_CALL, {"name": wish.tool, "arguments": arguments}, on_progress=update
            )


async def _arguments(profile: Profile, home: Paths, tap: Tap, wish: Wish) -> Fitting:
    """What to send, checked by the last snapshot, else by the gateway's list."""
    snapshot = last_snapshot(profile, home)
    try:
        return _fitting(profile, snapshot.tools if snapshot else (), wish)
    except ConfigError:
        # The snapshot may be too old to know this tool, or how it is called now.
        return _fitting(profile, await tap.tools(), wish)


def _fitting(profile: Profile, tools: Iterable[Tool], wish: Wish) -> Fitting:
    known = {tool.name: tool for tool in tools}
    tool = known.get(wish.tool)
    if tool is None:
        raise ConfigError(
            f"{profile.url} lists no tool named {wish.tool}",
            hint=suggestion(wish.tool, known) or f"mcp-permit tools {profile.name}",
        )
    # A refusal comes from the tap, which notes it; it is no matter of arguments.
    if not decide(policy_of(profile), tool.name, tool).allowed:
        return tool, wish.given
    return tool, wish.arguments(tool)


def _agreed(profile: Profile, tool: Tool, arguments: Mapping[str, object]) -> None:
    """Ask the person at a terminal before something is deleted.

    Raises:
        ConfigError: they would rather not.
    """
    decision = decide(policy_of(profile), tool.name, tool, arguments)
    if not decision.allowed or decision.tool_class != "delete" or not sys.stdin.isatty():
        return
    question = f"{printable(tool.name)} deletes at {profile.name}. Call it? [y/N] "
    sys.stderr.write(question)
    sys.stderr.flush()
    if sys.stdin.readline().strip().casefold() not in {"y", "yes"}:
        raise ConfigError("Nothing was called", hint="--yes calls without asking")


COMMANDS = {
    "call": Command(
        f"{TARGET_USAGE} TOOL [NAME=VALUE ... | '{{...}}' | @FILE | -] [options]",
        "Call one tool under the same rules as a desktop client, and print its result.",
        _options,
        _call,
    )
}
