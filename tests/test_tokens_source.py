"""One access token for every caller of a process. Real store, real locks, a played endpoint."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

import keyring
import pytest
from keyring.backends import fail

import rings
from desk import GRANT, HOUR, KEY, NOW, PROFILE, TOKENS, Clock, Desk
from mcp_proxy.errors import (
    GatewayRefused,
    GatewayUnreachable,
    SignInRequired,
    StoreError,
    TokenRefused,
)
from mcp_proxy.oauth.dpop import KEY_BYTES, secret_of
from mcp_proxy.oauth.model import TokenSet
from mcp_proxy.tokens.redemption import Redemption
from mcp_proxy.tokens.source import (
    EARLIEST_SHARE,
    LATEST_SHARE,
    TokenSource,
    due_at,
)
from mcp_proxy.tokens.store import GrantStore
from mcp_proxy.values import replace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from mcp_proxy.errors import PermitError
    from mcp_proxy.tokens.proofs import Proofs


class Play:
    """Everything around one source, made inside the event loop."""

    def __init__(self, folder: Path, tokens: TokenSet | None) -> None:
        self.folder = folder
        self.clock = Clock()
        self.steady = Clock()
        self.desk = Desk(self.clock)
        self.store = GrantStore(folder, self.clock)
        if tokens is not None:
            self.keep(tokens)
        self.source = self.sibling(0.5)

    def sibling(self, chance: float) -> TokenSource:
        """Another process, as it were: its own memory, the same store and server."""
        store = GrantStore(self.folder, self.clock)
        redemption = Redemption(store, self.desk.renew)
        return TokenSource(store, PROFILE, redemption, self.clock, lambda: chance, self.steady)

    def keep(self, tokens: TokenSet) -> None:
        self.store.save(KEY, replace(GRANT, tokens=tokens), configured_client_id=None)

    def kept(self) -> TokenSet | None:
        grant = self.store.load(KEY)
        return None if grant is None else grant.tokens

    async def landing(self) -> None:
        """Until nothing runs behind any more."""
        while self.source._flight is not None:
            await asyncio.wait([self.source._flight])
            await asyncio.sleep(0)

    def wait_out_a_pause(self) -> None:
        """Five seconds on the clock that never jumps."""
        self.steady.time += 5


def no_room(_descriptor: int) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture(autouse=True)
def _no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    rings.choose(fail.Keyring)
    yield
    keyring.set_keyring(before)


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., None]:
    """Runs a scenario with a `Play` whose store holds `tokens`."""

    def run(scenario: Callable[[Play], Awaitable[None]], tokens: TokenSet | None = TOKENS) -> None:
        async def bounded() -> None:
            async with asyncio.timeout(20):
                play = Play(tmp_path / "vault", tokens)
                await scenario(play)
                await play.source.close()

        asyncio.run(bounded())

    return run


def test_a_stored_token_is_read_once_and_then_at_hand(
    play: Callable[..., None], tmp_path: Path
) -> None:
    """Ours: with a fresh token a call pays no file, no lock, no keyring."""

    async def scenario(play: Play) -> None:
        assert play.source.fresh_token() is None
        assert await play.source.access_token() == "access-1"
        shutil.rmtree(tmp_path / "vault")
        assert play.source.fresh_token() == "access-1"
        assert await play.source.access_token() == "access-1"
        assert play.desk.spent == []

    play(scenario)


def test_nobody_signed_in_is_said_until_somebody_is(play: Callable[..., None]) -> None:
    """Ours: the sign-in may happen in another process."""

    async def scenario(play: Play) -> None:
        for _ in range(2):
            with pytest.raises(SignInRequired, match="Nobody is signed in") as told:
                await play.source.access_token()
        assert told.value.hint == "mcp-permit login"
        play.keep(TOKENS)
        assert await play.source.access_token() == "access-1"

    play(scenario, None)


def test_near_its_end_a_token_is_renewed_behind_its_callers(play: Callable[..., None]) -> None:
    """peers.md 6; systems.md X5. The renewal is held open while calls go on."""

    async def scenario(play: Play) -> None:
        await play.source.access_token()
        play.clock.time = NOW + 0.69 * HOUR
        assert play.source.fresh_token() == "access-1"
        assert play.source._flight is None
        play.clock.time = NOW + 0.71 * HOUR
        play.desk.open.clear()
        assert play.source.fresh_token() == "access-1"
        await play.desk.asked.wait()
        assert play.source.fresh_token() == "access-1"
        assert await play.source.access_token() == "access-1"
        play.desk.open.set()
        await play.landing()
        assert play.source.fresh_token() == "access-2"
        assert play.desk.spent == ["refresh-1"]
        kept = play.kept()
        assert kept is not None
        assert kept.refresh_token == "refresh-2"

    play(scenario)


def test_a_token_of_seconds_also_has_a_time_in_which_it_is_renewed_behind() -> None:
    """systems.md X5: 3 s tokens. It is due before it is no longer sent."""
    short = TokenSet("a", "r", NOW, NOW + 3)
    for share in (EARLIEST_SHARE, LATEST_SHARE):
        assert short.is_fresh(due_at(short, share))
        assert due_at(short, share) < NOW + 3


def test_siblings_come_to_a_renewal_one_after_the_other(play: Callable[..., None]) -> None:
    """peers.md 6: with jitter. All use one token, and the first one's renewal is all that is."""

    async def scenario(play: Play) -> None:
        siblings = [play.sibling(number / 7) for number in range(8)]
        assert {await one.access_token() for one in siblings} == {"access-1"}
        came: dict[int, int] = {}
        for minute in range(35, 50):
            play.clock.time = NOW + 60 * minute
            before = [one.fresh_token() for one in siblings]
            assert None not in before, "nobody waits"
            came[minute] = sum(one._flight is not None for one in siblings)
            for one in siblings:
                if one._flight is not None:
                    await asyncio.wait([one._flight])
        assert sum(came.values()) == 8, "each looks once into the store"
        assert max(came.values()) <= 2, came
        assert play.desk.spent == ["refresh-1"]
        assert {one.fresh_token() for one in siblings} == {"access-2"}

    play(scenario)


