"""One renewal for all processes. Real processes, real locks, a real token endpoint on loopback."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backends import fail

import rings
from desk import GRANT, KEY, NOW, PROFILE, TOKENS, Clock, Desk
from mcp_proxy.errors import (
    GatewayRefused,
    GatewayUnreachable,
    SignInRequired,
    StoreError,
    TokenRefused,
)
from mcp_proxy.tokens.redemption import Redemption
from mcp_proxy.tokens.renewal import Renewal
from mcp_proxy.tokens.store import GrantStore
from token_endpoint import token_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from mcp_proxy.errors import PermitError
    from mcp_proxy.oauth.model import Grant, TokenSet
    from mcp_proxy.tokens.cachekey import CacheKey
    from mcp_proxy.tokens.store import Purpose

PROCESS = """
import asyncio, sys, time
from pathlib import Path
from urllib.request import Request, urlopen
from urllib.error import HTTPError
from mcp_proxy.config.model import Profile
from mcp_proxy.errors import PermitError
from mcp_proxy.oauth.grants import refresh
from mcp_proxy.oauth.http import HttpResponse
from mcp_proxy.tokens.redemption import Redemption
from mcp_proxy.tokens.source import TokenSource
from mcp_proxy.tokens.store import GrantStore

def perform(flow):
    request = next(flow)
    try:
        with urlopen(Request(request.url, request.body, dict(request.headers))) as answer:
            response = HttpResponse(answer.status, dict(answer.headers), answer.read())
    except HTTPError as refusal:
        response = HttpResponse(refusal.code, dict(refusal.headers), refusal.read())
    try:
        flow.send(response)
    except StopIteration as end:
        return end.value

async def renew(grant):
    renewed = await asyncio.to_thread(perform, refresh(grant, time.time()))
    if "stall" in sys.argv:
        print("redeemed", flush=True)
        await asyncio.Event().wait()
    return renewed

async def main():
    store = GrantStore(Path(sys.argv[1]))
    source = TokenSource(store, Profile("demo", sys.argv[2]), Redemption(store, renew))
    rejected = None
    while True:
        try:
            token = await source.access_token(rejected=rejected)
        except PermitError as error:
            token = f"{type(error).__name__}: {error}"
        print(token, flush=True)
        if not await asyncio.to_thread(sys.stdin.readline):
            break
        rejected = token

