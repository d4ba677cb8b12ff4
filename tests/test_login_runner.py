"""The process that renews a grant, with whoever has started it there or gone."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backends import fail

import rings
from desk import GRANT, KEY, TOKENS
from mcp_proxy.config.model import Auth, Endpoints, Profile, SecretRef
from mcp_proxy.errors import ConfigError, PermitError, SignInRequired
from mcp_proxy.login.dispatch import started
from mcp_proxy.login.errand import BEGUN, Errand, outcome
from mcp_proxy.tokens.store import GrantStore
from mcp_proxy.tokens.vaultkey import VaultKey
from mcp_proxy.values import replace
from token_endpoint import Ledger, token_endpoint

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path


class Office:
    """A stored grant, the endpoint that renews it, and the errand to have that done."""

    def __init__(self, folder: Path, endpoint: str, ledger: Ledger) -> None:
        self.folder, self.ledger = folder, ledger
        self.store = GrantStore(folder)
        tokens = replace(TOKENS, issued_at=time.time(), expires_at=time.time() + 3_600)
        self.grant = replace(GRANT, token_endpoint=endpoint, tokens=tokens)
        self.store.save(KEY, self.grant, configured_client_id=None)
        # Endpoints of the profile's own: nothing is asked but the token endpoint.
        self.profile = Profile("gw", KEY.gateway, auth=Auth(endpoints=Endpoints(None, endpoint)))

    def errand(self, **changes: object) -> Errand:
        held = self.store.held()
        errand = Errand(self.profile, self.folder, KEY, self.grant, held)
        return replace(errand, **changes)  # type: ignore[arg-type]  # fields of it

    def kept(self) -> str | None:
        grant = GrantStore(self.folder, held=self.store.held()).load(KEY)
        return None if grant is None else grant.tokens.refresh_token

    def is_locked(self) -> bool:
        async def locked() -> None:
            async with self.store.lock(KEY.digest, "refresh", 0):
                pass

        try:
            asyncio.run(locked())
        except PermitError:
            return True
        return False


@pytest.fixture(autouse=True)
def _no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    rings.choose(fail.Keyring)
    yield
    keyring.set_keyring(before)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with token_endpoint() as (url, ledger):
        yield Office(tmp_path / "vault", url, ledger)


@pytest.fixture
def runner() -> Iterator[subprocess.Popen[bytes]]:
    with started() as process:
        yield process


def tell(runner: subprocess.Popen[bytes], errand: Errand) -> None:
    assert runner.stdin is not None
    runner.stdin.write(errand.packed())
    runner.stdin.flush()


def said(runner: subprocess.Popen[bytes]) -> bytes:
    assert runner.stdout is not None
    return runner.stdout.read()


def leave(runner: subprocess.Popen[bytes]) -> None:
    """What the kernel does to the pipes of a process that is killed."""
    assert runner.stdin is not None
    assert runner.stdout is not None
    runner.stdin.close()
    runner.stdout.close()


def test_it_renews_reports_and_ends(office: Office, runner: subprocess.Popen[bytes]) -> None:
    """Issue 3."""
    tell(runner, office.errand())
    reported = said(runner)
    assert reported.startswith(BEGUN)
    assert outcome(reported) is True
    assert runner.wait(10) == 0
    assert office.kept() == "refresh-2"


def test_it_keeps_what_comes_although_nobody_waits_any_more(
    office: Office, runner: subprocess.Popen[bytes]
) -> None:
    """Issue 3; peers.md 7. The refresh token is spent when whoever has sent it is killed."""
    office.ledger.open.clear()
    tell(runner, office.errand())
    assert office.ledger.answering.wait(20)
    leave(runner)
    office.ledger.open.set()
    assert runner.wait(20) == 0
    assert office.kept() == "refresh-2"
    assert office.ledger.spent == ["refresh-1"]


def test_it_does_not_end_at_a_word(office: Office, runner: subprocess.Popen[bytes]) -> None:
    """Ours: who stops a whole session, or logs out, tells all processes at once."""
    office.ledger.open.clear()
    tell(runner, office.errand())
    assert office.ledger.answering.wait(20)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        runner.send_signal(number)
    office.ledger.open.set()
    assert outcome(said(runner)) is True
    assert os.getsid(0) != runner.pid


def test_it_gives_up_an_answer_that_nobody_waits_for(
    office: Office, runner: subprocess.Popen[bytes]
) -> None:
    """peers.md 3 and 11: the lock is free soon after, and the next one has its note."""
    office.ledger.swallows = 1
    tell(runner, office.errand())
    assert office.ledger.swallowed.wait(20)
    assert office.is_locked()
    leave(runner)
    runner.wait(20)
    assert not office.is_locked()
    assert office.kept() == "refresh-1"
    assert office.store.begin_renewal(KEY, office.grant.tokens) is not None


def test_it_spends_nothing_for_nobody(office: Office, runner: subprocess.Popen[bytes]) -> None:
    """Ours. Whoever wanted it was killed before it began."""
    assert runner.stdout is not None
    runner.stdout.close()
    tell(runner, office.errand())
    runner.wait(20)
    assert office.ledger.spent == []
    assert office.store.begin_renewal(KEY, office.grant.tokens) is None


@pytest.mark.parametrize("length", [0, 40])
def test_half_an_errand_is_not_run(
    office: Office, runner: subprocess.Popen[bytes], length: int
) -> None:
    """Ours."""
    assert runner.stdin is not None
    runner.stdin.write(office.errand().packed()[:length])
    runner.stdin.close()
    assert outcome(said(runner)) is None
    assert office.ledger.spent == []


def test_it_needs_neither_keyring_nor_passphrase(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 3: the vault's key comes with the errand, or the words that a person has typed."""
    VaultKey(office.folder).rekey("passphrase", "correct horse")
    with monkeypatch.context() as world:
        world.setenv("MCP_PERMIT_PASSPHRASE", "correct horse")
        office.store = GrantStore(office.folder)
        assert office.kept() == "refresh-1"
        assert office.store.load(KEY) == office.grant
    with started() as runner:
        tell(runner, office.errand())
        assert outcome(said(runner)) is True
    found = office.store.load(KEY)
    assert found is not None
    with started() as runner:
        tell(runner, office.errand(grant=found, held={}, passphrase="correct horse"))
        assert outcome(said(runner)) is True
    assert office.ledger.spent == ["refresh-1", "refresh-2"]


