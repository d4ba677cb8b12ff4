"""The audit file: one JSON line for each call that was judged.

What was asked for, what the rules said and what came of it; names of arguments, never
their values, and nothing of an answer but its size. All in ASCII: whatever a client puts
into a name, a terminal that shows the file sees plain letters.
"""

from __future__ import annotations

import json
import os
from itertools import islice
from time import gmtime, strftime
from typing import TYPE_CHECKING

from mcp_proxy.errors import StoreError
from mcp_proxy.files import open_lines, private_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

LONGEST_NAME = 256
"""Characters of a name that are kept; a client may send any."""

MOST_NAMES = 64
"""Argument names that are kept."""

_encode = json.JSONEncoder(separators=(",", ":")).encode


class Audit:
    """Appends to the file at `path`, which is made with the first line.

    Processes share the file: each line is one write at its end, so that lines never mix.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def record(self, entry: Mapping[str, object]) -> None:
        """Append one line.

        Raises:
            StoreError: the file is a symbolic link or somebody else's, or the disk is full.
        """
        line = _encode(entry).encode() + b"\n"
        if self._descriptor is None:
            private_folder(self._path.parent)
            self._descriptor = open_lines(self._path)
        try:
            written = os.write(self._descriptor, line)
        except OSError as error:
            raise StoreError(f"{self._path} cannot be written: {error.strerror}") from error
        if written < len(line):
            raise StoreError(f"{self._path} has no room for a whole line")

    def close(self) -> None:
        """Let go of the file; the next line opens it again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def entry(
    *,
    time: float,
    profile: str,
    account: str,
    tool: str,
    decision: str,
    rule: str,
    outcome: str,
    error_code: int | str | None,
    duration_ms: float | None,
    bytes_in: int,
    bytes_out: int,
    argument_names: Iterable[str],
) -> dict[str, object]:
    """The line of one call.

    Args:
        time: when it came in, in epoch seconds; written in UTC, to the millisecond.
        profile: the profile's name.
        account: the profile's label of the identity.
        tool: the tool's name at the gateway.
        decision: `allowed` or `refused`.
        rule: the rule that decided.
        outcome: a word for what came of it.
        error_code: of the gateway's error or ours.
        duration_ms: until the answer was complete.
        bytes_in: size of the request.
        bytes_out: size of the answer.
        argument_names: names only.
    """
    return {
        "time": f"{strftime('%Y-%m-%dT%H:%M:%S', gmtime(time))}.{int(time % 1 * 1000):03}Z",
        "profile": profile,
        "account": account,
        "tool": _cut(tool),
        "decision": decision,
        "rule": rule,
        "outcome": outcome,
        "error_code": error_code,
        "duration_ms": duration_ms,
        "bytes_in": bytes_in,
        "bytes_out": bytes_out,
        "argument_names": [_cut(name) for name in islice(argument_names, MOST_NAMES)],
    }


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