asyncio.run(main())
"""


class Process:
    """A program that reports its token, and that is refused it with each line it is sent.

    With the word `stall` it stops between redeeming a refresh token and keeping the next.
    """

    def __init__(self, folder: Path, *words: str) -> None:
        self.child = subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(folder), PROFILE.url, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"},
        )

    def token(self) -> str:
        assert self.child.stdout is not None
        return self.child.stdout.readline().strip()

    def refuse(self) -> None:
        assert self.child.stdin is not None
        self.child.stdin.write("refused\n")
        self.child.stdin.flush()

    def end(self) -> None:
        self.child.communicate(timeout=30)


@pytest.fixture(autouse=True)
def _no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    rings.choose(fail.Keyring)
    yield
    keyring.set_keyring(before)


@pytest.fixture
def store(tmp_path: Path) -> GrantStore:
    return GrantStore(tmp_path / "vault")


def kept(store: GrantStore) -> TokenSet:
    grant = store.load(KEY)
    assert grant is not None
    return grant.tokens


def signed_in(store: GrantStore, endpoint: str) -> None:
    tokens = replace(TOKENS, issued_at=time.time(), expires_at=time.time() + 3_600)
    grant = replace(GRANT, token_endpoint=endpoint, tokens=tokens)
    store.save(KEY, grant, configured_client_id=None)


def test_eight_processes_spend_each_refresh_token_once(store: GrantStore, tmp_path: Path) -> None:
    """peers.md 1. Five times all of them are refused the token that all of them have."""
    with token_endpoint() as (url, ledger), ExitStack() as ends:
        signed_in(store, url)
        processes = [Process(tmp_path / "vault") for _ in range(8)]
        for process in processes:
            ends.callback(process.end)
        assert {process.token() for process in processes} == {"access-1"}
        for number in range(2, 7):
            for process in processes:
                process.refuse()
            assert {process.token() for process in processes} == {f"access-{number}"}
        assert ledger.spent == [f"refresh-{number}" for number in range(1, 6)]
        assert not ledger.ended
    assert kept(store).refresh_token == "refresh-6"


def test_a_renewal_dies_with_its_process_and_the_next_one_takes_over(
    store: GrantStore, tmp_path: Path
) -> None:
    """peers.md 3: SIGKILL while the request is under way; the request itself is lost."""
    with token_endpoint() as (url, ledger), ExitStack() as ends:
        signed_in(store, url)
        holder, waiter = Process(tmp_path / "vault"), Process(tmp_path / "vault")
        for process in (holder, waiter):
            ends.callback(process.end)
            assert process.token() == "access-1"
        ledger.swallows = 1
        holder.refuse()
        assert ledger.swallowed.wait(10)
        waiter.refuse()
        holder.child.send_signal(signal.SIGKILL)
        assert waiter.token() == "access-2"
        assert ledger.spent == ["refresh-1"]


def killed_between_redeeming_and_keeping(folder: Path, ends: ExitStack) -> None:
    holder = Process(folder, "stall")
    ends.callback(holder.end)
    assert holder.token() == "access-1"
    holder.refuse()
    assert holder.token() == "redeemed"
    holder.child.send_signal(signal.SIGKILL)


def test_a_renewal_cut_off_before_its_answer_was_kept_is_named(
    store: GrantStore, tmp_path: Path
) -> None:
    """peers.md 7: SIGKILL between redeem and persist, and a server that grants no grace."""
    with token_endpoint() as (url, ledger), ExitStack() as ends:
        signed_in(store, url)
        killed_between_redeeming_and_keeping(tmp_path / "vault", ends)
        after = Process(tmp_path / "vault")
        ends.callback(after.end)
        assert after.token() == "access-1", "what is still good is still used"
        after.refuse()
        kind, _, told = after.token().partition(": ")
        assert kind == "SignInRequired"
        assert re.fullmatch(
            r"The renewal that began at \d{4}-\d\d-\d\d \d\d:\d\d UTC was cut off before its "
            r"answer could be kept, and the authorization server no longer takes .*",
            told,
        )
        after.refuse()
        assert after.token() == "SignInRequired: Nobody is signed in"
        assert ledger.spent == ["refresh-1", "refresh-1"], "tried once, and not again"
    assert store.load(KEY) is None


def test_a_renewal_cut_off_is_made_good_where_the_server_grants_grace(
    store: GrantStore, tmp_path: Path
) -> None:
    """RFC 9700 §4.14.2: a server may take a refresh token again for a while."""
    with token_endpoint() as (url, ledger), ExitStack() as ends:
        ledger.grants_grace = True
        signed_in(store, url)
        killed_between_redeeming_and_keeping(tmp_path / "vault", ends)
        siblings = [Process(tmp_path / "vault") for _ in range(3)]
        for sibling in siblings:
            ends.callback(sibling.end)
            assert sibling.token() == "access-1"
        for sibling in siblings:
            sibling.refuse()
        assert {sibling.token() for sibling in siblings} == {"access-2"}
        assert ledger.spent == ["refresh-1", "refresh-1"]
    assert kept(store).refresh_token == "refresh-2"


class Watched(GrantStore):
    """A store that tells when somebody has come to its lock."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.approached = asyncio.Event()

    def lock(
        self, name: str, purpose: Purpose, timeout_seconds: float
    ) -> AbstractAsyncContextManager[None]:
        self.approached.set()
        return super().lock(name, purpose, timeout_seconds)