def test_an_error_is_reported_as_it_would_be_raised(
    office: Office, runner: subprocess.Popen[bytes]
) -> None:
    """protocol.md §2: `invalid_grant` ends the sign-in."""
    office.ledger.ended = True
    tell(runner, office.errand())
    with pytest.raises(SignInRequired, match="has ended the sign-in"):
        outcome(said(runner))
    assert office.kept() is None


def test_a_key_that_is_missing_is_told(
    office: Office, runner: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """RFC 7523: a client that signs needs its key each time."""
    client = replace(GRANT.client, auth_method="private_key_jwt", signing_algorithm="ES256")
    grant = replace(office.grant, client=client)
    office.store.update(KEY, grant)
    key = SecretRef("file", str(tmp_path / "no.pem"))
    auth = replace(office.profile.auth, client_key=key)
    tell(runner, office.errand(grant=grant, profile=replace(office.profile, auth=auth)))
    with pytest.raises(ConfigError, match=r"no\.pem cannot be read"):
        outcome(said(runner))
    assert office.ledger.spent == []


def test_what_should_not_be_is_told_by_kind_and_place(
    office: Office, runner: subprocess.Popen[bytes]
) -> None:
    """Ours: a bug's own words may hold secrets, and stderr leads nowhere."""
    client = replace(GRANT.client, auth_method="private_key_jwt")
    grant = replace(office.grant, client=client)
    office.store.update(KEY, grant)
    tell(runner, office.errand(grant=grant))
    with pytest.raises(PermitError, match=r"broke off with ValueError in grammar\.py, line \d+"):
        outcome(said(runner))