def test_every_process_draws_its_own_time(play: Callable[..., None]) -> None:
    """Ours."""

    async def scenario(play: Play) -> None:
        redemption = Redemption(play.store, play.desk.renew)
        sources = [TokenSource(play.store, PROFILE, redemption) for _ in range(20)]
        shares = {source._share for source in sources}
        assert len(shares) == 20
        assert all(EARLIEST_SHARE <= share <= LATEST_SHARE for share in shares)

    play(scenario)


@pytest.mark.parametrize("life", [HOUR, None])
def test_twenty_calls_that_meet_a_refusal_make_one_renewal(
    play: Callable[..., None], life: float | None
) -> None:
    """peers.md 2, with and without `expires_in`. All twenty wait while it is held open."""

    async def scenario(play: Play) -> None:
        play.desk.life_seconds = life
        await play.source.access_token()
        play.desk.open.clear()
        async with asyncio.TaskGroup() as group:
            calls = [
                group.create_task(play.source.access_token(rejected="access-1")) for _ in range(20)
            ]
            await play.desk.asked.wait()
            assert play.source.fresh_token() is None, "nobody sends a refused token again"
            assert len(asyncio.all_tasks()) == 2 + len(calls), "one that renews, and this one"
            play.desk.open.set()
        assert {call.result() for call in calls} == {"access-2"}
        assert await play.source.access_token(rejected="access-1") == "access-2", "a late refusal"
        assert play.desk.spent == ["refresh-1"]

    play(scenario, replace(TOKENS, expires_at=life and NOW + life))


def test_a_token_that_ended_while_nobody_called_is_renewed_before_the_call(
    play: Callable[..., None],
) -> None:
    """peers.md 6: correct on restart, by the stored absolute expiry."""

    async def scenario(play: Play) -> None:
        play.clock.time = NOW + 2 * HOUR
        assert await play.source.access_token() == "access-2"
        assert play.source.fresh_token() == "access-2"

    play(scenario)


