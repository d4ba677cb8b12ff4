"""Lines that a person types or pastes."""

from __future__ import annotations

import pytest

from mcp_proxy.cli.terminal import echo, edited
from terminal import at_terminal

READING = """
import asyncio, sys
from mcp_proxy.cli.terminal import read_line
async def main():
    for _ in range(2):
        line = await read_line(0, "Line? ")
        print("read", None if line is None else len(line), line and line[-3:], flush=True)
asyncio.run(main())
import termios
print("editing", bool(termios.tcgetattr(0)[3] & termios.ICANON))
"""


def test_a_line_of_any_length_can_be_pasted_and_the_terminal_is_as_before() -> None:
    """termios(3): a terminal that edits lines cuts them at 4,095 bytes, or fewer."""
    typed = [("Line?", "x" * 20_000 + "end"), ("Line?", "\x04")]
    code, screen = at_terminal(["-c", READING], typed=typed)
    assert code == 0, screen
    assert "xend\nread 20003 end\n" in screen
    assert "read None None" in screen
    assert "editing True" in screen


@pytest.mark.parametrize(
    ("typed", "left"),
    [("abc\x7f\x7fd", "ad"), ("\b\bx", "x"), ("  a b \r", "a b"), ("a\x04", "a"), ("", "")],
)
def test_what_was_taken_back_is_gone(typed: str, left: str) -> None:
    """Ours: the terminal does not do it while its editing is off."""
    assert edited(typed) == left


def test_what_is_typed_is_seen_and_moves_no_cursor() -> None:
    """Ours: a pasted text may hold anything."""
    assert echo("ab\x7fc\n") == "ab\b \bc\n"
    assert echo("a\x1b[2Jb\x07") == "a[2Jb"
