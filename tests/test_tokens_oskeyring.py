"""The OS keyring, played by real backends of the `keyring` package."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backends import fail, null

import rings
from mcp_proxy.errors import StoreError
from mcp_proxy.tokens.oskeyring import OsKeyring

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _own_drawer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RINGS_DRAWER", str(tmp_path / "drawer"))
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


def test_what_was_written_is_read_by_the_next_one() -> None:
    """Ours."""
    rings.choose(rings.Drawer)
    OsKeyring(None, 5).write("vault", "key")
    assert OsKeyring(None, 5).read("vault") == "key"
    assert OsKeyring(None, 5).read("other") is None


def test_the_backend_found_can_be_named_later() -> None:
    """Ours: a named one is loaded even where another is the machine's."""
    rings.choose(rings.Drawer)
    found = OsKeyring(None, 5)
    found.write("vault", "key")
    assert found.backend == "rings.Drawer"
    rings.choose(fail.Keyring)
    assert OsKeyring(found.backend, 5).read("vault") == "key"


def test_the_environment_names_the_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keyring package's own switch."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "rings.Drawer")
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    OsKeyring(None, 5).write("vault", "key")
    assert rings.content() == {"mcp-permit/vault": "key"}


def test_a_machine_without_a_keyring_says_so() -> None:
    """protocol.md §3.5: a headless Linux has the backend `fail`."""
    rings.choose(fail.Keyring)
    with pytest.raises(StoreError, match="This machine has no keyring"):
        OsKeyring(None, 5).read("vault")


def test_the_null_keyring_forgets() -> None:
    """The keyring package: "disabled"."""
    rings.choose(null.Keyring)
    OsKeyring(None, 5).write("vault", "key")
    assert OsKeyring(None, 5).read("vault") is None


def test_a_locked_keyring_says_so() -> None:
    """Ours."""
    rings.choose(rings.Locked)
    with pytest.raises(StoreError, match="The keyring is locked"):
        OsKeyring(None, 5).read("vault")


def test_a_broken_keyring_is_told_without_its_words() -> None:
    """Ours: they may hold the secret."""
    rings.choose(rings.Broken)
    with pytest.raises(StoreError) as told:
        OsKeyring(None, 5).write("vault", "key")
    assert str(told.value) == "The keyring cannot be used (RuntimeError)"


@pytest.mark.parametrize("backend", ["rings.NoSuch", "no_such_module.Ring"])
def test_a_backend_that_is_gone_is_told(backend: str) -> None:
    """Ours: an update may have removed it."""
    with pytest.raises(StoreError, match="cannot be used"):
        OsKeyring(backend, 5).read("vault")


def test_an_unanswered_prompt_never_hangs_and_is_put_up_once() -> None:
    """Ours. The person comes at last, and the next question is answered."""
    rings.choose(rings.Prompting)
    rings.Prompting.questions = 0
    rings.Prompting.opened.clear()
    rings.put("mcp-permit/vault", "key")
    ring = OsKeyring(None, 0.05)
    for _ in range(3):
        with pytest.raises(StoreError, match=r"did not answer within 0\.05 seconds"):
            ring.read("vault")
    assert rings.Prompting.questions == 1
    rings.Prompting.opened.set()
    assert ring._asking is not None
    ring._asking.join()
    assert OsKeyring(None, 5).read("vault") == "key"
    ring._limit_seconds = 5
    assert ring.read("vault") == "key"


def test_what_is_kept_can_be_taken_away_once() -> None:
    """Ours: a key that has moved must not lie where it lay."""
    rings.choose(rings.Drawer)
    ring = OsKeyring(None, 5)
    ring.write("vault", "key")
    ring.forget("vault")
    assert ring.read("vault") is None
    with pytest.raises(StoreError, match=r"cannot be used \(PasswordDeleteError\)"):
        ring.forget("vault")


def test_no_keyring_is_asked_to_keep_more_than_every_keyring_can() -> None:
    """Issue 3: Windows refuses some 1,280 characters; ours end at 1,000 bytes."""
    rings.choose(rings.Drawer)
    ring = OsKeyring(None, 5)
    ring.write("vault", "k" * 1_000)
    with pytest.raises(StoreError, match="more than 1,000 bytes"):
        ring.write("vault", "é" * 501)
    assert ring.read("vault") == "k" * 1_000
