"""Secrets by name, on a real disk and in memory."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backends import fail

import rings
from mcp_proxy.errors import ConfigError, StoreError
from mcp_proxy.tokens import safe, vaultkey
from mcp_proxy.tokens.record import MalformedError
from mcp_proxy.tokens.safe import DiskSafe, MemorySafe, safe_in
from mcp_proxy.tokens.sealed import path_of, write_sealed
from mcp_proxy.tokens.vaultkey import VaultKey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    rings.choose(fail.Keyring)
    yield
    keyring.set_keyring(before)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "vault"


def seven() -> float:
    return 7.0


@pytest.mark.parametrize("kind", ["disk", "memory"])
def test_what_is_kept_is_found_under_its_name_until_it_is_removed(
    folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours."""
    monkeypatch.setenv("MCP_PERMIT_VAULT", "memory" if kind == "memory" else " ")
    mine, other = safe_in(folder, seven), safe_in(folder, seven)
    assert mine.read("grants/one", bytes) is None
    mine.write("grants/one", b"first")
    mine.write("grants/one", b"secret")
    assert other.read("grants/one", bytes.upper) == b"SECRET"
    assert other.read("grants/two", bytes) is None
    other.remove("grants/one")
    other.remove("grants/one")
    assert mine.read("grants/one", bytes) is None


def test_memory_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue 3, "Vault key": memory only."""
    monkeypatch.setenv("MCP_PERMIT_VAULT", "memory")
    kept = safe_in(folder, seven)
    kept.write("grants/one", b"secret")
    assert isinstance(kept, MemorySafe)
    assert "grants end with the process" in kept.describe()
    assert not folder.exists()
    monkeypatch.setattr(safe, "_memory", {})
    assert safe_in(folder, seven).read("grants/one", bytes) is None


def test_another_word_for_memory_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: whoever wanted no file must not get one for a slip."""
    monkeypatch.setenv("MCP_PERMIT_VAULT", "memroy")
    with pytest.raises(ConfigError, match="can only be memory"):
        safe_in(folder, seven)


def test_reading_and_removing_make_no_folder(folder: Path) -> None:
    """Ours."""
    kept = DiskSafe(folder, seven)
    assert kept.read("grants/one", bytes) is None
    kept.remove("grants/one")
    assert kept.describe() == "not made yet"
    assert not folder.exists()


def test_nobody_writes_or_removes_while_records_are_sealed_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: what is written with the old key in between would be lost."""
    kept = DiskSafe(folder, seven)
    kept.write("grants/one", b"secret")
    monkeypatch.setattr(vaultkey, "_LOCK_SECONDS", 0)
    with VaultKey(folder).locked():
        with pytest.raises(StoreError, match="locked"):
            kept.write("grants/one", b"later")
        with pytest.raises(StoreError, match="locked"):
            kept.remove("grants/one")
        assert kept.read("grants/one", bytes) == b"secret"
    kept.remove("grants/one")
    assert kept.read("grants/one", bytes) is None


def test_a_record_that_was_sealed_anew_under_our_eyes_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: the key was looked up a moment before another process changed it."""
    kept = DiskSafe(folder, seven)
    kept.write("grants/one", b"secret")
    old = VaultKey(folder).load()
    monkeypatch.setattr(VaultKey, "keys", lambda _key: (old,))
    VaultKey(folder).rekey("file")
    assert kept.read("grants/one", bytes) == b"secret"


def test_damage_is_said_once_and_set_aside(folder: Path) -> None:
    """Ours: never overwritten in silence."""

    def malformed(_text: bytes) -> bytes:
        raise MalformedError("no record")

    kept = DiskSafe(folder, seven)
    kept.write("grants/one", b"secret")
    write_sealed(folder, b"x" * 32, "grants/two", b"secret")
    for name, parse in (("grants/one", malformed), ("grants/two", bytes)):
        with pytest.raises(StoreError, match=r"was damaged and is kept as .*\.damaged-7") as told:
            kept.read(name, parse)
        assert told.value.hint == "mcp-permit login"
        assert kept.read(name, parse) is None


def test_a_lost_key_is_no_damage(folder: Path) -> None:
    """Ours: it may come back."""
    kept = DiskSafe(folder, time.time)
    kept.write("grants/one", b"secret")
    (folder / "vault.key").unlink()
    with pytest.raises(StoreError, match="is missing"):
        DiskSafe(folder, time.time).read("grants/one", bytes)
    assert path_of(folder, "grants/one").exists()
