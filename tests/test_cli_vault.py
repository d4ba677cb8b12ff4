"""`mcp-permit vault`, by words and at a terminal."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.cli.main import main
from mcp_proxy.errors import StoreError
from mcp_proxy.oauth.model import Client, Grant, TokenSet
from mcp_proxy.tokens import passphrase
from mcp_proxy.tokens.cachekey import CacheKey
from mcp_proxy.tokens.store import GrantStore
from terminal import at_terminal

if TYPE_CHECKING:
    from pathlib import Path

KEY = CacheKey("https://gw.example/mcp", "https://as.example", "me", None, "default")
GRANT = Grant(KEY.issuer, "https://as.example/token", Client("me"), None, TokenSet("s3cret"))
WORDS = "correct horse"


class Home:
    """A vault with one grant in it, and the commands."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.vault = folder / "vault"
        self._capsys = capsys
        GrantStore(self.vault).save(KEY, GRANT, configured_client_id=None)

    def run(self, *words: str) -> tuple[int, str, str]:
        code = main(["vault", *words])
        return code, *self._capsys.readouterr()

    def document(self, *words: str) -> Any:
        code, out, err = self.run(*words, "--json")
        assert (code, err) == (0, "")
        return json.loads(out)

    def holds_the_grant(self) -> bool:
        return GrantStore(self.vault).load(KEY) == GRANT


