"""The lines of the audit, read again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.audit import history
from mcp_proxy.audit.history import History
from mcp_proxy.audit.log import Audit, rotated
from mcp_proxy.errors import StoreError
from mcp_proxy.files import open_private

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

NOW = 1_700_000_000.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "audit.jsonl"


def write(path: Path, *numbers: int, limit: int = 1 << 20) -> None:
    audit = Audit(path, limit=limit)
    for number in numbers:
        audit.record(json.dumps({"n": number}).encode() + b"\n", NOW)
    audit.close()


def test_the_oldest_line_comes_first_over_all_files(path: Path) -> None:
    """Ours: what was put aside is part of it."""
    write(path, *range(12), limit=24)
    assert rotated(path)[1].exists()
    assert [line["n"] for line in History(path)] == list(range(12))


def test_what_is_damaged_is_counted_and_left_out(path: Path) -> None:
    """Ours: half a line of a killed process does not hide the others."""
    write(path, 1)
    with path.open("ab") as file:
        file.write(b'{"n":2,"cut\n\n[3]\n' + b"[" * 100_000 + b"\n")
    write(path, 4)
    lines = History(path)
    assert [line["n"] for line in lines] == [1, 4]
    assert lines.damaged == 3


def test_where_nothing_was_ever_called_there_are_no_lines(tmp_path: Path, path: Path) -> None:
    """Ours; and reading makes nothing."""
    assert list(History(path)) == []
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_put_aside_meanwhile_is_read_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: between the opening of one file and of the next."""
    write(path, 1, 2)
    opened: list[Path] = []

    def opening(place: Path) -> BinaryIO | None:
        file = open_private(place)
        opened.append(place)
        if len(opened) == 1:
            path.rename(rotated(path)[0])
            write(path, 3)
        return file

    monkeypatch.setattr(history, "open_private", opening)
    assert [line["n"] for line in History(path)] == [1, 2]


def test_a_link_in_its_place_is_refused(path: Path) -> None:
    """peers.md behaviour 28."""
    path.parent.mkdir()
    path.symlink_to("/etc/passwd")
    with pytest.raises(StoreError, match="symbolic link"):
        list(History(path))
