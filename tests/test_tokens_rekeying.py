"""A new key for the vault, on a machine whose power may fail at any moment."""

from __future__ import annotations

import contextlib
import errno
import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, NoReturn

import keyring
import pytest
from keyring.backends import fail

import rings
from mcp_proxy.errors import StoreError
from mcp_proxy.tokens import passphrase
from mcp_proxy.tokens.place import Places
from mcp_proxy.tokens.safe import DiskSafe
from mcp_proxy.tokens.sealed import path_of
from mcp_proxy.tokens.vaultkey import VaultKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mcp_proxy.tokens.choice import Kind

KINDS: tuple[Kind, ...] = ("keyring", "file", "passphrase")
RECORDS = {"grants/one": b"1", "clients/two": b"2"}


class CutError(BaseException):
    """The power is gone: nothing is done after it."""


class Power:
    """Fails at the step of that number, and after it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fails_at: int) -> None:
        self.steps = 0
        self._fails_at = fails_at
        for name in ("fsync", "replace", "unlink"):
            monkeypatch.setattr(os, name, self._watched(getattr(os, name), CutError))
        for name in ("put", "take"):
            monkeypatch.setattr(rings, name, self._watched(getattr(rings, name), RuntimeError))

    def _watched(self, deed: Callable[..., Any], cut: type[BaseException]) -> Callable[..., Any]:
        def step(*words: Any) -> Any:
            self.steps += 1
            if self.steps >= self._fails_at:
                raise cut
            return deed(*words)

        return step


@pytest.fixture(autouse=True)
def _own_drawer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RINGS_DRAWER", str(tmp_path / "drawer"))
    monkeypatch.setattr(passphrase, "COST", "16 8 1")
    monkeypatch.setattr(passphrase, "_typed", {})
    before = keyring.get_keyring()
    rings.choose(rings.Drawer)
    yield
    keyring.set_keyring(before)


def filled(folder: Path, kind: Kind) -> DiskSafe:
    """A vault with records, whose key lies in a place of that kind."""
    passphrase.typed("old words")
    rings.choose(fail.Keyring if kind == "file" else rings.Drawer)
    safe = DiskSafe(folder, time.time)
    safe.write("grants/one", b"1")
    VaultKey(folder).rekey(kind, "old words")
    rings.choose(rings.Drawer)
    for name, content in RECORDS.items():
        safe.write(name, content)
    return safe


def content(folder: Path) -> dict[str, bytes | None]:
    """All records, as a process reads them that starts now."""
    safe = DiskSafe(folder, time.time)
    return {name: safe.read(name, bytes) for name in RECORDS}


def opens(folder: Path, text: str) -> bool:
    """Whether the vault opens for who knows this passphrase, if it wants one at all."""
    passphrase.typed(text)
    try:
        VaultKey(folder).keys()
    except StoreError:
        return False
    return True


def no_room(*_words: object) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("after", KINDS)
@pytest.mark.parametrize("before", KINDS)
def test_every_record_is_sealed_anew_and_the_old_key_is_gone(
    before: Kind, after: Kind, tmp_path: Path
) -> None:
    """Issue 3, "Vault key": rekey and move."""
    folder = tmp_path / "vault"
    safe = filled(folder, before)
    old = VaultKey(folder).load()
    sealed = path_of(folder, "grants/one").read_bytes()
    done = VaultKey(folder).rekey(after, "new words")
    assert (done.records, done.left) == (len(RECORDS), None)
    assert opens(folder, "new words")
    assert VaultKey(folder).kind() == after
    assert VaultKey(folder).load() != old
    assert path_of(folder, "grants/one").read_bytes() != sealed
    assert content(folder) == RECORDS
    assert {name: safe.read(name, bytes) for name in RECORDS} == RECORDS, "a sibling notices"
    assert len(rings.content()) == (after == "keyring")
    assert (folder / "vault.key").exists() == (after == "file")


@pytest.mark.parametrize(
    ("before", "after"),
    [*zip(KINDS, KINDS, strict=True), *zip(KINDS, KINDS[1:] + KINDS[:1], strict=True)],
)
def test_the_power_may_fail_at_any_step(before: Kind, after: Kind, tmp_path: Path) -> None:
    """Ours: each step once, until the change gets through. Then it is ended by who writes next."""
    filled(tmp_path / "0", before)
    drawer = rings.content()
    for fails_at in itertools.count(1):
        folder = tmp_path / str(fails_at)
        shutil.copytree(tmp_path / "0", folder)
        (tmp_path / "drawer").write_text(json.dumps(drawer))
        passphrase.typed("old words")
        with pytest.MonkeyPatch.context() as world:
            power = Power(world, fails_at)
            with contextlib.suppress(CutError, StoreError):
                VaultKey(folder).rekey(after, "new words")
            if power.steps < fails_at:
                break
        assert opens(folder, "old words") or opens(folder, "new words"), fails_at
        assert content(folder) == RECORDS, fails_at
        DiskSafe(folder, time.time).write("grants/one", b"1")
        choice = Places(folder, time.time).choice()
        assert choice is not None
        assert choice.change is None
        assert choice.kind in {before, after}
        assert opens(folder, "old words") or opens(folder, "new words"), fails_at
        assert content(folder) == RECORDS, fails_at
    assert fails_at > 15


def test_a_place_that_does_not_serve_changes_nothing(tmp_path: Path) -> None:
    """Ours."""
    folder = tmp_path / "vault"
    filled(folder, "file")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    rings.choose(rings.Locked)
    with pytest.raises(StoreError, match="The keyring is locked"):
        VaultKey(folder).rekey("keyring")
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_record_of_a_newer_version_stops_it_before_it_begins(tmp_path: Path) -> None:
    """peers.md 7."""
    folder = tmp_path / "vault"
    filled(folder, "file")
    path_of(folder, "grants/newer").write_bytes(b"mcp-permit sealed v2\r\n...")
    key = VaultKey(folder).load()
    with pytest.raises(StoreError, match="newer mcp-permit"):
        VaultKey(folder).rekey("file")
    assert VaultKey(folder).load() == key


def test_a_full_disk_in_the_middle_leaves_a_vault_that_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: and once there is room, whoever writes ends the change."""
    folder = tmp_path / "vault"
    filled(folder, "file")
    remember = Places.remember
    with monkeypatch.context() as world:

        def full_after(places: Places, choice: Any) -> None:
            remember(places, choice)
            world.setattr(os, "fsync", no_room)

        world.setattr(Places, "remember", full_after)
        with pytest.raises(StoreError, match="No space left"):
            VaultKey(folder).rekey("file")
    assert content(folder) == RECORDS
    assert len(VaultKey(folder).keys()) == 2
    VaultKey(folder).rekey("file")
    assert len(VaultKey(folder).keys()) == 1
    assert content(folder) == RECORDS


