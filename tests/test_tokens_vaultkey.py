"""Where the vault's key lies, over keyrings of every temper."""

from __future__ import annotations

import base64
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backends import fail, null

import rings
from mcp_proxy.errors import StoreError
from mcp_proxy.tokens import passphrase, place
from mcp_proxy.tokens.vaultkey import VaultKey

if TYPE_CHECKING:
    from collections.abc import Iterator


LOADER = """
import sys
from pathlib import Path
from mcp_proxy.tokens.vaultkey import VaultKey
key = VaultKey(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
print(key.load().hex())
"""


@pytest.fixture(autouse=True)
def _own_drawer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RINGS_DRAWER", str(tmp_path / "drawer"))
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "vault"


def remembered(folder: Path) -> dict[str, object]:
    return dict(json.loads((folder / "vault.json").read_bytes()))


def test_a_keyring_that_works_holds_the_key(folder: Path) -> None:
    """Issue "token cache": the OS keyring first; no key file is left lying about."""
    rings.choose(rings.Drawer)
    made = VaultKey(folder)
    key = made.load()
    assert len(key) == 32
    assert made.load() is key
    assert VaultKey(folder).load() == key
    assert rings.content() == {f"mcp-permit/vault {folder}": base64.b64encode(key).decode()}
    assert sorted(path.name for path in folder.iterdir()) == ["vault.json", "vault.lock"]
    assert VaultKey(folder).describe() == "in the keyring of this machine (rings.Drawer)"


def test_the_choice_is_remembered_and_no_other_place_is_asked(folder: Path) -> None:
    """Ours: the remembered backend is asked even where the machine would offer another."""
    rings.choose(rings.Drawer)
    key = VaultKey(folder).load()
    rings.choose(fail.Keyring)
    assert VaultKey(folder).load() == key
    assert remembered(folder)["backend"] == "rings.Drawer"


@pytest.mark.parametrize(
    ("ring", "reason"),
    [
        (fail.Keyring, "This machine has no keyring"),
        (null.Keyring, "The keyring does not keep what it is given"),
        (rings.Locked, "The keyring is locked"),
        (rings.Broken, "The keyring cannot be used (RuntimeError)"),
    ],
)
def test_where_no_keyring_serves_a_private_file_does_and_status_says_why(
    folder: Path, ring: type[keyring.backend.KeyringBackend], reason: str
) -> None:
    """peers.md 28: one command tells which."""
    rings.choose(ring)
    key = VaultKey(folder).load()
    file = folder / "vault.key"
    assert base64.b64decode(file.read_bytes()) == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert VaultKey(folder).describe() == f"in the file {file} with mode 0600, because: {reason}"


def test_a_silent_keyring_is_given_up_and_never_asked_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: a prompt that nobody answers must not hold up a start."""
    monkeypatch.setattr(place, "FIRST_LIMIT_SECONDS", 0.05)
    rings.choose(rings.Prompting)
    rings.Prompting.questions = 0
    rings.Prompting.opened.clear()
    key = VaultKey(folder).load()
    assert remembered(folder)["reason"] == "The keyring did not answer within 0.05 seconds"
    rings.Prompting.opened.set()
    assert VaultKey(folder).load() == key
    assert rings.Prompting.questions == 1


def test_nothing_is_made_by_describing(folder: Path) -> None:
    """Ours."""
    assert VaultKey(folder).describe() == "not made yet"
    assert not folder.exists()


def test_a_remembered_keyring_that_is_locked_is_an_error_and_not_a_new_key(folder: Path) -> None:
    """Ours: a new key would orphan every grant."""
    rings.choose(rings.Drawer)
    key = VaultKey(folder).load()
    choice = remembered(folder)
    (folder / "vault.json").write_text(json.dumps(choice | {"backend": "rings.Locked"}))
    with pytest.raises(StoreError, match="The keyring is locked") as told:
        VaultKey(folder).load()
    assert "rings.Locked: unlock it" in (told.value.hint or "")
    assert not (folder / "vault.key").exists()
    (folder / "vault.json").write_text(json.dumps(choice))
    assert VaultKey(folder).load() == key


def test_the_same_vault_key_can_be_asked_again_once_the_keyring_is_open(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: `serve` lives on while a person types the password."""
    rings.choose(rings.Drawer)
    key = VaultKey(folder).load()
    choice = remembered(folder) | {"backend": "rings.Prompting"}
    (folder / "vault.json").write_text(json.dumps(choice))
    monkeypatch.setattr(place, "LATER_LIMIT_SECONDS", 0.05)
    rings.Prompting.opened.clear()
    asked = VaultKey(folder)
    with pytest.raises(StoreError, match="did not answer"):
        asked.load()
    rings.Prompting.opened.set()
    asked._places._rings["rings.Prompting"]._limit_seconds = 5
    assert asked.load() == key


