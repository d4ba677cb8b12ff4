"""Asking for the vault's passphrase."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.cli.passphrase import new_passphrase, unlock, unlock_for
from mcp_proxy.config.model import Auth, Profile
from mcp_proxy.config.paths import paths
from mcp_proxy.errors import ConfigError, StoreError
from mcp_proxy.tokens import passphrase
from mcp_proxy.tokens.vaultkey import VaultKey

if TYPE_CHECKING:
    from pathlib import Path

WORDS = "correct horse"


class Person:
    """Sits at a terminal, or not, and types what is in the list."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.says: list[str] = []
        self.is_there = True
        self.asked: list[str] = []
        monkeypatch.setattr(sys, "stdin", self)
        monkeypatch.setattr("getpass.getpass", self._answer)

    def isatty(self) -> bool:
        return self.is_there

    def _answer(self, question: str) -> str:
        self.asked.append(question)
        if not self.says:
            raise EOFError
        return self.says.pop(0)


@pytest.fixture(autouse=True)
def _nobody_has_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passphrase, "COST", "16 8 1")
    monkeypatch.setattr(passphrase, "_typed", {})
    monkeypatch.delenv("MCP_PERMIT_PASSPHRASE", raising=False)
    monkeypatch.delenv("MCP_PERMIT_VAULT", raising=False)


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Person:
    return Person(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A vault behind a passphrase."""
    with pytest.MonkeyPatch.context() as world:
        world.setattr(passphrase, "COST", "16 8 1")
        world.setenv("MCP_PERMIT_PASSPHRASE", WORDS)
        VaultKey(tmp_path / "vault").load()
    return tmp_path / "vault"


def test_a_person_has_three_tries(
    person: Person, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ours."""
    person.says = ["no", "not yet", WORDS]
    unlock(folder)
    assert passphrase.passphrase() == WORDS
    told = capsys.readouterr().err
    assert told == "mcp-permit: The passphrase does not open the vault\n" * 2
    VaultKey(folder).load()
    unlock(folder)
    assert len(person.asked) == 3, "once it is known nobody is asked"


def test_after_three_wrong_ones_it_is_over(person: Person, folder: Path) -> None:
    """Ours."""
    person.says = ["no", "no", "no", WORDS]
    with pytest.raises(StoreError, match="does not open the vault"):
        unlock(folder)


def test_nobody_is_asked_for_what_is_not_needed(
    person: Person, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: no vault, another place, memory, the environment, no terminal."""
    unlock(tmp_path / "none")
    monkeypatch.setenv("MCP_PERMIT_VAULT", "memory")
    unlock(folder)
    monkeypatch.delenv("MCP_PERMIT_VAULT")
    monkeypatch.setenv("MCP_PERMIT_PASSPHRASE", "set")
    unlock(folder)
    monkeypatch.delenv("MCP_PERMIT_PASSPHRASE")
    person.is_there = False
    unlock(folder)
    assert person.asked == []


def test_a_profile_without_a_grant_opens_no_vault(person: Person, tmp_path: Path) -> None:
    """Ours."""
    home = paths({"MCP_PERMIT_HOME": str(tmp_path)})
    with pytest.MonkeyPatch.context() as world:
        world.setenv("MCP_PERMIT_PASSPHRASE", WORDS)
        VaultKey(home.vault).load()
    unlock_for(Profile("p", "https://gw.example", auth=Auth(grant="none")), home)
    assert person.asked == []
    person.says = [WORDS]
    unlock_for(Profile("p", "https://gw.example"), home)
    assert person.asked == ["Passphrase of the vault: "]


def test_ctrl_d_gives_up(person: Person, folder: Path) -> None:
    """Ours: as Ctrl-C does."""
    with pytest.raises(KeyboardInterrupt):
        unlock(folder)
    assert person.says == []


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ([WORDS, "correct house"], "two passphrases"),
        (["1234567", "1234567"], "8 characters or more"),
        (["", ""], "8 characters or more"),
    ],
)
def test_a_new_one_is_typed_twice_and_not_too_short(
    person: Person, says: list[str], told: str
) -> None:
    """NIST SP 800-63B §5.1.1."""
    person.says = [WORDS, WORDS]
    assert new_passphrase(is_change=True) == WORDS
    person.says = says
    with pytest.raises(ConfigError, match=told):
        new_passphrase(is_change=True)


def test_without_a_terminal_a_new_one_comes_from_the_environment(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: for containers. Where it opens the vault now it cannot also be the new one."""
    person.is_there = False
    complaint: Any = pytest.raises(ConfigError, match="nobody to ask")
    with complaint as told:
        new_passphrase(is_change=False)
    assert "MCP_PERMIT_PASSPHRASE" in told.value.hint
    monkeypatch.setenv("MCP_PERMIT_PASSPHRASE", WORDS)
    assert new_passphrase(is_change=False) == WORDS
    with pytest.raises(ConfigError, match="nobody to ask"):
        new_passphrase(is_change=True)