def test_an_old_key_that_cannot_be_taken_away_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: the change has happened; only a person can do the rest."""
    folder = tmp_path / "vault"
    filled(folder, "keyring")

    def refuse(*_words: object) -> NoReturn:
        raise RuntimeError("secret words")

    monkeypatch.setattr(rings.Drawer, "delete_password", refuse)
    done = VaultKey(folder).rekey("file")
    assert done.left == "The keyring cannot be used (RuntimeError)"
    assert VaultKey(folder).kind() == "file"
    assert content(folder) == RECORDS


REKEYING = """
import sys
from pathlib import Path
from mcp_proxy.tokens.vaultkey import VaultKey
while True:
    VaultKey(Path(sys.argv[1])).rekey("file")
    print("done", flush=True)
"""

WRITING = """
import sys, time
from pathlib import Path
from mcp_proxy.tokens.safe import DiskSafe
safe = DiskSafe(Path(sys.argv[1]), time.time)
for number in range(40):
    safe.write("grants/one", b"%d" % number)
    assert safe.read("grants/one", bytes) == b"%d" % number
    assert safe.read("clients/two", bytes) == b"2"
print("done")
"""


def test_siblings_write_and_read_while_the_key_is_changed_and_its_changer_killed(
    tmp_path: Path,
) -> None:
    """Ours: processes with keys in their memories that are gone a moment later."""
    folder = tmp_path / "vault"
    filled(folder, "file")
    world = os.environ | {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}

    def start(program: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", program, str(folder)],
            stdout=subprocess.PIPE,
            env=world,
            text=True,
        )

    with start(WRITING) as sibling:
        for rounds in (2, 1, 3, 2):
            with start(REKEYING) as changer:
                assert changer.stdout is not None
                for _ in range(rounds):
                    assert changer.stdout.readline() == "done\n"
                changer.kill()
        assert sibling.communicate(timeout=60)[0] == "done\n"
    assert content(folder) == RECORDS | {"grants/one": b"39"}
    assert not list(folder.rglob("*.damaged-*"))
