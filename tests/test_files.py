"""Private files, on a real disk."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from mcp_proxy import files
from mcp_proxy.errors import StoreError
from mcp_proxy.files import (
    open_lines,
    private_folder,
    read_private,
    remove_private,
    set_aside,
    shut,
    write_private,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture(params=[0o000, 0o022, 0o377])
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    """The permissive, the usual, and one that takes even the owner's rights."""
    old = os.umask(request.param)
    yield
    os.umask(old)


@pytest.mark.usefixtures("_umask")
def test_folders_and_files_are_private_whatever_the_umask(tmp_path: Path) -> None:
    """peers.md 28; systems.md X9."""
    folder = private_folder(tmp_path / "state" / "vault")
    write_private(folder / "record", b"sealed")
    os.close(open_lines(folder / "log"))
    assert [mode(path) for path in (folder.parent, folder)] == [0o700, 0o700]
    assert mode(folder / "record") == 0o600
    assert mode(folder / "log") & 0o077 == 0


def test_a_file_is_private_before_it_holds_a_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md X9: no chmod afterwards. Looked at when the operating system is asked to sync."""
    seen: list[tuple[int, int]] = []
    sync = os.fsync

    def looking(descriptor: int) -> None:
        facts = os.fstat(descriptor)
        seen.append((stat.S_IMODE(facts.st_mode), facts.st_size))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", looking)
    monkeypatch.setattr(os, "fchmod", lambda *_: None)
    write_private(tmp_path / "record", b"sealed")
    assert seen[0] == (0o600, 6)
    assert len(seen) == 2, "the file first, then its folder"


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    """Ours."""
    write_private(tmp_path / "record", b"old")
    write_private(tmp_path / "record", b"new\r\n\x00")
    assert read_private(tmp_path / "record") == b"new\r\n\x00"
    assert [path.name for path in tmp_path.iterdir()] == ["record"], "nothing temporary stays"


def test_the_beginning_of_a_file_can_be_read_alone(tmp_path: Path) -> None:
    """Ours."""
    write_private(tmp_path / "file", b"0123456789")
    assert read_private(tmp_path / "file", 3) == b"012"


def test_a_missing_file_is_none(tmp_path: Path) -> None:
    """Ours."""
    assert read_private(tmp_path / "record") is None
    assert read_private(tmp_path / "no" / "such") is None


def test_loose_modes_are_tightened(tmp_path: Path) -> None:
    """peers.md 28."""
    folder = tmp_path / "vault"
    folder.mkdir(mode=0o755)
    (folder / "record").write_bytes(b"sealed")
    (folder / "record").chmod(0o644)
    private_folder(folder)
    assert read_private(folder / "record") == b"sealed"
    assert (mode(folder), mode(folder / "record")) == (0o700, 0o600)


def test_others_lose_the_right_to_change_a_folder_when_it_is_read(tmp_path: Path) -> None:
    """Ours: who can change a folder can put another file in a file's place."""
    folder = private_folder(tmp_path / "vault")
    write_private(folder / "record", b"sealed")
    folder.chmod(0o777)
    assert read_private(folder / "record") == b"sealed"
    assert mode(folder) == 0o755
    shut(tmp_path / "none")


def test_a_folder_of_somebody_else_keeps_its_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: a container's volume. We become somebody else, which needs no rights."""
    tmp_path.chmod(0o777)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    shut(tmp_path)
    assert mode(tmp_path) == 0o777


def test_existing_parents_are_left_alone(tmp_path: Path) -> None:
    """Ours: the home folder is none of our business."""
    tmp_path.chmod(0o755)
    private_folder(tmp_path / "vault")
    assert mode(tmp_path) == 0o755


def test_a_symbolic_link_is_refused_and_its_target_stays_as_it_is(tmp_path: Path) -> None:
    """systems.md X9."""
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"theirs")
    target.chmod(0o644)
    link.symlink_to(target)
    with pytest.raises(StoreError, match="link is a symbolic link") as told:
        read_private(link)
    assert told.value.hint is not None
    with pytest.raises(StoreError, match="link is a symbolic link"):
        open_lines(link)
    assert (target.read_bytes(), mode(target)) == (b"theirs", 0o644)