class Teller:
    """One renewal in this process, beside a played endpoint."""

    def __init__(self, store: GrantStore, desk: Desk) -> None:
        self.adopted: list[str] = []
        self.renewal = Renewal(store, PROFILE, Redemption(store, desk.renew), self._adopt)

    def _adopt(self, _key: CacheKey, grant: Grant) -> None:
        self.adopted.append(grant.tokens.access_token)

    async def replaced(self, token: str) -> Grant:
        return await self.renewal.settle(lambda tokens: tokens.access_token != token)


def test_an_ended_token_that_somebody_has_replaced_costs_nothing(store: GrantStore) -> None:
    """peers.md 5: `invalid_grant` about an older token. A person signs in without our lock."""

    async def scenario() -> None:
        desk = Desk(Clock())
        desk.open.clear()
        teller = Teller(store, desk)
        renewing = asyncio.create_task(teller.replaced("access-1"))
        await desk.asked.wait()
        desk.end_family()
        anew = replace(GRANT, tokens=replace(TOKENS, access_token="anew", refresh_token="anew"))
        store.save(KEY, anew, configured_client_id=None)
        desk.open.set()
        assert await renewing == anew
        assert teller.adopted == ["anew"]
        assert store.load(KEY) == anew

    store.save(KEY, GRANT, configured_client_id=None)
    asyncio.run(scenario())


def test_who_waited_for_the_lock_looks_again(store: GrantStore, tmp_path: Path) -> None:
    """peers.md 5. The second one comes to the lock while the first one's request is open."""

    async def scenario() -> None:
        desk, watched = Desk(Clock()), Watched(tmp_path / "vault")
        desk.open.clear()
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            first = group.create_task(Teller(store, desk).replaced("access-1"))
            await desk.asked.wait()
            second = group.create_task(Teller(watched, desk).replaced("access-1"))
            await watched.approached.wait()
            desk.open.set()
        assert first.result() == second.result()
        assert desk.spent == ["refresh-1"]

    store.save(KEY, GRANT, configured_client_id=None)
    asyncio.run(scenario())


def test_a_sign_out_while_waiting_is_respected(store: GrantStore, tmp_path: Path) -> None:
    """Ours."""

    async def scenario() -> None:
        desk, watched = Desk(Clock()), Watched(tmp_path / "vault")
        async with store.lock(KEY.digest, "refresh", 0):
            waiting = asyncio.create_task(Teller(watched, desk).replaced("access-1"))
            await watched.approached.wait()
            store.remove(KEY)
        with pytest.raises(SignInRequired, match="Nobody is signed in"):
            await waiting
        assert desk.spent == []

    store.save(KEY, GRANT, configured_client_id=None)
    asyncio.run(scenario())


def test_a_sign_in_elsewhere_is_renewed_under_its_own_lock(
    store: GrantStore, tmp_path: Path
) -> None:
    """Ours: locks are per grant, and the profile's grant may become another one meanwhile."""
    elsewhere = replace(GRANT, issuer="https://other.example")
    key = replace(KEY, issuer="https://other.example")

    async def scenario() -> None:
        desk, watched = Desk(Clock()), Watched(tmp_path / "vault")
        async with store.lock(key.digest, "refresh", 0):
            async with store.lock(KEY.digest, "refresh", 0):
                waiting = asyncio.create_task(Teller(watched, desk).replaced("access-1"))
                await watched.approached.wait()
                watched.approached.clear()
                store.save(key, elsewhere, configured_client_id=None)
            await watched.approached.wait()
            assert desk.spent == []
        renewed = await waiting
        assert renewed.issuer == "https://other.example"
        assert store.load(key) == renewed
        assert store.load(KEY) is None

    store.save(KEY, GRANT, configured_client_id=None)
    asyncio.run(scenario())


