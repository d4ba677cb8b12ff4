"""How the demo tells what happens: numbered steps, one line for each thing seen.

Looks the same in a pipe, without colours; without UTF-8 the signs are ASCII.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

WIDTH = 80
_SIGNS = {"good": "✓", "bad": "✗", "ask": "→", "hidden": "·"}
_ASCII = {"good": "+", "bad": "x", "ask": ">", "hidden": "-"}
_STYLES = {"good": "green", "bad": "red", "ask": "cyan", "hidden": "yellow"}


class Transcript:
    """What is told on one console."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._width = min(console.width, WIDTH)
        self._signs = _ASCII if console.options.ascii_only else _SIGNS
        self._number = 0

    def title(self, title: str, facts: Sequence[tuple[str, str]]) -> None:
        """The head: what is about to be shown, and with what."""
        self._console.print(Text(title, style="bold"), width=self._width)
        self.blank()
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, value in facts:
            grid.add_row(name, value)
        self._console.print(Padding(grid, (0, 0, 0, 1)), width=self._width)

    def step(self, title: str) -> None:
        """Begin the next step."""
        self._number += 1
        self.blank()
        number = Text(f" {self._number}  ", style="bold cyan")
        self._console.print(number + Text(title, style="bold"), width=self._width)

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
        """A line under the last one."""
        self._console.print(Padding(Text(text), (0, 0, 0, 6)), width=self._width)

    def quoted(self, text: str) -> None:
        """Words to copy, whole however long they are."""
        for line in text.splitlines():
            self._console.print(Text(f"   {line}"), soft_wrap=True)

    def blank(self) -> None:
        """An empty line."""
        self._console.print()

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """A spinner on a terminal, nothing in a pipe."""
        with self._console.status(Text(what)):
            yield

    def _line(self, kind: str, text: str) -> None:
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=1, style=_STYLES[kind])
        grid.add_column(overflow="fold")
        grid.add_row(self._signs[kind], Text(text))
        self._console.print(Padding(grid, (0, 0, 0, 4)), width=self._width)
