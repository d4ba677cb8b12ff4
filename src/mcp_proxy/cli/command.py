"""A command of the terminal: its words, its options, its deed."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NoReturn

from mcp_proxy.config.checks import nearest
from mcp_proxy.errors import ConfigError
from mcp_proxy.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Command:
    """What one command takes and does."""

    usage: str
    """The words after the command's name, as help shows them."""
    about: str
    """What it does, a sentence or two."""
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    """The deed; returns the exit code."""


class Parser(argparse.ArgumentParser):
    """Raises what it has to complain about, so that errors look alike everywhere."""

    def error(self, message: str) -> NoReturn:
        """Raise the complaint.

        Raises:
            ConfigError: always.
        """
        raise ConfigError(_sentence(message), hint=f"{self.prog} --help")


def parser_of(name: str, command: Command) -> Parser:
    """The parser of one command; options cannot be abbreviated."""
    parser = Parser(
        prog=f"mcp-permit {name}",
        usage=f"mcp-permit {name} {command.usage}",
        description=command.about,
        allow_abbrev=False,
    )
    command.add_options(parser)
    return parser


def parse(name: str, command: Command, words: Sequence[str]) -> argparse.Namespace:
    """Read the words after the command's name; options may stand anywhere among them.

    Raises:
        ConfigError: an option is unknown or lacks its value, or a word is too many.
    """
    parser = parser_of(name, command)
    options, unknown = parser.parse_known_intermixed_args(words)
    if unknown:
        known = [option for action in parser._actions for option in action.option_strings]  # noqa: SLF001 - argparse names them nowhere else
        raise ConfigError(
            f"{unknown[0]} means nothing to {parser.prog}",
            hint=suggestion(unknown[0].partition("=")[0], known) or f"{parser.prog} --help",
        )
    return options


def suggestion(word: str, known: Iterable[str]) -> str | None:
    """What may have been meant by `word`, as a question."""
    near = nearest(word, known)
    return f"Did you mean {near}?" if near else None


def _sentence(complaint: str) -> str:
    return complaint[:1].upper() + complaint[1:]