@pytest.fixture
def home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Home:
    monkeypatch.setenv("MCP_PERMIT_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.delenv("MCP_PERMIT_PASSPHRASE", raising=False)
    monkeypatch.delenv("MCP_PERMIT_VAULT", raising=False)
    monkeypatch.setattr(passphrase, "COST", "16 8 1")
    monkeypatch.setattr(passphrase, "_typed", {})
    return Home(tmp_path, capsys)


def test_status_tells_where_the_key_lies_and_whether_it_opens(home: Home) -> None:
    """peers.md 28: one command tells which."""
    code, out, _ = home.run("status")
    assert code == 0
    assert f"folder         {home.vault}\n" in out
    assert "because: This machine has no keyring\nopens          yes\ngrants         1\n" in out
    found = home.document("status")
    assert (found["place"], found["is_open"], found["grants"]) == ("file", True, 1)
    (home.vault / "vault.key").unlink()
    code, out, _ = home.run("status")
    assert code == 0
    assert "opens          no: " in out
    assert "is missing, so the vault cannot be opened. Bring the key back" in out
    assert home.document("status")["is_open"] is False


def test_a_new_key_seals_everything_and_programs_read_on(home: Home) -> None:
    """Issue 3, "Vault key"."""
    serving = GrantStore(home.vault)
    assert serving.load(KEY) == GRANT
    before = (home.vault / "vault.key").read_bytes()
    code, out, _ = home.run("rekey")
    assert code == 0
    assert out.startswith("The vault has a new key, in the file ")
    assert out.endswith("  1 record is sealed with it; the old key opens nothing any more\n")
    assert (home.vault / "vault.key").read_bytes() != before
    assert serving.load(KEY) == GRANT
    assert home.document("rekey")["resealed"] == 1


def test_a_key_moves_behind_a_passphrase_and_back(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 3, "Vault key". Without a terminal, as in a container."""
    assert home.run("move", "passphrase")[0] == 2, "nobody to ask"
    assert home.holds_the_grant()
    monkeypatch.setenv("MCP_PERMIT_PASSPHRASE", WORDS)
    code, out, _ = home.run("move", "passphrase")
    assert code == 0
    assert out.startswith("The vault has a new key, behind a passphrase\n")
    assert "need MCP_PERMIT_PASSPHRASE\n" in out
    assert not (home.vault / "vault.key").exists()
    assert home.holds_the_grant()
    assert home.run("rekey")[0] == 0
    monkeypatch.delenv("MCP_PERMIT_PASSPHRASE")
    monkeypatch.setattr(passphrase, "_typed", {})
    found = home.document("status")
    assert found["is_open"] is False
    assert "Set MCP_PERMIT_PASSPHRASE" in found["problem"]
    assert home.run("rekey")[0] == 6
    monkeypatch.setenv("MCP_PERMIT_PASSPHRASE", WORDS)
    assert home.document("move", "file")["place"] == "file"
    assert stat.S_IMODE((home.vault / "vault.key").stat().st_mode) == 0o600
    monkeypatch.delenv("MCP_PERMIT_PASSPHRASE")
    assert home.holds_the_grant()


def test_at_a_terminal_the_passphrase_is_asked_for_and_not_shown(home: Home) -> None:
    """Issue 3, "Vault key": prompt. With the real scrypt."""
    words = ["-m", "mcp_proxy", "vault"]
    ours = {"MCP_PERMIT_HOME": os.environ["MCP_PERMIT_HOME"]}
    code, screen = at_terminal(
        [*words, "move", "passphrase"],
        environ=ours,
        typed=[("New passphrase of the vault: ", WORDS), ("Once more: ", WORDS)],
    )
    assert (code, WORDS in screen) == (0, False), screen
    assert "behind a passphrase" in screen
    code, screen = at_terminal(
        [*words, "move", "passphrase"],
        environ=ours,
        typed=[
            ("Passphrase of the vault: ", "wrong"),
            ("Passphrase of the vault: ", WORDS),
            ("New passphrase of the vault: ", "another horse"),
            ("Once more: ", "another horse"),
        ],
    )
    assert code == 0, screen
    assert "does not open the vault" in screen
    code, screen = at_terminal(
        [*words, "move", "file"],
        environ=ours,
        typed=[("Passphrase of the vault: ", "another horse")],
    )
    assert code == 0, screen
    assert home.holds_the_grant()


def test_nothing_happens_where_nothing_is_to_be_done(home: Home) -> None:
    """Ours."""
    before = (home.vault / "vault.key").read_bytes()
    assert home.run("move", "file")[1].startswith("The key is there already: in the file ")
    assert (home.vault / "vault.key").read_bytes() == before


def test_a_keyring_that_does_not_serve_changes_nothing(home: Home) -> None:
    """Ours."""
    code, _, err = home.run("move", "keyring")
    assert code == 6
    assert "This machine has no keyring" in err
    assert home.holds_the_grant()


def test_an_old_key_that_stays_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: only a person can take it away."""

    def stay(_path: object) -> None:
        raise StoreError("vault.key cannot be removed")

    monkeypatch.setenv("MCP_PERMIT_PASSPHRASE", WORDS)
    monkeypatch.setattr("mcp_proxy.tokens.place.remove_private", stay)
    code, out, err = home.run("move", "passphrase", "--json")
    assert (code, json.loads(out)["place"]) == (0, "passphrase")
    told = "The old key could not be taken away: vault.key cannot be removed"
    assert json.loads(err) == {"warning": told}


def test_what_was_never_made_has_no_key(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: looking makes nothing."""
    monkeypatch.setenv("MCP_PERMIT_HOME", str(home.vault / "elsewhere"))
    assert "key            not made yet\n" in home.run("status")[1]
    assert "nobody has signed in" in home.run("rekey")[1]
    assert not (home.vault / "elsewhere").exists()


def test_memory_has_no_key_either(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue 3, "Vault key": memory only."""
    monkeypatch.setenv("MCP_PERMIT_VAULT", "memory")
    assert home.document("status")["place"] == "memory"
    assert home.run("rekey")[0] == 2
    assert home.run("move", "keyring")[0] == 2


@pytest.mark.parametrize("words", [["move"], ["rekey", "file"], ["status", "keyring"], ["shake"]])
def test_words_that_mean_nothing_are_refused(home: Home, words: list[str]) -> None:
    """Ours."""
    assert home.run(*words)[0] == 2


def test_without_a_deed_all_are_named(home: Home) -> None:
    """Ours."""
    code, _, err = home.run()
    assert code == 2
    assert "Say what to do: status, rekey, move" in err