def test_writing_replaces_a_symbolic_link_instead_of_following_it(tmp_path: Path) -> None:
    """systems.md X9."""
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"theirs")
    link.symlink_to(target)
    write_private(link, b"ours")
    assert (target.read_bytes(), link.is_symlink(), link.read_bytes()) == (
        b"theirs",
        False,
        b"ours",
    )


def test_a_linked_folder_is_refused(tmp_path: Path) -> None:
    """systems.md X9."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "vault").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="vault is a symbolic link"):
        private_folder(tmp_path / "vault")


def test_a_file_in_a_folders_place_is_refused(tmp_path: Path) -> None:
    """Ours."""
    (tmp_path / "vault").write_bytes(b"")
    with pytest.raises(StoreError, match="vault is not a folder"):
        private_folder(tmp_path / "vault")


@pytest.mark.parametrize("kind", ["folder", "fifo"])
def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    """Ours: opening a FIFO would wait for a writer for ever."""
    path = tmp_path / "record"
    if kind == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    with pytest.raises(StoreError, match="record is not a regular file"):
        read_private(path)


def test_what_belongs_to_another_user_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md 28. We become somebody else, which needs no rights."""
    write_private(tmp_path / "record", b"sealed")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(StoreError, match="record belongs to another user"):
        read_private(tmp_path / "record")
    with pytest.raises(StoreError, match="belongs to another user"):
        private_folder(tmp_path)


def test_a_write_that_cannot_be_keeps_the_old_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: a full disk, told in one sentence."""
    write_private(tmp_path / "record", b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as world:
        world.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match="record cannot be written: No space left") as told:
            write_private(tmp_path / "record", b"new")
    assert str(tmp_path) in (told.value.hint or "")
    assert read_private(tmp_path / "record") == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["record"]


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    """Ours."""
    with pytest.raises(StoreError, match="cannot be written: No such file"):
        write_private(tmp_path / "no" / "record", b"x")


def test_what_is_removed_is_gone_and_what_was_gone_is_no_error(tmp_path: Path) -> None:
    """Ours."""
    write_private(tmp_path / "record", b"x")
    remove_private(tmp_path / "record")
    remove_private(tmp_path / "record")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StoreError, match="cannot be removed"):
        remove_private(tmp_path)


def test_lines_are_appended(tmp_path: Path) -> None:
    """Ours."""
    for line in (b"one\n", b"two\n"):
        descriptor = open_lines(tmp_path / "log")
        os.write(descriptor, line)
        os.close(descriptor)
    assert (tmp_path / "log").read_bytes() == b"one\ntwo\n"


def test_a_damaged_file_is_set_aside_and_never_overwrites_another(tmp_path: Path) -> None:
    """Ours: issue "a damaged vault or catalog file is set aside"."""
    names = []
    for content in (b"first", b"second"):
        write_private(tmp_path / "record", content)
        names.append(set_aside(tmp_path / "record", now=1_000.9).name)
    assert names == ["record.damaged-1000", "record.damaged-1001"]
    assert (tmp_path / names[0]).read_bytes() == b"first"
    assert (tmp_path / names[1]).read_bytes() == b"second"
    assert not (tmp_path / "record").exists()


def test_who_comes_second_to_a_damaged_file_leaves_nothing_behind(tmp_path: Path) -> None:
    """Ours."""
    with pytest.raises(StoreError, match="record cannot be set aside"):
        set_aside(tmp_path / "record", now=1.0)
    assert list(tmp_path.iterdir()) == []


def test_where_there_are_no_modes_files_are_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: Windows knows neither modes nor owners of this kind, and opens no folder."""
    monkeypatch.delattr(os, "O_DIRECTORY")
    monkeypatch.setattr(files, "_POSIX", False)
    write_private(private_folder(tmp_path / "vault") / "record", b"x")
    assert read_private(tmp_path / "vault" / "record") == b"x"