def test_what_could_not_be_kept_gives_way_to_a_sign_in(
    store: GrantStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: the disk fills up, and somebody makes room and signs in anew."""

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def scenario() -> None:
        desk = Desk(Clock())
        desk.open.clear()
        teller = Teller(store, desk)
        with monkeypatch.context() as world:
            renewing = asyncio.create_task(teller.replaced("access-1"))
            await desk.asked.wait()
            world.setattr(os, "fsync", full)
            desk.open.set()
            with pytest.raises(StoreError):
                await renewing
        assert (await teller.replaced("access-1")).tokens.access_token == "access-2"
        anew = replace(GRANT, tokens=replace(TOKENS, access_token="anew", refresh_token="anew"))
        store.save(KEY, anew, configured_client_id=None)
        assert await teller.replaced("access-2") == anew
        assert teller.adopted == ["access-2", "access-2", "anew"]

    store.save(KEY, GRANT, configured_client_id=None)
    asyncio.run(scenario())


def test_a_lost_answer_is_remembered_and_a_refusal_is_not(store: GrantStore) -> None:
    """Ours: after a refusal for another reason the server has not spent the token."""

    async def scenario(trouble: PermitError) -> str:
        desk = Desk(Clock())
        desk.trouble = trouble
        with pytest.raises(type(trouble)):
            await Teller(store, desk).replaced("access-1")
        desk.trouble = TokenRefused("spent", code="invalid_grant")
        with pytest.raises(SignInRequired) as told:
            await Teller(store, desk).replaced("access-1")
        return str(told.value)

    troubles = {
        GatewayUnreachable("no answer"): True,
        GatewayRefused("busy", status=503): True,
        TokenRefused("gave no access token that can be sent"): True,
        TokenRefused("wrong secret", code="invalid_client"): False,
        TokenRefused("later", code="temporarily_unavailable"): False,
        SignInRequired("The gateway names another server"): False,
    }
    for trouble, is_unknown in troubles.items():
        store.save(KEY, GRANT, configured_client_id=None)
        assert ("was cut off" in asyncio.run(scenario(trouble))) == is_unknown, trouble


def test_a_refusal_after_a_lost_answer_settles_nothing(store: GrantStore) -> None:
    """Ours: the token may have been spent the time before."""

    async def scenario() -> None:
        desk = Desk(Clock())
        for trouble in (
            GatewayUnreachable("no answer"),
            TokenRefused("wrong secret", code="invalid_client"),
        ):
            desk.trouble = trouble
            with pytest.raises(type(trouble)):
                await Teller(store, desk).replaced("access-1")
        desk.trouble = TokenRefused("spent", code="invalid_grant")
        with pytest.raises(SignInRequired, match="was cut off"):
            await Teller(store, desk).replaced("access-1")

    store.save(KEY, GRANT, configured_client_id=None)
    asyncio.run(scenario())


def test_it_rests_after_a_failure_and_not_after_a_success(store: GrantStore) -> None:
    """Ours."""

    async def scenario() -> None:
        desk = Desk(Clock())
        teller = Teller(store, desk)
        assert not teller.renewal.is_resting()
        desk.trouble = TokenRefused("wrong secret", code="invalid_client")
        with pytest.raises(TokenRefused):
            await teller.replaced("access-1")
        assert teller.renewal.is_resting()
        await teller.replaced("access-0")
        assert not teller.renewal.is_resting()

    store.save(KEY, GRANT, configured_client_id=None)
    asyncio.run(scenario())


def test_only_the_recorded_endpoint_is_asked(store: GrantStore) -> None:
    """peers.md 4: the renewal gets the grant as it was kept, endpoint and client included."""
    asked: list[Grant] = []

    async def renew(grant: Grant) -> Grant:
        asked.append(grant)
        return replace(grant, tokens=replace(TOKENS, access_token="new", issued_at=NOW))

    async def scenario() -> None:
        renewal = Renewal(store, PROFILE, Redemption(store, renew), lambda *_: None)
        await renewal.settle(lambda tokens: tokens.access_token == "new")

    store.save(KEY, GRANT, configured_client_id=None)
    asyncio.run(scenario())
    assert asked == [GRANT]
