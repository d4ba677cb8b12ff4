"""The entry point: find the command, run it, turn what went wrong into words.

Imports nothing that `serve` does not need before its first answer; each family of
commands is imported when one of its commands is called.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

from mcp_proxy.cli.options import plain_options
from mcp_proxy.cli.output import fail, say
from mcp_proxy.cli.start import start
from mcp_proxy.errors import ConfigError, PermitError
from mcp_proxy.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp_proxy.cli.command import Command

COMMANDS = {
    "serve": ("serve", "what a desktop client launches: an MCP server on stdin and stdout"),
    "login": ("login", "sign in to a gateway and keep the grant"),
    "logout": ("accounts", "forget the grant, and revoke it where the server can"),
    "status": ("accounts", "who is signed in, until when, and what is surfaced"),
    "tools": ("tools", "the tools of a gateway: surfaced or hidden, and why"),
    "call": ("call", "call one tool, under the same rules as a desktop client"),
    "resources": ("resources", "what the gateway offers to read, and reading it"),
    "prompts": ("prompts", "the prompts that the gateway has ready"),
    "catalog": ("catalog", "what was last seen of a gateway: lists, changes, a page to read"),
    "doctor": ("doctor", "the first thing that is broken, and what to do about it"),
    "audit": ("audit", "which calls were made or refused, and what came of them"),
    "vault": ("vault", "where the key of the stored grants lies, and a new one"),
    "config": ("config", "check, find or begin the configuration file"),
    "completion": ("completion", "what makes bash, zsh or fish complete all this"),
    "demo": ("demo", "play the main job against an embedded gateway"),
}
"""Each command: the file of its family, and what it is for."""

INTERRUPTED = 130
"""What shells report for a program that Ctrl-C ended."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; `argv` is everything after the program's name."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] != ["serve"]:  # which cannot do without them, and says so
        _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        # A locale that lacks a letter must not cost the whole answer.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        return _written(_run(words))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Who read our answer has seen enough (`| head`); the flush at exit must not complain.
        _give_up_stdout()
        return 0
    except Exception as error:  # noqa: BLE001 - the last place where anything can be put into words
        return fail(
            _unwritten(error) or error,
            as_json=any(word.partition("=")[0] == "--json" for word in words),
            verbose="--verbose" in words,
        )


def _open_what_is_closed() -> None:
    """Have streams that whoever started us has closed (`>&-`) lead nowhere.

    A file that is opened later would take their place otherwise.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - for good


def _written(code: int) -> int:
    """`code`, once the whole answer is written: later nobody could say that it was not."""
    if sys.stdout is not None:
        sys.stdout.flush()
    return code


def _unwritten(error: Exception) -> PermitError | None:
    """What to say where `error` is that stdout takes no more, as a disk that is full."""
    if not isinstance(error, OSError) or sys.stdout is None:
        return None
    try:
        sys.stdout.flush()
    except OSError as still:
        _give_up_stdout()
        return PermitError(f"The answer could not be written: {still.strerror}")
    return None


def _give_up_stdout() -> None:
    """Have what is left in its buffer go nowhere, or the exit would complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def command_of(name: str) -> Command:
    """The command called `name`; imports its family."""
    # With argparse, which `serve` does without.
    from importlib import import_module  # noqa: PLC0415

    from mcp_proxy.cli.command import Command  # noqa: PLC0415

    family = import_module(f"mcp_proxy.cli.{COMMANDS[name][0]}")
    found = family.COMMANDS[name]
    assert isinstance(found, Command)  # noqa: S101 - a slip in a family's table, never input
    return found


def overview() -> str:
    """What `mcp-permit --help` prints."""
    rows = "\n".join(f"  {name:<10} {purpose}" for name, (_, purpose) in COMMANDS.items())
    return (
        "usage: mcp-permit COMMAND ...\n\n"
        "A local stdio MCP server that signs in to a remote MCP gateway once and\n"
        "surfaces only permitted tools.\n\n"
        f"commands:\n{rows}\n\n"
        "mcp-permit COMMAND --help tells more; mcp-permit --version tells the version."
    )


def _run(words: list[str]) -> int:
    options = plain_options(words[1:]) if words[:1] == ["serve"] else None
    return start(options) if options is not None else _run_at_leisure(words)


def _run_at_leisure(words: list[str]) -> int:
    from mcp_proxy.cli.command import parse, suggestion  # noqa: PLC0415 - as above

    name = words[0] if words else "--help"
    if name == "help" and words[1:] and words[1] in COMMANDS:
        name, words = words[1], [*words[1:2], "--help"]
    if name in {"-h", "--help", "help"}:
        say(overview())
        return 0
    if name == "--version":
        say(f"mcp-permit {VERSION}")
        return 0
    if name not in COMMANDS:
        raise ConfigError(
            f"{name} is no command of mcp-permit",
            hint=suggestion(name, COMMANDS) or "mcp-permit --help",
        )
    command = command_of(name)
    return command.run(parse(name, command, words[1:]))
