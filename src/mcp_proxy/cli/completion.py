"""`mcp-permit completion`: what could come next on a command line, for the shells.

Profiles come from the configuration file, tools and their arguments from the last snapshot:
no network, no token, no vault. A file that cannot be read completes nothing: the command
itself will say what is wrong with it.
"""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING, Final

from mcp_proxy.cli.command import Command, parser_of
from mcp_proxy.cli.output import say
from mcp_proxy.cli.target import (
    add_gateway_options,
    add_output_options,
    chosen,
    profile_names,
    split_target,
)
from mcp_proxy.errors import ConfigError, PermitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mcp_proxy.catalog.signature import Parameter
    from mcp_proxy.policy.model import Tool

SCRIPTS: Final = {
    "bash": """\
_mcp_permit() {
    local IFS=$'\\n'
    COMPREPLY=($(mcp-permit completion bash --line "${COMP_LINE:0:$COMP_POINT}" 2>/dev/null))
    [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
}
complete -o default -F _mcp_permit mcp-permit
""",
    "zsh": """\
#compdef mcp-permit
_mcp_permit() {
    local -a found
    found=("${(@f)$(mcp-permit completion zsh --line "${LBUFFER}" 2>/dev/null)}")
    [[ -z ${found[1]} ]] && { _files; return }
    compadd -Q -S '' -- ${(M)found:#*=}
    compadd -Q -- ${found:#*=}
}
compdef _mcp_permit mcp-permit
""",
    "fish": """\
complete -c mcp-permit -a '(mcp-permit completion fish --line (commandline -cp) 2>/dev/null)'
""",
}
"""What each shell is told; the program itself is asked at every press of the key."""

_BREAKS: Final = "=:"
"""Where bash breaks words, and completes what stands after."""


def candidates(words: Sequence[str]) -> list[str]:
    """What the last of `words` could become; they are those after `mcp-permit`."""
    # Here, not above: the table of commands names this module.
    from mcp_proxy.cli.main import COMMANDS, command_of  # noqa: PLC0415

    *before, last = words or [""]
    if not before:
        return _beginning(last, [*COMMANDS, "help", "--help", "--version"])
    if before[0] not in COMMANDS:
        return _beginning(last, COMMANDS if before == ["help"] else [])
    parser = parser_of(before[0], command_of(before[0]))
    if last.startswith("-"):
        return _beginning(last, _options_of(parser))
    return _beginning(last, _words(parser, before))


def _beginning(start: str, found: Iterable[str]) -> list[str]:
    return sorted(word for word in found if word.startswith(start))


def _options_of(parser: argparse.ArgumentParser) -> list[str]:
    actions = parser._actions  # noqa: SLF001 - argparse names them nowhere else
    return [name for action in actions for name in action.option_strings]


def _words(parser: argparse.ArgumentParser, before: Sequence[str]) -> list[str]:
    """The words that could stand here, those of an option's value included."""
    actions = parser._actions  # noqa: SLF001 - argparse names them nowhere else
    named = {name: action for action in actions for name in action.option_strings}
    asking = named.get(before[-1])
    if asking is not None and asking.nargs != 0:
        return [str(choice) for choice in asking.choices or ()]
    plain = _without_options(before[1:], named)
    deeds = [one.choices for one in actions if one.choices and not one.option_strings]
    if len(plain) < len(deeds):
        return [str(choice) for choice in deeds[len(plain)] or ()]
    return _of_gateway(before[0], plain[: len(deeds)], plain[len(deeds) :])


def _without_options(words: Sequence[str], actions: dict[str, argparse.Action]) -> list[str]:
    found, rest = [], iter(words)
    for word in rest:
        action = actions.get(word)
        if action is not None and action.nargs != 0:
            next(rest, None)
        elif not word.startswith("-"):
            found.append(word)
    return found


