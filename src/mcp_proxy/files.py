"""Files of ours: private from the first byte, replaced whole or not at all.

Folders are 0700 and files 0600 whatever the umask says; looser modes found are
tightened; symbolic links and what belongs to somebody else are refused. Windows
has neither modes nor owners of this kind: there the user's folder keeps others out.

Every failure is a `StoreError` that names the path, never the content.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING

from mcp_proxy.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_POSIX = hasattr(os, "getuid")
# Not blocking: a FIFO put in a file's place would otherwise hold us for ever.
_SAFELY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def private_folder(path: Path) -> Path:
    """Make sure that `path` is a folder of ours with mode 0700, and return it.

    Missing parents are made with the same mode; existing ones are left alone.

    Raises:
        StoreError: it is a symbolic link, no folder, or somebody else's.
    """
    with _told(path, "made private"):
        if not path.parent.exists():
            private_folder(path.parent)
        with suppress(FileExistsError):
            path.mkdir(mode=stat.S_IRWXU)
        facts = path.lstat()
        _refuse_foreign(path, facts, stat.S_ISDIR(facts.st_mode), "folder")
        # Not only looser modes: a strange umask may have made it narrower.
        if _POSIX and stat.S_IMODE(facts.st_mode) != stat.S_IRWXU:
            path.chmod(stat.S_IRWXU)
    return path


def shut(folder: Path) -> None:
    """Take from others the right to change what lies in `folder`, where it is ours.

    A folder of somebody else has the mode that its owner chose: a container's volume, `/tmp`.

    Raises:
        StoreError: others may change it, and it cannot be helped.
    """
    try:
        facts = folder.stat()
    except OSError:
        return  # whoever wants something in it is told
    if _POSIX and facts.st_mode & _OTHERS_WRITE and facts.st_uid == os.geteuid():
        with _told(folder, "made private"):
            folder.chmod(stat.S_IMODE(facts.st_mode) & ~_OTHERS_WRITE)


def read_private(path: Path, most: int = -1) -> bytes | None:
    """All of a file of ours, or its first `most` bytes; None when there is none.

    Raises:
        StoreError: it is a symbolic link, no regular file, somebody else's, or unreadable.
    """
    file = open_private(path)
    if file is None:
        return None
    with _told(path, "read"), file:
        return file.read(most)


def open_private(path: Path) -> BinaryIO | None:
    """A file of ours to read from, or None when there is none; the caller closes it.

    Raises:
        StoreError: as for `read_private`.
    """
    shut(path.parent)
    with _told(path, "read"):
        try:
            descriptor = _open_own(path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        return open(descriptor, "rb")  # noqa: PTH123 - a descriptor, not a path


def write_private(path: Path, data: bytes) -> None:
    """Replace `path` durably: after a crash it holds the old bytes or the new ones, whole.

    A symbolic link in its place is replaced, not followed. The folder must exist.

    Raises:
        StoreError: the disk is full, the folder is not writable.
    """
    temporary = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
    with _told(path, "written"):
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFELY, 0o600)
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
                _narrow(descriptor)
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        _sync_folder(path.parent)


def open_lines(path: Path) -> int:
    """A descriptor whose writes go to the end of `path`; the caller closes it.

    For a file that gets many lines: opening costs ten times the write.

    Raises:
        StoreError: as for `read_private`.
    """
    with _told(path, "written"):
        return _open_own(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def remove_private(path: Path) -> None:
    """Remove a file of ours, if it is there.

    Raises:
        StoreError: the folder is not writable.
    """
    with _told(path, "removed"):
        path.unlink(missing_ok=True)


def set_aside(path: Path, now: float) -> Path:
    """Rename a damaged file to `NAME.damaged-<n>` and return that; nothing is overwritten.

    `n` is `now` in whole seconds, or the next number that is free.

    Raises:
        StoreError: it is gone already, because another process was faster.
    """
    with _told(path, "set aside"):
        names = (f"{path.name}.damaged-{number}" for number in count(int(now)))
        # Taking the name first makes the rename safe: it can only replace our own empty file.
        aside = next(filter(_take, map(path.with_name, names)))
        try:
            return path.replace(aside)
        except OSError:
            aside.unlink()
            raise


def _take(path: Path) -> bool:
    """Whether the name was free, and is an empty file of ours now."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    return True


def _open_own(path: Path, flags: int) -> int:
    """A descriptor of a regular file that is ours, tightened to 0600."""
    if path.is_symlink():
        raise _refusal(path, "is a symbolic link")
    descriptor = os.open(path, flags | _SAFELY, 0o600)
    try:
        facts = os.fstat(descriptor)
        _refuse_foreign(path, facts, stat.S_ISREG(facts.st_mode), "regular file")
        if facts.st_mode & _OTHERS:
            _narrow(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _narrow(descriptor: int) -> None:
    if _POSIX:
        os.fchmod(descriptor, 0o600)


def _refuse_foreign(path: Path, facts: os.stat_result, is_kind: bool, kind: str) -> None:  # noqa: FBT001 - private
    if stat.S_ISLNK(facts.st_mode):
        raise _refusal(path, "is a symbolic link")
    if not is_kind:
        raise _refusal(path, f"is not a {kind}")
    if _POSIX and facts.st_uid != os.geteuid():
        raise _refusal(path, "belongs to another user")


def _refusal(path: Path, reason: str) -> StoreError:
    return StoreError(
        f"{path} {reason} and is not used",
        hint=f"Look at who put it there, then remove it: {path}",
    )


def _sync_folder(folder: Path) -> None:
    """Make a rename durable. Windows has no such call and needs none."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told(path: Path, deed: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{path} cannot be {deed}: {error.strerror}",
            hint=f"Check that {path.parent} exists, is yours and has room",
        ) from error
