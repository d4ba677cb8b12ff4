"""The places where a key can lie."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backends import fail, null

import rings
from mcp_proxy.errors import StoreError
from mcp_proxy.tokens import passphrase
from mcp_proxy.tokens.place import Places, behind_passphrase, in_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mcp_proxy.tokens.choice import Choice

KEY, OTHER = b"k" * 32, b"o" * 32


@pytest.fixture(autouse=True)
def _own_drawer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RINGS_DRAWER", str(tmp_path / "drawer"))
    monkeypatch.setattr(passphrase, "COST", "16 8 1")
    before = keyring.get_keyring()
    rings.choose(rings.Drawer)
    yield
    keyring.set_keyring(before)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    (tmp_path / "vault").mkdir(mode=0o700)
    return Places(tmp_path / "vault", lambda: 7.0)


def kept(places: Places, kind: str, monkeypatch: pytest.MonkeyPatch) -> Choice:
    """The key, put into a place of that kind."""
    if kind == "keyring":
        return places.into_keyring(KEY)
    if kind == "passphrase":
        monkeypatch.setenv("MCP_PERMIT_PASSPHRASE", "words")
        return behind_passphrase(KEY, "words")
    places.into_file(KEY)
    return in_file(KEY, "no keyring")


@pytest.mark.parametrize("kind", ["keyring", "file", "passphrase"])
def test_every_place_gives_back_what_it_was_given(
    places: Places, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: to the next process as well, by `vault.json`."""
    choice = kept(places, kind, monkeypatch)
    assert places.choice() is None
    places.remember(choice)
    assert stat.S_IMODE((tmp_path / "vault" / "vault.json").stat().st_mode) == 0o600
    after = Places(tmp_path / "vault", lambda: 7.0)
    assert after.choice() == choice
    assert after.key_in(choice) == KEY


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("keyring", "in the keyring of this machine (rings.Drawer)"),
        ("file", "vault.key with mode 0600, because: no keyring"),
        ("passphrase", "behind a passphrase"),
    ],
)
def test_every_place_can_be_told(
    places: Places, kind: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md 28: one command tells which."""
    assert places.described(kept(places, kind, monkeypatch)).endswith(words)


def test_another_key_in_the_place_is_noticed(places: Places) -> None:
    """Ours: else every record would look damaged."""
    choice = in_file(KEY, "")
    places.into_file(OTHER)
    with pytest.raises(StoreError, match="Another key lies in the place of the vault's"):
        places.key_in(choice)


def test_two_keys_of_a_keyring_lie_side_by_side(places: Places) -> None:
    """Ours: the old one stays until nothing needs it."""
    first, _ = places.into_first_keyring(lambda: OTHER)
    second = places.into_keyring(KEY)
    assert (places.key_in(first), places.key_in(second)) == (OTHER, KEY)
    places.forget(first, second)
    assert len(rings.content()) == 1
    assert places.key_in(second) == KEY
    with pytest.raises(StoreError, match="any more"):
        places.key_in(first)


def test_a_key_file_goes_when_the_key_lies_elsewhere(places: Places, tmp_path: Path) -> None:
    """Ours: a key that was moved is not left lying about."""
    places.into_file(OTHER)
    places.forget(in_file(OTHER, ""), in_file(KEY, ""))
    assert (tmp_path / "vault" / "vault.key").exists()
    places.forget(in_file(OTHER, ""), behind_passphrase(KEY, "words"))
    assert not (tmp_path / "vault" / "vault.key").exists()


def test_the_first_keyring_gives_what_it_holds_already(places: Places) -> None:
    """Ours: `vault.json` is written last, so a crash may leave a key without it."""
    choice, _ = places.into_first_keyring(lambda: KEY)
    assert places.into_first_keyring(lambda: OTHER) == (choice, KEY)


@pytest.mark.parametrize(
    ("ring", "reason"),
    [
        (fail.Keyring, "has no keyring"),
        (null.Keyring, "does not keep what it is given"),
        (rings.Locked, "is locked"),
    ],
)
def test_a_keyring_that_does_not_serve_says_why(
    places: Places, ring: type[keyring.backend.KeyringBackend], reason: str
) -> None:
    """Ours."""
    rings.choose(ring)
    with pytest.raises(StoreError, match=reason):
        places.into_keyring(KEY)


def test_a_key_file_that_nothing_remembers_is_found(places: Places) -> None:
    """Ours."""
    assert places.found() is None
    places.into_file(KEY)
    assert places.found() == (in_file(KEY, "A key file was there"), KEY)


def test_a_damaged_memory_of_the_place_is_set_aside(places: Places, tmp_path: Path) -> None:
    """Ours: never overwritten in silence."""
    (tmp_path / "vault" / "vault.json").write_bytes(b"{")
    with pytest.raises(StoreError, match=r"was damaged and is kept as vault\.json\.damaged-7"):
        places.choice()
    assert places.choice() is None
