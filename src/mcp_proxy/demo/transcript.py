"""How the demo tells what happens: numbered steps, one line for each thing seen.

Looks the same in a pipe, without colours; without UTF-8 the signs are ASCII.
"""

from __future__ import annotations

import textwrap
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

WIDTH = 80
_SIGNS = {"good": "✓", "bad": "✗", "ask": "→", "hidden": "·", "plain": " "}
_ASCII = {"good": "+", "bad": "x", "ask": ">", "hidden": "-", "plain": " "}
_STYLES = {"good": "green", "bad": "red", "ask": "cyan", "hidden": "yellow", "plain": ""}


class Transcript:
    """What is told on one console."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._width = min(console.width, WIDTH)
        self._signs = _ASCII if console.options.ascii_only else _SIGNS
        self._number = 0

    def title(self, title: str, facts: Sequence[tuple[str, str]]) -> None:
        """The head: what is about to be shown, and with what. Steps are counted from here."""
        self._number = 0
        self._print(Text(title, style="bold"))
        self.blank()
        for name, value in facts:
            label = name.ljust(max(len(name) for name, _ in facts))
            self._hanging(f" {label}  ", "dim", value)

    def step(self, title: str) -> None:
        """Begin the next step."""
        self._number += 1
        self.blank()
        self._print(Text.assemble((f" {self._number}  ", "bold cyan"), (title, "bold")))

    def good(self, text: str) -> None:
        """Something went as it should."""
        self._line("good", text)

    def bad(self, text: str) -> None:
        """Something was refused, or went wrong."""
        self._line("bad", text)

    def ask(self, text: str) -> None:
        """The desktop program asks for something."""
        self._line("ask", text)

    def hidden(self, text: str) -> None:
        """Something that is kept back."""
        self._line("hidden", text)

    def plain(self, text: str) -> None:
        """More about the line before."""
        self._line("plain", text)

    def quoted(self, text: str) -> None:
        """Words to copy, whole however long they are."""
        for line in text.splitlines():
            self._print(Text(f"   {line}"))

    def blank(self) -> None:
        """An empty line."""
        self._print(Text())

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """A spinner on a terminal, nothing in a pipe."""
        with self._console.status(Text(what)):
            yield

    def _line(self, kind: str, text: str) -> None:
        self._hanging(f"    {self._signs[kind]} ", _STYLES[kind], text)

    def _hanging(self, head: str, style: str, text: str) -> None:
        """`text` beside `head`, and below itself where it is long."""
        indent = " " * len(head)
        # A table's columns are kept: white space within a line is somebody's layout.
        first, *rest = textwrap.wrap(
            text, self._width - len(indent), break_on_hyphens=False, replace_whitespace=False
        ) or [""]
        self._print(Text.assemble((head, style), first))
        for line in rest:
            self._print(Text(indent + line))

    def _print(self, line: Text) -> None:
        line.rstrip()
        self._console.print(line, soft_wrap=True)