def _of_gateway(command: str, deeds: Sequence[str], words: Sequence[str]) -> list[str]:
    """Profiles first, then tools, then the arguments of one tool."""
    try:
        profiles = [] if words else list(profile_names(_defaults()))
        target, rest = split_target(_defaults(), list(words))
        further = FURTHER.get((command, *deeds))
        if further is None:
            return profiles
        return profiles + further(_tools(target), rest)
    # What is wrong with a file is told by the command that reads it.
    except PermitError:
        return []


def _tools(target: str | None) -> list[Tool]:
    """The surfaced tools of the snapshot; none where nothing was seen yet."""
    # Only where tools can stand: a key press must be quick.
    from mcp_proxy.cli.sheet import shown_tools  # noqa: PLC0415
    from mcp_proxy.login.standing import last_snapshot  # noqa: PLC0415

    profile, home = chosen(_defaults(), target)
    snapshot = last_snapshot(profile, home)
    return [] if snapshot is None else list(shown_tools(profile, snapshot, all_of_them=False))


def _defaults() -> argparse.Namespace:
    """What a command has that says nothing about its gateway."""
    parser = argparse.ArgumentParser()
    add_output_options(parser)
    add_gateway_options(parser)
    return parser.parse_args([])


def _names(tools: Sequence[Tool], words: Sequence[str]) -> list[str]:
    return [] if words else [tool.name for tool in tools]


def _many_names(tools: Sequence[Tool], words: Sequence[str]) -> list[str]:
    return [tool.name for tool in tools if tool.name not in words]


def _call(tools: Sequence[Tool], words: Sequence[str]) -> list[str]:
    """A tool, then its arguments as `name=`, with the values that there are."""
    if not words:
        return _names(tools, words)
    # Only a call has arguments.
    from mcp_proxy.catalog.signature import input_of  # noqa: PLC0415

    given = {word.partition("=")[0] for word in words[1:]}
    tool = next((one for one in tools if one.name == words[0]), None)
    found = () if tool is None else input_of(tool)
    return [text for one in found if one.name not in given for text in _values(one)]


def _values(one: Parameter) -> list[str]:
    """`name=` and, where the values are few, each with one."""
    if one.type == "boolean":
        return [f"{one.name}=", f"{one.name}=true", f"{one.name}=false"]
    parts = one.type.split(" | ")
    texts = [part[1:-1] for part in parts if part.startswith('"') and part.endswith('"')]
    return [f"{one.name}=", *(f"{one.name}={text}" for text in texts)]


FURTHER: Final[dict[tuple[str, ...], Callable[[Sequence[Tool], Sequence[str]], list[str]]]] = {
    ("tools",): _names,
    ("call",): _call,
    ("catalog", "why"): _names,
    ("catalog", "approve"): _many_names,
}
"""What may stand after the gateway, by command and deed."""


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=tuple(SCRIPTS), help="which shell's completion")
    parser.add_argument("--line", metavar="TEXT", help="answer for this beginning of a line")


def _completion(options: argparse.Namespace) -> int:
    if options.line is None:
        say(SCRIPTS[options.shell].rstrip())
        return 0
    found = candidates(_split(options.line)[1:])
    cut = _cut(options.line) if options.shell == "bash" else 0
    if found:
        say("\n".join(word[cut:] for word in found))
    return 0


def _split(line: str) -> list[str]:
    """The words of a line that is being typed; the last one may be empty or unfinished."""
    for quote in ("", '"', "'"):
        try:
            words = shlex.split(line + quote)
        except ValueError:
            continue
        return [*words, ""] if not line or line[-1:].isspace() else words
    raise ConfigError("That line has no end")


def _cut(line: str) -> int:
    """How much of the last word bash takes for other words."""
    last = _split(line)[-1]
    return max(last.rfind(sign) for sign in _BREAKS) + 1


COMMANDS = {
    "completion": Command(
        "{bash | zsh | fish}",
        "Print what makes a shell complete commands, options, profiles and, from the last"
        " snapshot, tools and their arguments.",
        _options,
        _completion,
    )
}