def test_a_token_without_a_known_end_lasts_until_it_is_refused(play: Callable[..., None]) -> None:
    """RFC 6749 §5.1: `expires_in` is only recommended."""

    async def scenario(play: Play) -> None:
        await play.source.access_token()
        play.clock.time = NOW + 1_000 * HOUR
        assert play.source.fresh_token() == "access-1"
        assert await play.source.access_token(rejected="access-1") == "access-2"

    play(scenario, replace(TOKENS, expires_at=None))


def test_a_clock_moved_back_causes_no_storm(play: Callable[..., None]) -> None:
    """peers.md 6. A refusal, if one comes, costs one renewal, and all is well again."""

    async def scenario(play: Play) -> None:
        await play.source.access_token()
        play.clock.time = NOW - HOUR
        for _ in range(10):
            assert await play.source.access_token() == "access-1"
        await play.landing()
        assert play.desk.spent == []
        assert await play.source.access_token(rejected="access-1") == "access-2"
        for _ in range(10):
            assert await play.source.access_token() == "access-2"
        assert play.desk.spent == ["refresh-1"]

    play(scenario)


@pytest.mark.parametrize("way", [(-HOUR, 0.0), (-24 * HOUR, -HOUR, 0.0), (30 * HOUR, -2 * HOUR)])
def test_a_clock_that_jumps_costs_one_renewal_a_jump_at_most(
    play: Callable[..., None], way: tuple[float, ...]
) -> None:
    """peers.md 6: the time server was asleep, or the battery empty. Tokens end by another clock."""

    async def scenario(play: Play) -> None:
        token = await play.source.access_token()
        for number, jump in enumerate(way, 1):
            play.clock.time = NOW + jump
            for _ in range(10):
                token = await play.source.access_token()
                await play.landing()
            token = await play.source.access_token(rejected=token)
            for _ in range(10):
                assert await play.source.access_token() == token
                await play.landing()
            assert len(play.desk.spent) <= 2 * number
        restarted = play.sibling(0.5)
        assert await restarted.access_token() == token
        assert len(set(play.desk.spent)) == len(play.desk.spent), "none twice"

    play(scenario)


def test_a_siblings_renewal_is_adopted(play: Callable[..., None]) -> None:
    """peers.md 5."""

    async def scenario(play: Play) -> None:
        await play.source.access_token()
        play.keep(replace(TOKENS, access_token="theirs", refresh_token="theirs"))
        assert await play.source.access_token(rejected="access-1") == "theirs"
        assert play.desk.spent == []

    play(scenario)


def test_a_grant_that_the_server_ended_is_removed_and_said(play: Callable[..., None]) -> None:
    """systems.md X7; protocol.md §2: `invalid_grant` alone discards the refresh token."""

    async def scenario(play: Play) -> None:
        await play.source.access_token()
        play.desk.end_family()
        with pytest.raises(SignInRequired, match="has ended the sign-in") as told:
            await play.source.access_token(rejected="access-1")
        assert told.value.hint == "mcp-permit login"
        assert play.kept() is None
        with pytest.raises(SignInRequired, match="Nobody is signed in"):
            await play.source.access_token()
        assert len(play.desk.spent) == 1, "no loop"
        play.keep(replace(TOKENS, access_token="anew"))
        assert await play.source.access_token() == "anew", "no pause after a sign-in"

    play(scenario)


@pytest.mark.parametrize(
    "trouble",
    [
        GatewayUnreachable("no answer"),
        GatewayRefused("busy", status=503),
        TokenRefused("wrong secret", code="invalid_client"),
        TokenRefused("later", code="temporarily_unavailable"),
    ],
)
def test_any_other_failure_keeps_the_grant_and_pauses(
    play: Callable[..., None], trouble: PermitError
) -> None:
    """peers.md 5: within the pause callers are told, and the server is left alone."""

    async def scenario(play: Play) -> None:
        await play.source.access_token()
        play.desk.trouble = trouble
        for _ in range(3):
            with pytest.raises(type(trouble), match=str(trouble)):
                await play.source.access_token(rejected="access-1")
        assert play.desk.spent == ["refresh-1"]
        assert play.kept() == TOKENS
        play.desk.trouble = None
        play.desk.spent.clear()
        play.wait_out_a_pause()
        assert await play.source.access_token() == "access-2"

    play(scenario)


