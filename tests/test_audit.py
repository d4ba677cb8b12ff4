"""The audit file."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.audit import LONGEST_NAME, MOST_NAMES, Audit, entry
from mcp_proxy.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def row(**given: Any) -> dict[str, object]:
    facts: dict[str, Any] = {
        "time": 1_700_000_000.1239,
        "profile": "ig-dev",
        "account": "jo",
        "tool": "list_integrations",
        "decision": "allowed",
        "rule": "allow",
        "outcome": "answered",
        "error_code": None,
        "duration_ms": 12.5,
        "bytes_in": 80,
        "bytes_out": 1024,
        "argument_names": ["active_only"],
    }
    return entry(**{**facts, **given})


@pytest.fixture
def audit(tmp_path: Path) -> Iterator[Audit]:
    opened = Audit(tmp_path / "state" / "audit.jsonl")
    yield opened
    opened.close()


def lines(folder: Path) -> list[Any]:
    text = (folder / "state" / "audit.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_tells_what_was_asked_judged_and_answered(audit: Audit, tmp_path: Path) -> None:
    """architecture.md §4 step 10; systems.md X25."""
    audit.record(row())
    assert lines(tmp_path) == [
        {
            "time": "2023-11-14T22:13:20.123Z",
            "profile": "ig-dev",
            "account": "jo",
            "tool": "list_integrations",
            "decision": "allowed",
            "rule": "allow",
            "outcome": "answered",
            "error_code": None,
            "duration_ms": 12.5,
            "bytes_in": 80,
            "bytes_out": 1024,
            "argument_names": ["active_only"],
        }
    ]


def test_lines_are_added_and_never_replaced(audit: Audit, tmp_path: Path) -> None:
    """Ours; also by another process, and after the file was let go."""
    audit.record(row(tool="a"))
    other = Audit(tmp_path / "state" / "audit.jsonl")
    other.record(row(tool="b"))
    other.close()
    audit.record(row(tool="c"))
    audit.close()
    audit.record(row(tool="d"))
    assert [line["tool"] for line in lines(tmp_path)] == ["a", "b", "c", "d"]


def test_lines_of_several_processes_do_not_mix(tmp_path: Path) -> None:
    """POSIX write(2) with O_APPEND: position and write are one deed."""
    program = (
        "import sys; from pathlib import Path; from mcp_proxy.audit import Audit;"
        "audit = Audit(Path(sys.argv[1]))\n"
        "for number in range(200): audit.record({'who': sys.argv[2], 'pad': 'x' * number * 20})"
    )
    path = tmp_path / "state" / "audit.jsonl"
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(path), str(who)]) for who in range(3)
    ]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    assert (
        sorted(line["who"] for line in lines(tmp_path)) == ["0"] * 200 + ["1"] * 200 + ["2"] * 200
    )


def test_a_name_that_would_speak_to_a_terminal_is_written_in_ascii(
    audit: Audit, tmp_path: Path
) -> None:
    """Ours: a client chooses the names of tools that it asks for."""
    names = ["\x1b[2J", "a\nb", "\u202e", "\ud800", "é"]
    audit.record(row(tool=names[0], argument_names=names))
    raw = (tmp_path / "state" / "audit.jsonl").read_bytes()
    assert raw.isascii()
    assert raw.count(b"\n") == 1
    assert b"\x1b" not in raw
    assert lines(tmp_path)[0]["argument_names"] == names


def test_long_names_and_many_names_are_cut() -> None:
    """Ours: a client must not fill the disk with one call."""
    line = row(tool="t" * 10_000, argument_names=("n" * 10_000 for _ in range(10_000)))
    assert line["tool"] == "t" * (LONGEST_NAME - 1) + "…"
    assert line["argument_names"] == ["n" * (LONGEST_NAME - 1) + "…"] * MOST_NAMES
    assert row(tool="t" * LONGEST_NAME)["tool"] == "t" * LONGEST_NAME


def test_only_we_can_read_it(audit: Audit, tmp_path: Path) -> None:
    """peers.md behaviour 28: tightened where it was looser."""
    path = tmp_path / "state" / "audit.jsonl"
    path.parent.mkdir()
    path.touch()
    path.chmod(0o666)
    audit.record(row())
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_link_in_its_place_is_refused(audit: Audit, tmp_path: Path) -> None:
    """peers.md behaviour 28."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "audit.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match=r"is a symbolic link"):
        audit.record(row())
    assert not (tmp_path / "elsewhere").exists()


def test_nothing_is_made_before_there_is_a_line(tmp_path: Path) -> None:
    """Ours; and closing what was never opened is no error."""
    Audit(tmp_path / "state" / "audit.jsonl").close()
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_said(audit: Audit) -> None:
    """POSIX: /dev/full answers ENOSPC to every write."""
    audit._descriptor = os.open("/dev/full", os.O_WRONLY)
    with pytest.raises(
        StoreError, match=r"audit.jsonl cannot be written: No space left on device$"
    ):
        audit.record(row())


@contextmanager
def _small_files() -> Iterator[None]:
    """Files of this process may not grow above 100 bytes; for the deed alone, as the test
    runner's own report may go to a file."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)


def test_half_a_line_is_said(audit: Audit) -> None:
    """POSIX write(2): what fits is written, and the count says so."""
    with pytest.raises(StoreError, match=r"has no room for a whole line$"), _small_files():
        audit.record(row())
