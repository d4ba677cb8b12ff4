"""The sealed records in a vault's folder: `KIND/NAME.sealed`, each under its own name.

Whoever changes one holds the vault's lock (`vaultkey`).
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from mcp_proxy.files import private_folder, read_private, write_private
from mcp_proxy.tokens.vault import NONCE_BYTES, DamagedError, open_sealed, seal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


def path_of(folder: Path, name: str) -> Path:
    """Where the record `name` lies, as `grants/KEY`."""
    return folder / f"{name}.sealed"


def names_in(folder: Path) -> list[str]:
    """Every record that is there, damaged or not."""
    return sorted(f"{path.parent.name}/{path.stem}" for path in folder.glob("*/*.sealed"))


def write_sealed(folder: Path, key: bytes, name: str, plain: bytes) -> None:
    """Keep a record durably, in place of an earlier one.

    Raises:
        StoreError: the disk is full, the folder is not writable.
    """
    path = path_of(folder, name)
    private_folder(private_folder(folder) / path.parent.name)
    write_private(path, seal(key, name, plain, os.urandom(NONCE_BYTES)))


def opened(folder: Path, name: str, keys: Callable[[], Sequence[bytes]]) -> bytes | None:
    """The record `name` by the first of `keys` that opens it, or None when there is none.

    The keys are asked for once there is something to open.

    Raises:
        DamagedError: it opens with none of them.
        StoreError: a newer version sealed it, or it cannot be read.
    """
    sealed = read_private(path_of(folder, name))
    if sealed is None:
        return None
    *others, last = keys()
    for key in others:
        with suppress(DamagedError):
            return open_sealed(key, name, sealed)
    return open_sealed(last, name, sealed)


def refuse_newer(folder: Path, key: bytes) -> None:
    """Pass unless a newer version has sealed a record.

    Raises:
        StoreError: it has, and what is not understood must not be touched.
    """
    for name in names_in(folder):
        with suppress(DamagedError):
            opened(folder, name, lambda: (key,))


def reseal(folder: Path, old: bytes, new: bytes) -> int:
    """Seal every record with `new`, and return how many are.

    What neither key opens was damaged before, and stays as it is.

    Raises:
        StoreError: a newer version sealed a record, the disk is full.
    """
    return sum(_is_resealed(folder, name, old, new) for name in names_in(folder))


def _is_resealed(folder: Path, name: str, old: bytes, new: bytes) -> bool:
    with suppress(DamagedError):
        opened(folder, name, lambda: (new,))
        return True  # a change that was cut off had come so far
    with suppress(DamagedError):
        plain = opened(folder, name, lambda: (old,))
        if plain is not None:
            write_sealed(folder, new, name, plain)
            return True
    return False
