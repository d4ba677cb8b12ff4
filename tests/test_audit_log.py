"""The audit's file."""

from __future__ import annotations

import hashlib
import hmac
import os
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from mcp_proxy.audit import log
from mcp_proxy.audit.log import FILES, Audit, locked, rotated, stamp
from mcp_proxy.errors import StoreError
from mcp_proxy.files import read_private

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = 1_700_000_000.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "audit.jsonl"


@pytest.fixture
def audit(path: Path) -> Iterator[Audit]:
    opened = Audit(path)
    yield opened
    opened.close()


def lines(path: Path) -> list[str]:
    """The lines of a file, all of them whole."""
    text = path.read_text()
    assert text.endswith("\n")
    return text.splitlines()


def everything(path: Path) -> list[str]:
    """The lines of all files, the oldest first."""
    files = [*reversed(rotated(path)), path]
    return [line for file in files if file.exists() for line in lines(file)]


def test_lines_are_added_and_never_replaced(audit: Audit, path: Path) -> None:
    """Ours; also by another process, and after the file was let go."""
    audit.record(b"a\n", NOW)
    other = Audit(path)
    other.record(b"b\n", NOW)
    other.close()
    audit.record(b"c\n", NOW)
    audit.close()
    audit.record(b"d\n", NOW)
    assert lines(path) == ["a", "b", "c", "d"]


def test_a_full_file_is_put_aside(path: Path) -> None:
    """Ours: by size; the oldest goes, so that the folder has a bound."""
    audit = Audit(path, limit=10, files=3)
    for number in range(10):
        audit.record(b"line %d\n" % number, NOW)
    audit.close()
    assert [lines(file) for file in [path, *rotated(path, 3)]] == [
        ["line 8", "line 9"],
        ["line 6", "line 7"],
        ["line 4", "line 5"],
    ]
    assert sorted(one.name for one in path.parent.iterdir()) == [
        "audit.jsonl",
        "audit.jsonl.1",
        "audit.jsonl.2",
        "audit.lock",
    ]


def test_a_file_that_was_full_before_is_put_aside_with_the_first_line(path: Path) -> None:
    """Ours: of the program before, which kept one file."""
    path.parent.mkdir()
    path.write_bytes(b"old\n" * 100)
    audit = Audit(path, limit=100)
    audit.record(b"new\n", NOW)
    audit.close()
    assert lines(path) == ["new"]
    assert len(lines(rotated(path)[0])) == 100


def test_who_holds_a_file_that_was_put_aside_goes_on_in_the_new_one(path: Path) -> None:
    """Ours: it notices within a second, and what it wrote meanwhile is not lost."""
    one, other = Audit(path, limit=12), Audit(path, limit=12)
    other.record(b"other 1\n", NOW)
    one.record(b"one 1\n", NOW)
    one.record(b"one 2\n", NOW)
    other.record(b"other 2\n", NOW + 0.5)
    other.record(b"other 3\n", NOW + 1.5)
    one.close()
    other.close()
    assert lines(rotated(path)[0]) == ["other 1", "one 1", "other 2"]
    assert lines(path) == ["one 2", "other 3"]


def test_the_size_is_that_of_all_who_write(path: Path) -> None:
    """Ours: what others have added counts, from the next look on."""
    one, other = Audit(path, limit=100), Audit(path, limit=100)
    one.record(b"1\n", NOW)
    other.record(b"x" * 120 + b"\n", NOW)
    one.record(b"2\n", NOW + 2)
    one.close()
    other.close()
    assert lines(path) == ["2"]


def test_a_file_that_somebody_took_away_is_made_again(audit: Audit, path: Path) -> None:
    """Ours: removed, or moved by a program that rotates logs."""
    audit.record(b"1\n", NOW)
    path.rename(path.with_name("elsewhere"))
    audit.record(b"2\n", NOW + 2)
    assert lines(path) == ["2"]


def test_a_clock_that_was_put_back_looks_again(audit: Audit, path: Path) -> None:
    """Ours."""
    audit.record(b"1\n", NOW)
    path.unlink()
    audit.record(b"2\n", NOW - 3600)
    assert lines(path) == ["2"]


