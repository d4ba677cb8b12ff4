"""The audit's file: whole lines from many processes, in files of a bounded size.

Each line is one write at the file's end, so that lines of several processes never mix.
A file that has grown to its limit is renamed under a lock, `audit.jsonl` to
`audit.jsonl.1` and so on; whoever holds the renamed one open notices within a second
and goes on in the new one. What it wrote meanwhile stands in the renamed one: no line is
lost and none is torn.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from time import gmtime, strftime
from typing import TYPE_CHECKING

from mcp_proxy.errors import StoreError
from mcp_proxy.files import open_lines, private_folder, read_private, write_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIMIT_BYTES = 8 << 20
"""Size at which a file is put aside (ours: some 20,000 calls)."""
FILES = 5
"""Files that are kept, the one in use included."""
LOOK_SECONDS = 1.0
"""How often it is looked whether somebody else has put the file aside."""
LOCK_SECONDS = 1.0
"""How long a line waits for others who put files aside; then it is written where it is."""
_BLOCK = 64
"""Bytes of a block of SHA-256 (RFC 2104 §2)."""
_KEY_BYTES = 32


class Audit:
    """Appends to the file at `path`, which is made with the first line.

    `limit` and `files` are as `LIMIT_BYTES` and `FILES`.
    """

    def __init__(self, path: Path, *, limit: int = LIMIT_BYTES, files: int = FILES) -> None:
        self._path = path
        self._limit = limit
        self._files = files
        self._descriptor: int | None = None
        self._size = 0
        self._looked_at = 0.0
        self._is_torn = False
        self._hmac: tuple[hashlib._Hash, hashlib._Hash] | None = None

    def record(self, line: bytes, now: float) -> None:
        """Append one line, which ends in a line break; `now` is in epoch seconds.

        Raises:
            StoreError: the file is a symbolic link or somebody else's, or the disk is full.
        """
        descriptor = self._current(now)
        if self._is_torn:
            # What came before has no end: it must not spoil this line as well.
            line = b"\n" + line
        try:
            written = os.write(descriptor, line)
        except OSError as error:
            raise StoreError(f"{self._path} cannot be written: {error.strerror}") from error
        self._size += written
        self._is_torn = written < len(line)
        if self._is_torn:
            raise StoreError(f"{self._path} has no room for a whole line")

    def keyed_hash(self, data: bytes) -> str:
        """HMAC-SHA-256 of `data` under this machine's key, hexadecimal (RFC 2104).

        Raises:
            StoreError: the key's file cannot be used.
        """
        inner, outer = self._hmac or self._keyed()
        first, second = inner.copy(), outer.copy()
        first.update(data)
        second.update(first.digest())
        return second.hexdigest()

    def close(self) -> None:
        """Let go of the file; the next line opens it again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    # ---- the file ---------------------------------------------------------------------------

    def _current(self, now: float) -> int:
        """The file to write to, opened, looked at or put aside where that is due."""
        descriptor = self._descriptor
        if descriptor is None:
            descriptor = self._open()
        elif self._size >= self._limit or not 0.0 <= now - self._looked_at < LOOK_SECONDS:
            descriptor = self._looked(descriptor)
        else:
            return descriptor
        self._looked_at = now
        if self._size >= self._limit:
            descriptor = self._rotated(descriptor)
        return descriptor

    def _open(self) -> int:
        private_folder(self._path.parent)
        self._descriptor = open_lines(self._path)
        self._size = os.fstat(self._descriptor).st_size
        self._is_torn = self._size > 0 and not _ends_whole(self._path, self._size)
        return self._descriptor

    def _looked(self, descriptor: int) -> int:
        """The file now at the path, whoever made it; its size."""
        if not self._is_at_path(descriptor):
            self.close()
            return self._open()
        self._size = os.fstat(descriptor).st_size
        return descriptor

    def _is_at_path(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(self._path.lstat(), os.fstat(descriptor))
        except FileNotFoundError:
            return False

    def _rotated(self, descriptor: int) -> int:
        """A file with room, after the full one was put aside, by us or by somebody faster."""
        try:
            with locked(self._path):
                if self._is_at_path(descriptor):
                    self._put_aside()
                self.close()
                return self._open()
        except (OSError, StoreError):
            # Somebody keeps the lock, or (Windows) the file: the line is worth more than the limit.
            self._limit = self._size + self._limit
            return self._descriptor if self._descriptor is not None else self._open()

    def _put_aside(self) -> None:
        names = [self._path, *rotated(self._path, self._files)]
        for older, newer in zip(names[:0:-1], names[-2::-1], strict=True):
            if newer.exists():
                newer.replace(older)

    # ---- the key of the hashes ----------------------------------------------------------------

    def _keyed(self) -> tuple[hashlib._Hash, hashlib._Hash]:
        key = _key(self._path).ljust(_BLOCK, b"\0")
        inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key))
        outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key))
        self._hmac = inner, outer
        return self._hmac


def rotated(path: Path, files: int = FILES) -> list[Path]:
    """Where files that were put aside lie, the newest first, whether or not they are there."""
    return [path.with_name(f"{path.name}.{number}") for number in range(1, files)]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Nobody puts the files of `path` aside meanwhile.

    Raises:
        StoreError: somebody else kept the lock, or there are no locks.
    """
    # 25 ms, once in 20,000 calls.
    from filelock import FileLock, Timeout  # noqa: PLC0415

    private_folder(path.parent)
    lock = FileLock(path.with_suffix(".lock"), mode=0o600, fallback_to_soft=False)
    try:
        with lock.acquire(timeout=LOCK_SECONDS):
            yield
    except Timeout as error:
        raise StoreError(f"Somebody else keeps {lock.lock_file} locked") from error


def stamp(second: int) -> str:
    """Epoch seconds as `2026-01-31T12:00:00`, in UTC."""
    return strftime("%Y-%m-%dT%H:%M:%S", gmtime(second))


def _ends_whole(path: Path, size: int) -> bool:
    with path.open("rb") as file:
        file.seek(size - 1)
        return file.read(1) == b"\n"


def _key(path: Path) -> bytes:
    """This machine's key, made with the first hash; it never leaves the folder."""
    place = path.with_suffix(".key")
    key = read_private(place)
    if key is None or len(key) < _KEY_BYTES:
        with locked(path):
            key = read_private(place)
            if key is None or len(key) < _KEY_BYTES:
                key = os.urandom(_KEY_BYTES)
                write_private(place, key)
    return key[:_KEY_BYTES]