def test_a_keyring_entry_that_is_gone_is_said(folder: Path) -> None:
    """Ours."""
    rings.choose(rings.Drawer)
    VaultKey(folder).load()
    Path(os.environ["RINGS_DRAWER"]).unlink()
    with pytest.raises(StoreError, match=r"has no 'vault /.*' of mcp-permit any more") as told:
        VaultKey(folder).load()
    assert str(folder) in (told.value.hint or "")
    assert rings.content() == {}


def test_a_key_file_that_is_gone_is_said(folder: Path) -> None:
    """Ours."""
    rings.choose(fail.Keyring)
    VaultKey(folder).load()
    (folder / "vault.key").unlink()
    with pytest.raises(StoreError, match=r"vault\.key is missing"):
        VaultKey(folder).load()
    assert not (folder / "vault.key").exists()


@pytest.mark.parametrize("text", ["", "no base64!", base64.b64encode(b"short").decode(), "Zoë"])
def test_a_damaged_key_is_said(folder: Path, text: str) -> None:
    """Ours."""
    rings.choose(fail.Keyring)
    VaultKey(folder).load()
    (folder / "vault.key").write_text(text, encoding="utf-8")
    with pytest.raises(StoreError, match="The vault's key is damaged"):
        VaultKey(folder).load()


def test_another_key_in_the_keys_place_is_noticed_before_any_record_is_touched(
    folder: Path,
) -> None:
    """Ours: else every record would look damaged and be set aside."""
    rings.choose(fail.Keyring)
    VaultKey(folder).load()
    (folder / "vault.key").write_bytes(base64.b64encode(bytes(32)))
    with pytest.raises(StoreError, match="Another key"):
        VaultKey(folder).load()


@pytest.mark.parametrize("ring", [rings.Drawer, fail.Keyring])
@pytest.mark.parametrize("accident", ["deleted", "cut short"])
def test_a_lost_choice_is_found_again(
    folder: Path, ring: type[keyring.backend.KeyringBackend], accident: str
) -> None:
    """Ours: `vault.json` is written last, so a crash may leave a key without it."""
    rings.choose(ring)
    key = VaultKey(folder).load()
    (folder / "grants").mkdir()
    (folder / "grants" / "one.sealed").write_bytes(b"sealed under the key")
    if accident == "deleted":
        (folder / "vault.json").unlink()
    else:
        (folder / "vault.json").write_text("{")
        with pytest.raises(
            StoreError, match=r"vault\.json was damaged and is kept as vault\.json\."
        ):
            VaultKey(folder, lambda: 7.0).load()
        assert (folder / "vault.json.damaged-7").read_text() == "{"
    assert VaultKey(folder).load() == key


@pytest.mark.parametrize(
    "choice",
    [
        b"[]",
        b'{"layout":1,"key":"memory","check":"x"}',
        b'{"layout":1,"key":[],"check":"x"}',
        b'{"layout":1,"key":"file","reason":""}',
        b'{"layout":"1","key":"file","reason":"","check":""}',
        b'{"layout":1,"key":"keyring","check":""}',
        b"\xff",
    ],
)
def test_a_choice_that_makes_no_sense_is_damage(folder: Path, choice: bytes) -> None:
    """Ours."""
    folder.mkdir()
    (folder / "vault.json").write_bytes(choice)
    with pytest.raises(StoreError, match="was damaged"):
        VaultKey(folder).load()


def test_a_newer_vault_is_named_and_left_alone(folder: Path) -> None:
    """peers.md 7."""
    folder.mkdir()
    (folder / "vault.json").write_text('{"layout":3,"key":"elsewhere"}')
    with pytest.raises(StoreError, match="newer mcp-permit"):
        VaultKey(folder).describe()
    assert [path.name for path in folder.iterdir()] == ["vault.json"]