def test_within_a_pause_a_siblings_success_counts(play: Callable[..., None]) -> None:
    """Ours."""

    async def scenario(play: Play) -> None:
        await play.source.access_token()
        play.desk.trouble = GatewayUnreachable("no answer")
        with pytest.raises(GatewayUnreachable):
            await play.source.access_token(rejected="access-1")
        play.keep(replace(TOKENS, access_token="theirs"))
        assert await play.source.access_token() == "theirs"

    play(scenario)


def test_a_renewal_behind_that_fails_disturbs_nobody(play: Callable[..., None]) -> None:
    """peers.md 6: the old token is sent as long as it lasts, and the server is left in peace."""

    async def scenario(play: Play) -> None:
        await play.source.access_token()
        play.desk.trouble = GatewayUnreachable("no answer")
        play.clock.time = NOW + 0.8 * HOUR
        for _ in range(5):
            assert await play.source.access_token() == "access-1"
            await play.landing()
        assert play.desk.spent == ["refresh-1"]
        play.desk.trouble = None
        play.desk.spent.clear()
        play.wait_out_a_pause()
        assert play.source.fresh_token() == "access-1"
        await play.landing()
        assert play.source.fresh_token() == "access-2"

    play(scenario)


def test_a_grant_ended_behind_serves_while_its_token_lasts(play: Callable[..., None]) -> None:
    """Ours: the gateway may well take the access token to its end."""

    async def scenario(play: Play) -> None:
        await play.source.access_token()
        play.desk.end_family()
        play.clock.time = NOW + 0.8 * HOUR
        for _ in range(5):
            assert play.source.fresh_token() == "access-1"
            await play.landing()
        assert play.desk.spent == ["refresh-1"]
        play.clock.time = NOW + HOUR
        with pytest.raises(SignInRequired):
            await play.source.access_token()

    play(scenario)


def test_without_a_refresh_token_the_end_is_said(play: Callable[..., None]) -> None:
    """RFC 6749 §1.5: a refresh token is optional."""

    async def scenario(play: Play) -> None:
        await play.source.access_token()
        play.clock.time = NOW + 0.8 * HOUR
        assert play.source.fresh_token() == "access-1"
        assert play.source._flight is None
        with pytest.raises(SignInRequired, match="none to renew it with"):
            await play.source.access_token(rejected="access-1")
        assert play.desk.spent == []
        assert play.kept() is not None

    play(scenario, replace(TOKENS, refresh_token=None))


def test_a_caller_who_gives_up_stops_no_renewal(play: Callable[..., None]) -> None:
    """Ours: the refresh token is spent, so its successor must be kept."""

    async def scenario(play: Play) -> None:
        play.clock.time = NOW + HOUR
        play.desk.open.clear()
        caller = asyncio.create_task(play.source.access_token())
        await play.desk.asked.wait()
        caller.cancel()
        await asyncio.wait([caller])
        play.desk.open.set()
        await play.landing()
        assert play.source.fresh_token() == "access-2"
        kept = play.kept()
        assert kept is not None
        assert kept.refresh_token == "refresh-2"

    play(scenario)


def test_closing_lets_a_spent_token_be_kept(play: Callable[..., None]) -> None:
    """peers.md 7."""

    async def scenario(play: Play) -> None:
        await play.source.close()
        await play.source.access_token()
        play.clock.time = NOW + 0.8 * HOUR
        play.desk.open.clear()
        play.source.fresh_token()
        await play.desk.asked.wait()
        closing = asyncio.create_task(play.source.close(10))
        await asyncio.sleep(0)
        play.desk.open.set()
        await closing
        kept = play.kept()
        assert kept is not None
        assert kept.refresh_token == "refresh-2"

    play(scenario)


def test_closing_waits_no_longer_than_its_limit_and_frees_the_lock(
    play: Callable[..., None],
) -> None:
    """peers.md 11."""

    async def scenario(play: Play) -> None:
        play.clock.time = NOW + HOUR
        play.desk.open.clear()
        caller = asyncio.create_task(play.source.access_token())
        await play.desk.asked.wait()
        await play.source.close(0.05)
        await asyncio.wait([caller])
        assert caller.cancelled()
        async with play.store.lock(KEY.digest, "refresh", 0):
            pass
        assert play.kept() == TOKENS

    play(scenario)