def test_a_line_does_not_wait_for_a_lock_that_is_kept(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: the line is worth more than the limit; another is tried for later."""
    monkeypatch.setattr(log, "LOCK_SECONDS", 0.0)
    audit = Audit(path, limit=4)
    audit.record(b"1\n", NOW)
    audit.record(b"22\n", NOW)
    with FileLock(path.with_suffix(".lock")):
        audit.record(b"3\n", NOW)
        audit.record(b"4\n", NOW)
    assert lines(path) == ["1", "22", "3", "4"]
    audit.record(b"5\n", NOW)
    assert lines(path) == ["5"]
    audit.close()


def test_who_comes_second_to_a_full_file_puts_no_fresh_one_aside(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: somebody faster has done it between the look and the lock."""
    one, other = Audit(path, limit=8), Audit(path, limit=8)
    one.record(b"full\n", NOW)
    other.record(b"more\n", NOW)
    plain = log.locked

    @contextmanager
    def slow(place: Path) -> Iterator[None]:
        monkeypatch.setattr(log, "locked", plain)
        other.record(b"new\n", NOW + 2)
        with plain(place):
            yield

    monkeypatch.setattr(log, "locked", slow)
    one.record(b"last\n", NOW + 2)
    one.close()
    other.close()
    assert lines(path) == ["new", "last"]
    assert not rotated(path)[1].exists()


PROGRAM = """
import sys, time
from pathlib import Path
from mcp_proxy.audit.log import Audit
audit = Audit(Path(sys.argv[1]), limit=int(sys.argv[3]), files=1000)
for number in range(300):
    audit.record(f"{sys.argv[2]} {number} {'x' * (number % 50) * 20} end\\n".encode(), number)
"""


@pytest.mark.parametrize("limit", [1 << 30, 20_000])
def test_lines_of_several_processes_do_not_mix_and_none_is_lost(path: Path, limit: int) -> None:
    """POSIX write(2) with O_APPEND: position and write are one deed; also while files are put
    aside."""
    command = [sys.executable, "-c", PROGRAM, str(path)]
    running = [subprocess.Popen([*command, str(who), str(limit)]) for who in range(3)]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    files = [*reversed(rotated(path, 1000)), path]
    found = [line for file in files if file.exists() for line in lines(file)]
    assert all(line.endswith(" end") for line in found)
    told = [tuple(map(int, line.split()[:2])) for line in found]
    assert sorted(told) == [(who, number) for who in range(3) for number in range(300)]
    # Each one's own lines stay in their order.
    assert [one for one in told if one[0] == 1] == [(1, number) for number in range(300)]


def test_only_we_can_read_it(audit: Audit, path: Path) -> None:
    """peers.md behaviour 28: tightened where it was looser."""
    path.parent.mkdir()
    path.touch()
    path.chmod(0o666)
    audit.record(b"1\n", NOW)
    audit.keyed_hash(b"")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.with_suffix(".key").stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_link_in_its_place_is_refused(audit: Audit, path: Path) -> None:
    """peers.md behaviour 28."""
    path.parent.mkdir()
    path.symlink_to(path.with_name("elsewhere"))
    with pytest.raises(StoreError, match=r"is a symbolic link"):
        audit.record(b"1\n", NOW)
    assert not path.with_name("elsewhere").exists()


def test_nothing_is_made_before_there_is_a_line(tmp_path: Path, path: Path) -> None:
    """Ours; and closing what was never opened is no error."""
    Audit(path).close()
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_said(audit: Audit) -> None:
    """POSIX: /dev/full answers ENOSPC to every write."""
    audit._descriptor = os.open("/dev/full", os.O_WRONLY)
    audit._looked_at = NOW
    with pytest.raises(
        StoreError, match=r"audit.jsonl cannot be written: No space left on device$"
    ):
        audit.record(b"1\n", NOW)


@contextmanager
def _small_files(size: int) -> Iterator[None]:
    """Files of this process may not grow above `size` bytes; for the deed alone, as the test
    runner's own report may go to a file."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)


def test_half_a_line_is_said_and_spoils_no_other(audit: Audit, path: Path) -> None:
    """POSIX write(2): what fits is written, and the count says so."""
    with pytest.raises(StoreError, match=r"has no room for a whole line$"), _small_files(5):
        audit.record(b"too long\n", NOW)
    audit.record(b"1\n", NOW)
    audit.record(b"2\n", NOW)
    assert lines(path) == ["too l", "1", "2"]


def test_half_a_line_of_an_earlier_process_spoils_no_other(audit: Audit, path: Path) -> None:
    """Ours: it was killed, or the disk was full."""
    path.parent.mkdir()
    path.write_bytes(b"1\nhal")
    audit.record(b"2\n", NOW)
    assert lines(path) == ["1", "hal", "2"]


def test_the_hash_is_keyed(audit: Audit, path: Path) -> None:
    """RFC 2104. The key is this machine's, and stays."""
    told = audit.keyed_hash(b"arguments")
    key = path.with_suffix(".key").read_bytes()
    assert len(key) == 32
    assert told == hmac.digest(key, b"arguments", hashlib.sha256).hex()
    assert told == audit.keyed_hash(b"arguments") == Audit(path).keyed_hash(b"arguments")
    assert told != audit.keyed_hash(b"others")


def test_half_a_key_is_made_anew(audit: Audit, path: Path) -> None:
    """Ours."""
    path.parent.mkdir()
    path.with_suffix(".key").write_bytes(b"short")
    assert audit.keyed_hash(b"1") == Audit(path).keyed_hash(b"1")


def test_two_who_want_the_first_key_get_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: the second finds what the first has made while it waited."""
    first = Audit(path).keyed_hash(b"1")
    seen: list[bytes | None] = [None]
    monkeypatch.setattr(log, "read_private", lambda at: seen.pop() if seen else read_private(at))
    assert Audit(path).keyed_hash(b"1") == first


def test_the_lock_of_others_is_waited_for_and_no_longer(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours."""
    monkeypatch.setattr(log, "LOCK_SECONDS", 0.0)
    with (
        locked(path),
        pytest.raises(StoreError, match=r"keeps .*audit.lock locked"),
        locked(path),
    ):
        pass


def test_a_time_is_written_in_utc() -> None:
    """systems.md X25."""
    assert stamp(1_700_000_000) == "2023-11-14T22:13:20"


def test_five_files_are_kept() -> None:
    """Ours: some 40 MB."""
    assert [one.name for one in rotated(Path("audit.jsonl"))] == [
        f"audit.jsonl.{number}" for number in range(1, FILES)
    ]