def test_a_passphrase_that_is_set_keeps_a_new_vault(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 3, "Vault key": in containers, where no file and no keyring shall hold a key."""
    rings.choose(rings.Drawer)
    monkeypatch.setattr(passphrase, "COST", "16 8 1")
    monkeypatch.setenv("MCP_PERMIT_PASSPHRASE", "correct horse")
    key = VaultKey(folder).load()
    assert VaultKey(folder).load() == key
    assert VaultKey(folder).describe() == "behind a passphrase"
    assert rings.content() == {}
    assert not (folder / "vault.key").exists()
    assert base64.b64encode(key).decode() not in (folder / "vault.json").read_text()
    monkeypatch.setenv("MCP_PERMIT_PASSPHRASE", "another horse")
    with pytest.raises(StoreError, match="does not open the vault"):
        VaultKey(folder).load()
    monkeypatch.delenv("MCP_PERMIT_PASSPHRASE")
    with pytest.raises(StoreError, match="locked with a passphrase"):
        VaultKey(folder).load()
    assert remembered(folder)["layout"] == 2


def test_a_passphrase_changes_nothing_about_a_vault_that_is_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: the choice was made; moving is a command."""
    rings.choose(rings.Drawer)
    key = VaultKey(folder).load()
    monkeypatch.setenv("MCP_PERMIT_PASSPHRASE", "correct horse")
    assert VaultKey(folder).load() == key
    assert VaultKey(folder).kind() == "keyring"


def test_a_key_that_a_sibling_has_changed_is_noticed(folder: Path) -> None:
    """Issue 3, "Vault key": `serve` lives on while a person rekeys at a terminal."""
    rings.choose(fail.Keyring)
    sibling = VaultKey(folder)
    before = sibling.load()
    VaultKey(folder).rekey("file")
    assert sibling.load() == VaultKey(folder).load() != before
    rings.choose(rings.Drawer)
    VaultKey(folder).rekey("keyring")
    assert sibling.load() == VaultKey(folder).load()
    assert sibling.kind() == "keyring"


def test_a_key_that_changes_between_two_looks_is_looked_for_again(folder: Path) -> None:
    """Ours: `vault.json` was read, and what it tells of is gone when it is asked for."""
    rings.choose(fail.Keyring)
    VaultKey(folder).load()
    slow = VaultKey(folder)
    choice = slow._places.choice()
    VaultKey(folder).rekey("file")
    looks = iter([choice])
    look = slow._places.choice
    slow._places.choice = lambda: next(looks, None) or look()  # type: ignore[method-assign] # the first look is an old one
    assert slow.load() == VaultKey(folder).load()


@pytest.mark.parametrize("ring", [rings.Drawer, fail.Keyring])
def test_sealed_records_without_any_key_get_no_new_one(
    folder: Path, ring: type[keyring.backend.KeyringBackend]
) -> None:
    """Ours."""
    rings.choose(ring)
    (folder / "grants").mkdir(parents=True)
    (folder / "grants" / "one.sealed").write_bytes(b"sealed under a key that is gone")
    with pytest.raises(StoreError, match="their key is nowhere"):
        VaultKey(folder).load()
    assert rings.content() == {}
    assert not (folder / "vault.key").exists()


@pytest.mark.parametrize("backend", ["rings.Drawer", "keyring.backends.fail.Keyring"])
def test_eight_processes_at_once_end_with_one_key(folder: Path, backend: str) -> None:
    """Ours: hosts start several copies of a server together. They wait for each other's start."""
    world = os.environ | {
        "PYTHON_KEYRING_BACKEND": backend,
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path]),
    }
    loaders = [
        subprocess.Popen(
            [sys.executable, "-c", LOADER, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=world,
            text=True,
        )
        for _ in range(8)
    ]
    for loader in loaders:
        assert loader.stdout is not None
        assert loader.stdout.readline() == "ready\n"
    for loader in loaders:
        assert loader.stdin is not None
        loader.stdin.write("go\n")
        loader.stdin.flush()
    keys = [loader.communicate(timeout=60)[0] for loader in loaders]
    assert [loader.returncode for loader in loaders] == [0] * 8
    assert len(set(keys)) == 1
    rings.choose(fail.Keyring)
    assert VaultKey(folder).load().hex() == keys[0].strip()
    assert len(rings.content()) == (backend == "rings.Drawer")
