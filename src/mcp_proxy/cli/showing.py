"""An answer for a person: words, tables and files; for a program: as it came."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_proxy.cli.content import Words, beside, indented, parts_of, table_of
from mcp_proxy.cli.output import (
    Row,
    facts,
    note,
    one_line,
    printable,
    raw_document,
    say,
    show_error,
    size,
    table,
)
from mcp_proxy.cli.result import TOOL_ERROR, exit_code_of, exit_code_of_failure, hint_of
from mcp_proxy.cli.saving import save
from mcp_proxy.wire import splice

if TYPE_CHECKING:
    import argparse

    from mcp_proxy.cli.content import Part


def add_showing_options(parser: argparse.ArgumentParser) -> None:
    """Where the files of an answer go."""
    parser.add_argument(
        "--save",
        metavar="FOLDER",
        help="write images, sounds and blobs there instead of here; with --json too",
    )


def show_answer(answer: bytes, stem: str, options: argparse.Namespace) -> int:
    """Print the result or the error of a JSON-RPC answer; the exit code.

    Args:
        answer: the whole of it.
        stem: what files are named after.
        options: `--json` and `--save`.
    """
    raw = splice.member(answer, "result")
    if raw is None:
        error = json.loads(answer).get("error", {})
        return show_error(
            error, hint=hint_of(error), exit_code=exit_code_of(error), as_json=options.json
        )
    result = json.loads(raw)
    parts = parts_of(result) if isinstance(result, dict) else []
    if options.json:
        raw_document(raw)
    folder = Path(options.save or ".")
    for part in parts:
        _show(part, folder, stem, options)
    if not isinstance(result, dict) or result.get("isError") is not True:
        return 0
    code = exit_code_of_failure(result)
    if not options.json:
        is_failure = code == TOOL_ERROR
        what = "the tool answered with an error" if is_failure else "the gateway does not permit it"
        note(f"mcp-permit: {what}")
    return code


def _show(part: Part, folder: Path, stem: str, options: argparse.Namespace) -> None:
    if not isinstance(part, Words):
        if options.json and options.save is None:
            return
        path = save(part, folder, stem)
        if not options.json:
            say(f"[{one_line(part.media_type)}, {size(len(part.data))}, saved as {path}]")
    elif not options.json:
        _show_words(part.text)


def _show_words(text: str) -> None:
    if not sys.stdout.isatty():
        say(text)
        return
    found = table_of(text)
    if found is None:
        say(printable(indented(text)))
        return
    headings, rows = found
    if pairs := beside(text):
        facts([(one_line(name), one_line(value)) for name, value in pairs])
        say("")
    cells = [Row(tuple(map(one_line, row))) for row in rows]
    table([one_line(heading) for heading in headings], cells)
