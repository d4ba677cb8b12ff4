"""Sealed records by name, as `grants/KEY`: on the disk, or in the memory of this process.

`MCP_PERMIT_VAULT=memory` chooses memory: then a record ends with the process, and no
key is needed.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol, TypeVar

from mcp_proxy.errors import ConfigError, StoreError
from mcp_proxy.files import read_private, remove_private, set_aside
from mcp_proxy.tokens.record import MalformedError
from mcp_proxy.tokens.sealed import opened, path_of, write_sealed
from mcp_proxy.tokens.vault import DamagedError
from mcp_proxy.tokens.vaultkey import VaultKey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

Content = TypeVar("Content")

VARIABLE = "MCP_PERMIT_VAULT"

_memory: dict[Path, dict[str, bytes]] = {}
"""What the memories of this process hold: all its stores of one folder share one."""


class Safe(Protocol):
    """Keeps secrets by name."""

    def read(self, name: str, parse: Callable[[bytes], Content]) -> Content | None:
        """What `parse` makes of the record `name`, or None when there is none.

        Raises:
            StoreError: it was damaged and is now set aside; a newer version wrote it; the
                vault's key cannot be had.
        """

    def write(self, name: str, plain: bytes) -> None:
        """Keep `plain` durably, in place of what has that name."""

    def remove(self, name: str) -> None:
        """Forget a record, if it is there."""

    def unlock(self) -> None:
        """Have what is needed to write; may take as long as a keyring may, or a passphrase.

        Raises:
            StoreError: it cannot be had.
        """

    def held(self) -> dict[str, bytes]:
        """The vault keys at hand, by their checks; none where none are needed."""

    def describe(self) -> str:
        """Where the key lies, for people."""


def is_in_memory() -> bool:
    """Whether grants live only as long as this process.

    Raises:
        ConfigError: the variable says something else.
    """
    said = os.environ.get(VARIABLE, "").strip()
    if said not in {"", "memory"}:
        raise ConfigError(
            f"{VARIABLE} can only be memory, or not be set",
            key=VARIABLE,
            hint="mcp-permit vault move keyring | file | passphrase chooses another place",
        )
    return bool(said)


def safe_in(
    folder: Path, now: Callable[[], float], held: Mapping[str, bytes] | None = None
) -> Safe:
    """The safe for the vault in `folder`, as the environment wants it."""
    return MemorySafe(folder) if is_in_memory() else DiskSafe(folder, now, held)


class DiskSafe:
    """Sealed files in the vault's folder.

    Args:
        folder: the vault's; made when first written to.
        now: the time, to name what is set aside.
        held: vault keys that were had before, by their checks.
    """

    def __init__(
        self, folder: Path, now: Callable[[], float], held: Mapping[str, bytes] | None = None
    ) -> None:
        self._folder = folder
        self._now = now
        self._key = VaultKey(folder, now, held)

    def read(self, name: str, parse: Callable[[bytes], Content]) -> Content | None:
        """See `Safe`."""
        try:
            return self._parsed(name, parse, self._key.keys)
        except (DamagedError, MalformedError):
            # Or sealed anew with another key while we looked: under the lock nobody does that.
            with self._key.locked():
                key = self._key.settled()
                path = path_of(self._folder, name)
                return judged(path, self._now, lambda: self._parsed(name, parse, lambda: (key,)))

    def write(self, name: str, plain: bytes) -> None:
        """See `Safe`."""
        with self._key.locked():
            write_sealed(self._folder, self._key.settled(), name, plain)

    def remove(self, name: str) -> None:
        """See `Safe`."""
        path = path_of(self._folder, name)
        if read_private(path) is not None:
            # Who seals records anew must not bring it back.
            with self._key.locked():
                remove_private(path)

    def unlock(self) -> None:
        """See `Safe`."""
        self._key.load()

    def held(self) -> dict[str, bytes]:
        """See `Safe`."""
        return self._key.held()

    def describe(self) -> str:
        """See `Safe`."""
        return self._key.describe()

    def _parsed(
        self,
        name: str,
        parse: Callable[[bytes], Content],
        keys: Callable[[], Sequence[bytes]],
    ) -> Content | None:
        plain = opened(self._folder, name, keys)
        return None if plain is None else parse(plain)


class MemorySafe:
    """The memory of this process, the same for all who ask for one `folder`."""

    def __init__(self, folder: Path) -> None:
        self._records = _memory.setdefault(folder, {})

    def read(self, name: str, parse: Callable[[bytes], Content]) -> Content | None:
        """See `Safe`."""
        plain = self._records.get(name)
        return None if plain is None else parse(plain)

    def write(self, name: str, plain: bytes) -> None:
        """See `Safe`."""
        self._records[name] = plain

    def remove(self, name: str) -> None:
        """See `Safe`."""
        self._records.pop(name, None)

    def unlock(self) -> None:
        """See `Safe`. Nothing is needed."""

    def held(self) -> dict[str, bytes]:
        """See `Safe`."""
        return {}

    def describe(self) -> str:
        """See `Safe`."""
        return f"nowhere: grants end with the process ({VARIABLE}=memory)"


def judged(path: Path, now: Callable[[], float], read: Callable[[], Content]) -> Content:
    """What `read` finds in `path`; a damaged file is set aside, in one sentence.

    Raises:
        StoreError: it was damaged.
    """
    try:
        return read()
    except (DamagedError, MalformedError) as error:
        aside = set_aside(path, now())
        raise StoreError(
            f"{path} was damaged and is kept as {aside.name}", hint="mcp-permit login"
        ) from error