def test_closing_does_not_wait_for_another_process(play: Callable[..., None]) -> None:
    """peers.md 11: what only waits for a lock ends at once."""

    async def scenario(play: Play) -> None:
        play.clock.time = NOW + 0.8 * HOUR
        async with play.store.lock(KEY.digest, "refresh", 0):
            assert await play.source.access_token() == "access-1"
            play.source.fresh_token()
            await asyncio.sleep(0)
            assert play.source._flight is not None
            await play.source.close(60)
        assert play.desk.spent == []

    play(scenario)


def test_a_successor_that_cannot_be_kept_is_told_used_and_never_lost_to_its_predecessor(
    play: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: the disk fills up. What lies there is spent; spending it again would end all."""

    async def scenario(play: Play) -> None:
        await play.source.access_token()
        play.desk.open.clear()
        with monkeypatch.context() as world:
            call = asyncio.create_task(play.source.access_token(rejected="access-1"))
            await play.desk.asked.wait()
            world.setattr(os, "fsync", no_room)
            play.desk.open.set()
            with pytest.raises(StoreError, match="No space left"):
                await call
        assert play.kept() == TOKENS
        assert await play.source.access_token() == "access-2"
        play.wait_out_a_pause()
        assert await play.source.access_token(rejected="access-2") == "access-3"
        assert play.desk.spent == ["refresh-1", "refresh-2"]
        kept = play.kept()
        assert kept is not None
        assert kept.refresh_token == "refresh-3"

    play(scenario)


def test_a_full_disk_spends_nothing(
    play: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: what could not be kept is not asked for."""

    async def scenario(play: Play) -> None:
        await play.source.access_token()
        with monkeypatch.context() as world:
            world.setattr(os, "fsync", no_room)
            with pytest.raises(StoreError, match="No space left"):
                await play.source.access_token(rejected="access-1")
        assert play.desk.spent == []
        play.wait_out_a_pause()
        assert await play.source.access_token() == "access-2"

    play(scenario)


def test_a_server_that_repeats_the_access_token_is_believed(play: Callable[..., None]) -> None:
    """Ours: one renewal for one refusal, whatever the gateway says next."""

    async def scenario(play: Play) -> None:
        await play.source.access_token()
        play.desk.repeats_access_token = True
        assert await play.source.access_token(rejected="access-1") == "access-1"
        assert play.source.fresh_token() == "access-1"
        assert play.desk.spent == ["refresh-1"]

    play(scenario)


def test_a_bound_token_brings_its_proofs_and_another_key_other_ones(
    play: Callable[..., None],
) -> None:
    """RFC 9449 §7.1. A Bearer token needs none, whatever key lies beside it."""

    async def proofs_of(play: Play, name: str, kind: str, secret: str | None) -> Proofs | None:
        tokens = replace(TOKENS, token_type=kind, access_token=name)
        grant = replace(GRANT, tokens=tokens, proof_key=secret)
        play.store.save(KEY, grant, configured_client_id=None)
        assert await play.source.access_token(rejected=play.source.fresh_token()) == name
        return play.source.proofs

    async def scenario(play: Play) -> None:
        assert play.source.proofs is None
        one, other = (secret_of(bytes([number]) * KEY_BYTES) for number in (1, 2))
        assert await proofs_of(play, "a", "Bearer", one) is None
        found = await proofs_of(play, "b", "DPoP", one)
        assert found is not None
        assert await proofs_of(play, "c", "DPoP", one) is found, "with the nonce that it has"
        assert await proofs_of(play, "d", "DPoP", other) is not found
        assert await proofs_of(play, "e", "DPoP", None) is None

    play(scenario)


async def call(source: TokenSource) -> None:
    """A call to a gateway that refuses every token: as `proxy.gateway.access` makes it."""
    with suppress(SignInRequired):
        token = await source.access_token()
        token = await source.access_token(rejected=token)
        assert source.is_refused_at_once(token)


@pytest.mark.parametrize("bridges", [1, 8])
def test_tokens_that_are_refused_even_when_new_cost_one_renewal_a_minute(
    play: Callable[..., None], bridges: int
) -> None:
    """peers.md 10: ten minutes of rejected tokens. Each process asks for itself."""

    async def scenario(play: Play) -> None:
        siblings = [play.sibling(0.5) for _ in range(bridges)]
        for passed in range(0, 600, 30):
            play.clock.time, play.steady.time = NOW + passed, NOW + passed
            await asyncio.gather(*map(call, siblings))
        assert 10 <= len(play.desk.spent) <= 10 * bridges, "it may be well again"

    play(scenario, replace(TOKENS, expires_at=NOW + 10 * HOUR))


def test_a_refusal_at_once_is_explained_and_a_sign_in_ends_it(play: Callable[..., None]) -> None:
    """Ours: whoever signs in meanwhile, here or elsewhere, is believed at once."""

    async def scenario(play: Play) -> None:
        token = await play.source.access_token(rejected="access-1")
        assert play.source.is_refused_at_once(token)
        with pytest.raises(SignInRequired, match="even when they are new") as told:
            await play.source.access_token(rejected=token)
        assert "mcp-permit login" in str(told.value.hint)
        anew = replace(TOKENS, access_token="anew", refresh_token="anew")
        grant = replace(GRANT, tokens=anew, signed_in_at=NOW)
        play.store.save(KEY, grant, configured_client_id=None)
        assert await play.source.access_token(rejected=token) == "anew"
        assert await play.source.access_token(rejected="anew") == "access-3"

    play(scenario)


def test_a_token_that_ended_on_its_way_is_not_refused(play: Callable[..., None]) -> None:
    """Ours: tokens of a second, on a machine that is busy. The next one may arrive in time."""

    async def scenario(play: Play) -> None:
        play.desk.life_seconds = 2.0
        token = await play.source.access_token(rejected="access-1")
        assert not play.source.is_refused_at_once("an older one")
        play.clock.time += 1.7
        assert not play.source.is_refused_at_once(token)
        assert await play.source.access_token(rejected=token) == "access-3"
        assert play.source.is_refused_at_once("access-3")
        play.clock.time += 1.7
        play.steady.time += 1.7
        assert await play.source.access_token() == "access-4", "its time is over all the same"

    play(scenario)


def test_a_refusal_that_comes_before_the_first_token_counts(play: Callable[..., None]) -> None:
    """Ours: a source made anew is told what its predecessor's token met."""

    async def scenario(play: Play) -> None:
        assert await play.source.access_token(rejected="access-1") == "access-2"

    play(scenario)


def test_the_last_use_is_noted_at_the_end_and_once_an_hour(play: Callable[..., None]) -> None:
    """peers.md 35: last used. A call waits for no file."""

    async def scenario(play: Play) -> None:
        note = play.store.usage_note(KEY)
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        await play.source.access_token()
        for passed, noted in ((0, None), (3_599, None), (3_600, 3_600), (7_199, 3_600)):
            play.clock.time = NOW + passed
            assert play.source.fresh_token() == "access-1"
            await asyncio.to_thread(int)  # behind whatever was begun
            assert note.read().last_used_at == (noted and NOW + noted), passed
        await play.source.close()
        assert note.read().last_used_at == NOW + 7_199

    play(scenario, replace(TOKENS, expires_at=None))


def test_a_source_that_nobody_used_notes_nothing(play: Callable[..., None]) -> None:
    """Ours."""

    async def scenario(play: Play) -> None:
        await play.source.close()
        assert play.store.usage_note(KEY).read().last_used_at is None

    play(scenario)


def test_a_renewal_that_failed_is_noted(play: Callable[..., None]) -> None:
    """peers.md 35: last error."""

    async def scenario(play: Play) -> None:
        await play.source.access_token()
        play.desk.trouble = GatewayRefused("busy", status=503)
        with pytest.raises(GatewayRefused):
            await play.source.access_token(rejected="access-1")
        found = play.store.usage_note(KEY).read()
        assert (found.last_error, found.last_error_at) == ("busy", NOW)

    play(scenario)
