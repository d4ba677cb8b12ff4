"""A renewal sent out to a process of its own, and where it is done here instead."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import keyring
import pytest
from keyring.backends import fail

import rings
from desk import GRANT, KEY, TOKENS
from mcp_proxy.config.model import Auth, Endpoints, Profile, SecretRef
from mcp_proxy.errors import ConfigError, GatewayUnreachable, StoreError
from mcp_proxy.login.dispatch import Dispatch, run, started
from mcp_proxy.login.errand import BEGUN, outcome
from mcp_proxy.tokens.store import GrantStore
from mcp_proxy.values import replace
from token_endpoint import token_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOLDER = """
import asyncio, sys
from pathlib import Path
from mcp_proxy.config.model import Auth, Endpoints, Profile
from mcp_proxy.login.dispatch import Dispatch
from mcp_proxy.tokens.source import TokenSource
from mcp_proxy.tokens.store import GrantStore

async def main():
    folder, gateway, endpoint = Path(sys.argv[1]), *sys.argv[2:]
    profile = Profile("gw", gateway, auth=Auth(endpoints=Endpoints(None, endpoint)))
    store = GrantStore(folder)
    source = TokenSource(store, profile, Dispatch(profile, folder, store))
    token = await source.access_token()
    print(token, flush=True)
    print(await source.access_token(rejected=token), flush=True)
    print(sorted({"httpx2", "authlib"} & set(sys.modules)), flush=True)

asyncio.run(main())
"""
"""A program that signs nobody in: it has a token, is refused it, and has it renewed."""


@pytest.fixture(autouse=True)
def _no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    rings.choose(fail.Keyring)
    yield
    keyring.set_keyring(before)


def signed_in(folder: Path, endpoint: str) -> tuple[Profile, GrantStore]:
    store = GrantStore(folder)
    tokens = replace(TOKENS, expires_at=None)
    grant = replace(GRANT, token_endpoint=endpoint, tokens=tokens)
    store.save(KEY, grant, configured_client_id=None)
    return Profile("gw", KEY.gateway, auth=Auth(endpoints=Endpoints(None, endpoint))), store


def redeem(profile: Profile, folder: Path, store: GrantStore) -> bool:
    async def scenario() -> bool:
        grant = store.load(KEY)
        assert grant is not None
        return await Dispatch(profile, folder, store).redeem(KEY, grant)

    return asyncio.run(scenario())


def kept(store: GrantStore) -> str | None:
    grant = store.load(KEY)
    assert grant is not None
    return grant.tokens.refresh_token


def holder(folder: Path, endpoint: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", HOLDER, str(folder), KEY.gateway, endpoint]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True)


@pytest.mark.parametrize("kill", [os.kill, os.killpg])
def test_a_process_that_is_killed_in_mid_renewal_loses_nothing(tmp_path: Path, kill: Any) -> None:
    """Issue 3; peers.md 3 and 7: no family ends, and the waiter adopts what was kept."""
    with token_endpoint() as (url, ledger):
        _, store = signed_in(tmp_path, url)
        ledger.open.clear()
        with holder(tmp_path, url) as first:
            assert first.stdout is not None
            assert first.stdout.readline() == "access-1\n"
            assert ledger.answering.wait(20)
            kill(first.pid, signal.SIGKILL)
            first.wait()
            with holder(tmp_path, url) as second:
                assert second.stdout is not None
                assert second.stdout.readline() == "access-1\n"
                ledger.open.set()
                assert second.stdout.readline() == "access-2\n"
        assert ledger.spent == ["refresh-1"]
        assert kept(store) == "refresh-2"


def test_what_renews_stays_out_of_the_process_that_serves(tmp_path: Path) -> None:
    """Ours: some 20 MB, which a `serve` would hold for days."""
    with token_endpoint() as (url, _):
        signed_in(tmp_path, url)
        with holder(tmp_path, url) as process:
            told = process.communicate(timeout=30)[0]
    assert told.splitlines() == ["access-1", "access-2", "[]"]


def test_nothing_secret_is_on_a_command_line() -> None:
    """peers.md 27. Whoever lists processes reads command lines; all is told by a pipe."""
    with started() as process:
        assert process.args == [sys.executable, "-P", "-m", "mcp_proxy.login.runner"]
        assert process.stdin is not None
        process.stdin.close()


@pytest.mark.parametrize("broken", ["", "/nowhere/python", "/dev/null", "false"])
def test_where_no_process_can_be_started_it_is_renewed_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """Ours: sandboxes, and programs frozen into one file, where no interpreter is."""
    with token_endpoint() as (url, ledger):
        profile, store = signed_in(tmp_path, url)
        monkeypatch.setattr(sys, "executable", broken)
        assert redeem(profile, tmp_path, store)
        assert ledger.spent == ["refresh-1"]
    assert kept(store) == "refresh-2"


def marking(tmp_path: Path) -> tuple[str, Path]:
    """An interpreter that leaves a mark, and its mark."""
    script, mark = tmp_path / "python", tmp_path / "mark"
    script.write_text(f"#!/bin/sh\ntouch '{mark}'\n")
    script.chmod(0o700)
    return str(script), mark


def test_what_only_this_process_knows_is_renewed_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 3: a vault in memory."""
    monkeypatch.setenv("MCP_PERMIT_VAULT", "memory")
    program, mark = marking(tmp_path)
    monkeypatch.setattr(sys, "executable", program)
    with token_endpoint() as (url, _):
        profile, store = signed_in(tmp_path / "vault", url)
        assert redeem(profile, tmp_path / "vault", store)
    assert kept(store) == "refresh-2"
    assert not mark.exists()


def test_what_spends_nothing_is_renewed_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6749 §4.4: a client's own credentials give a token as often as one asks."""
    program, mark = marking(tmp_path)
    monkeypatch.setattr(sys, "executable", program)
    profile, store = signed_in(tmp_path / "vault", "http://127.0.0.1:9/token")
    own = replace(profile.auth, grant="client-credentials", client_secret=SecretRef("env", "GONE"))
    found = store.load(KEY)
    assert found is not None
    store.update(KEY, replace(found, grant_type="client_credentials"))
    with pytest.raises(ConfigError, match="GONE is not set"):
        redeem(replace(profile, auth=own), tmp_path / "vault", store)
    assert not mark.exists()


def test_an_end_in_the_middle_of_it_is_told() -> None:
    """Ours: the process that renews was itself killed. Its note tells the next one."""

    def cut_off() -> subprocess.Popen[bytes]:
        said = f"import sys; sys.stdout.write({BEGUN.decode()!r})"
        pipe = subprocess.PIPE
        return subprocess.Popen([sys.executable, "-c", said], bufsize=0, stdin=pipe, stdout=pipe)

    with pytest.raises(StoreError, match="was ended before it could say"):
        outcome(run(b"{}\n", start=cut_off))


def test_its_errors_are_raised_here(tmp_path: Path) -> None:
    """protocol.md §2: whatever is no `invalid_grant` keeps the grant."""
    with token_endpoint() as (url, ledger):
        profile, store = signed_in(tmp_path, url)
        store.update(KEY, replace(GRANT, token_endpoint="http://127.0.0.1:9/token"))
        with pytest.raises(GatewayUnreachable, match=r"127\.0\.0\.1:9"):
            redeem(profile, tmp_path, store)
        assert ledger.spent == []
    assert kept(store) == "refresh-1"
