"""What a command says: tables for people, one document for programs, errors for both.

What was asked for goes to stdout, everything else to stderr. Tables are drawn by
rich on a terminal; in a pipe they are plain columns, never cut short. Text that
came from a gateway cannot move the cursor or hide itself.
"""

from __future__ import annotations

import contextlib
import json
import sys
from typing import TYPE_CHECKING

from mcp_proxy.errors import LocalProtocolError, PermitError
from mcp_proxy.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

MINUTE, HOUR, DAY = 60, 3600, 86400
KILOBYTE = 1000

LAST_WIDTH = 20
"""Characters that the last column of a table keeps on a narrow terminal."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; a faint one stands back (a hidden tool)."""

    cells: tuple[str, ...]
    is_faint: bool = False


def say(text: str) -> None:
    """Print to stdout."""
    sys.stdout.write(text + "\n")


def note(text: str) -> None:
    """Print to stderr: what a person should know, and what no program waits for."""
    # Where nobody can read it, the exit code still tells.
    with contextlib.suppress(OSError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def warn(sentence: str, *, as_json: bool) -> None:
    """Tell on stderr what went wrong without ending the command."""
    note(json.dumps({"warning": sentence}) if as_json else f"mcp-permit: {one_line(sentence)}")


def document(value: object) -> None:
    """Print the one JSON document of a command, on one line."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # Half a surrogate pair cannot be encoded; its escape is the same JSON.
    raw_document(text.encode("utf-8", "backslashreplace"))


def raw_document(text: bytes) -> None:
    """Print JSON text as it is; JSON is UTF-8 whatever the terminal speaks (RFC 8259 §8.1)."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text + b"\n")
    sys.stdout.buffer.flush()


def printable(text: str) -> str:
    """`text` without anything that steers a terminal or cannot be seen.

    Line breaks and tabs stay; other controls become U+FFFD; invisible format
    characters, which can reorder what is read, are left out.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def one_line(text: str) -> str:
    """The first line of `text` that says something, printable."""
    lines = (line.strip() for line in printable(text).splitlines())
    return next((line.replace("\t", " ") for line in lines if line), "")


def table(headings: Sequence[str], rows: Sequence[Row], *, wrap: bool = False) -> None:
    """Print rows under headings.

    Args:
        headings: one for each column; the last column takes what room is left.
        rows: with as many cells.
        wrap: whether the last column goes on in the next line where the room ends;
            otherwise it is cut.
    """
    if not sys.stdout.isatty():
        say("\n".join(columns([tuple(headings), *(row.cells for row in rows)])))
        return
    # Rich costs more than the rest of the command together.
    from rich import box  # noqa: PLC0415
    from rich.cells import cell_len  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    cells = [tuple(headings), *(row.cells for row in rows)]
    natural = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    *widths, last = fitted(natural, console.width)
    drawn = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    for heading, width in zip(headings, widths, strict=False):
        drawn.add_column(heading, width=width, overflow="fold")
    drawn.add_column(headings[-1], width=last, no_wrap=not wrap, overflow="ellipsis")
    for row in rows:
        # Text, not str: a gateway's words are no markup.
        drawn.add_row(*map(Text, row.cells), style="dim" if row.is_faint else None)
    console.print(drawn)


def fitted(widths: Sequence[int], room: int) -> list[int]:
    """Column widths for `room` characters, two of them between columns.

    The last column gives way down to `LAST_WIDTH`, then the widest of the others.
    """
    *fitting, last = widths
    room -= 2 * len(fitting)
    while sum(fitting) + min(last, LAST_WIDTH) > room and max(fitting) > LAST_WIDTH:
        fitting[fitting.index(max(fitting))] -= 1
    return [*fitting, max(min(last, room - sum(fitting)), 1)]


def facts(pairs: Sequence[tuple[str, str]]) -> None:
    """Print names and values, one pair a line; a terminal's width is kept between words."""
    if not sys.stdout.isatty():
        say("\n".join(columns(pairs)))
        return
    # Only a terminal pays for these imports.
    import shutil  # noqa: PLC0415
    import textwrap  # noqa: PLC0415

    indent = max(len(name) for name, _ in pairs) + 2
    paragraph = textwrap.TextWrapper(
        shutil.get_terminal_size().columns,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    say("\n".join(paragraph.fill(f"{name:<{indent}}{value}") for name, value in pairs))


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines of aligned columns, without white space at the end."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def span(seconds: float) -> str:
    """A duration in the one unit that matters: `50 s`, `12 min`, `3 h`, `9 days`."""
    if seconds < MINUTE:
        return f"{max(int(seconds), 0)} s"
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} min"
    if seconds < 2 * DAY:
        return f"{int(seconds // HOUR)} h"
    return f"{int(seconds // DAY)} days"


def size(count: int) -> str:
    """A number of bytes in the unit that matters: `812 bytes`, `12 KB`, `3.4 MB`."""
    if count < KILOBYTE:
        return f"{count} bytes"
    if count < KILOBYTE * KILOBYTE:
        return f"{count / KILOBYTE:.0f} KB"
    return f"{count / KILOBYTE**2:.1f} MB"


@contextlib.contextmanager
def spinner(text: str) -> Iterator[Callable[[str], None]]:
    """Turn while the block runs, on a terminal only; yields what changes the text."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    # Only a person who waits pays for rich.
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    with Console(stderr=True).status(Text(text)) as status:
        yield lambda changed: status.update(Text(one_line(changed)))


@contextlib.contextmanager
def progress(text: str) -> Iterator[Callable[[Mapping[str, object]], None]]:
    """Turn, and draw a bar once there is a total; yields what takes the params of a progress.

    Follows MCP 2025-11-25, "Progress": `progress`, `total` and `message`. On a terminal only.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    # Only a person who waits pays for rich.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn  # noqa: PLC0415

    said = TextColumn("{task.fields[said]}", markup=False)
    amount = TextColumn("{task.fields[amount]}", markup=False)
    bars = Progress(
        SpinnerColumn(), said, BarColumn(20), amount, console=Console(stderr=True), transient=True
    )
    with bars:
        task = bars.add_task("", total=None, said=text, amount="")

        def update(params: Mapping[str, object]) -> None:
            done, total = _number(params.get("progress")), _number(params.get("total"))
            amount = f"{done or 0:g}" if total is None else f"{done or 0:g} of {total:g}"
            told = params.get("message")
            message = f"{text}: {one_line(told)}" if isinstance(told, str) else text
            bars.update(task, completed=done, total=total, said=message, amount=amount)

        yield update


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def fail(error: BaseException, *, as_json: bool, verbose: bool) -> int:
    """Tell on stderr what went wrong and what to do next; returns the exit code."""
    error = _reason(error)
    if verbose and (causes := _causes(error)):
        note(json.dumps({"because": causes}) if as_json else "\n".join(causes))
    if isinstance(error, PermitError):
        code = error.code if isinstance(error, LocalProtocolError) else error.rpc_code
        found = {"code": code, "message": str(error), "data": error.data()}
        return show_error(found, hint=error.hint, exit_code=error.exit_code, as_json=as_json)
    kind = type(error).__name__
    data = {"source": "mcp-permit", "type": kind}
    found = {"code": PermitError.rpc_code, "message": f"{kind} inside mcp-permit", "data": data}
    hint = "This is a bug; the same command with --verbose shows where."
    return show_error(found, hint=hint, exit_code=PermitError.exit_code, as_json=as_json)


def show_error(
    error: Mapping[str, object], *, hint: str | None, exit_code: int, as_json: bool
) -> int:
    """Print a JSON-RPC error object for a person or a program; returns `exit_code`."""
    if as_json:
        note(json.dumps({"error": error, "hint": hint, "exit": exit_code}))
        return exit_code
    note(f"mcp-permit: {one_line(str(error.get('message')))}")
    if hint:
        note(f"  {one_line(hint)}")
    return exit_code


def _reason(error: BaseException) -> BaseException:
    """The first of our own errors inside groups of errors, else `error` itself."""
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, PermitError):
            return one
        if isinstance(one, BaseExceptionGroup):
            waiting.extend(one.exceptions)
    return error


def _causes(error: BaseException) -> list[str]:
    """What lies behind an error, without secrets: a line for each cause; of a bug, its trace."""
    # Only --verbose pays for these imports.
    import traceback  # noqa: PLC0415

    from mcp_proxy.redact import redact  # noqa: PLC0415

    if not isinstance(error, PermitError):
        return redact("".join(traceback.format_exception(error))).splitlines()
    found, cause = [], error.__cause__
    while cause is not None:
        found.append(f"because of {type(cause).__name__}: {one_line(redact(str(cause)))}")
        cause = cause.__cause__ or cause.__context__
    return found


def _visible(character: str) -> str:
    # Plain ASCII, the usual case, never comes here.
    import unicodedata  # noqa: PLC0415

    if character.isprintable() or character in "\n\t":
        return character
    if character.isspace() and character not in "\r\v\f\x1c\x1d\x1e\x1f\x85":
        return " "
    return "" if unicodedata.category(character) == "Cf" else "\ufffd"
