from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from mcp_proxy.config.model import Auth, SecretRef
from mcp_proxy.errors import AuthorizationRefused
from mcp_proxy.login.attempts import Attempts
from mcp_proxy.login.keys import catalog_key
from mcp_proxy.login.standing import last_snapshot, standing, standings
from mcp_proxy.oauth.model import GIVEN, Client, Grant, TokenSet
from mcp_proxy.tokens.cachekey import CacheKey
from mcp_proxy.tokens.store import GrantStore
from relay_world import client_of, home, profile
from sign_in_world import Person, staff_profile, world_of_staff

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_new_profile_has_nothing(tmp_path: Path) -> None:
    """Ours. Looking makes no file."""
    found = standing(profile("https://gateway.example/mcp", auth=Auth()), home(tmp_path))
    assert not found.signed_in
    assert (found.issuer, found.expires_at, found.tools_listed) == (None, None, None)
    assert list(tmp_path.iterdir()) == []


def test_a_signed_in_profile_tells_who_where_and_until_when(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md X24."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world)
            async with client_of(chosen, tmp_path, on_page=Person().open) as client:
                await client.greet()
                listed = await client.tools()
            found = standing(chosen, home(tmp_path))
            assert found.signed_in
            assert found.renewable
            assert (found.issuer, found.client_id) == (world.issuer, world.client_id)
            assert found.expires_at is not None
            assert found.signed_in_at is not None
            assert found.expires_at > found.signed_in_at
            assert found.tools_listed == found.tools_surfaced == len(listed)

    asyncio.run(scenario())


def test_the_last_list_outlives_the_vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """peers.md §8, behaviour 31: no network and no token."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world)
            async with client_of(chosen, tmp_path, on_page=Person().open) as client:
                await client.greet()
                listed = await client.tools()
        for sealed in home(tmp_path).vault.rglob("grants/*"):
            sealed.unlink()
        snapshot = last_snapshot(chosen, home(tmp_path))
        assert snapshot is not None
        assert [tool.name for tool in snapshot.tools] == listed

    asyncio.run(scenario())


def test_a_configured_token_counts_as_signed_in(tmp_path: Path) -> None:
    """Ours. Its catalog is its own, apart from a sign-in's."""
    url = "https://gateway.example/mcp"
    keyed = profile(url, auth=Auth(grant="bearer", token=SecretRef("env", "TOKEN")))
    assert standing(keyed, home(tmp_path)).signed_in
    assert catalog_key(keyed, home(tmp_path)) != catalog_key(profile(url), home(tmp_path))


NOW = 1_801_000_000.0
KEY = CacheKey("https://gw.example/mcp", "https://as.example", "me", None, "default")
GRANT = Grant(
    KEY.issuer,
    "https://as.example/token",
    Client("me"),
    None,
    TokenSet("access", "refresh", NOW - 600, NOW + 3_000, "read"),
    signed_in_at=NOW - 7_200,
)
HERE = profile(KEY.gateway, auth=Auth())


def test_last_used_is_the_latest_that_is_known(tmp_path: Path) -> None:
    """peers.md 35. New tokens are only asked for by a use."""
    store = GrantStore(home(tmp_path).vault, lambda: NOW)
    store.save(KEY, GRANT, configured_client_id=None)
    assert standing(HERE, home(tmp_path), lambda: NOW).last_used_at == NOW - 600
    store.usage_note(KEY).used(NOW - 60)
    assert standing(HERE, home(tmp_path), lambda: NOW).last_used_at == NOW - 60


def test_last_error_is_that_of_a_renewal_or_of_a_sign_in(tmp_path: Path) -> None:
    """peers.md 35: whichever was later."""
    store = GrantStore(home(tmp_path).vault, lambda: NOW)
    store.save(KEY, GRANT, configured_client_id=None)
    assert standing(HERE, home(tmp_path)).last_error is None
    store.usage_note(KEY).failed("no answer")
    found = standing(HERE, home(tmp_path))
    assert (found.last_error, found.last_error_at) == ("no answer", NOW)
    for at, told in ((NOW - 1, "no answer"), (NOW + 1, "nobody came")):
        clock = [at]
        attempts = Attempts(home(tmp_path).state / "attempts", HERE.identity, clock.pop)
        attempts.failed(AuthorizationRefused("nobody came"))
        assert standing(HERE, home(tmp_path)).last_error == told


def test_a_token_that_ends_soon_and_a_grant_that_nobody_uses_are_pointed_out(
    tmp_path: Path,
) -> None:
    """Issue 3, "Accounts"; systems.md §7.5."""
    day = 86_400
    keyed = Auth(grant="bearer", token=SecretRef("env", "TOKEN"), token_expires_at=NOW + 5 * day)
    found = standing(profile(KEY.gateway, auth=keyed), home(tmp_path), lambda: NOW)
    assert found.expires_at == NOW + 5 * day
    (sentence,) = found.attention
    assert sentence.startswith("the token ends in 5 days, on 2027-")
    store = GrantStore(home(tmp_path).vault)
    store.save(KEY, GRANT, configured_client_id=None)
    assert standing(HERE, home(tmp_path), lambda: NOW).attention == ()
    found = standing(HERE, home(tmp_path), lambda: NOW + 40 * day)
    assert found.attention == ("not used for 40 days: sign out of what nobody needs",)
    brought = replace(GRANT, grant_type=GIVEN, tokens=TokenSet("key", None, NOW, NOW + 2 * day))
    store.save(KEY, brought, configured_client_id=None)
    (sentence,) = standing(HERE, home(tmp_path), lambda: NOW).attention
    assert sentence.startswith("the token ends in 2 days")


def test_every_credential_is_told_those_without_a_profile_too(tmp_path: Path) -> None:
    """peers.md 35. One that cannot be read hides no other."""
    store = GrantStore(home(tmp_path).vault)
    damaged, alone = (replace(KEY, account=account) for account in ("damaged", "alone"))
    for key in (KEY, damaged, alone):
        store.save(key, GRANT, configured_client_id=None)
    (home(tmp_path).vault / "grants" / f"{damaged.digest}.sealed").write_bytes(b"?")
    profiles = [
        HERE,
        replace(HERE, account="damaged"),
        profile("https://other.example/mcp", auth=Auth()),
    ]
    found = standings(profiles, home(tmp_path), lambda: NOW)
    told = [(one.profile, one.account, one.signed_in, one.problem is None) for one in found]
    assert told == [
        (profiles[0].name, "default", True, True),
        (profiles[1].name, "damaged", False, False),
        (profiles[2].name, profiles[2].account, False, True),
        (KEY.gateway, "alone", True, True),
    ]
    assert "was damaged" in (found[1].problem or "")
    assert found[3].issuer == KEY.issuer


def test_a_locked_vault_is_told_for_each(tmp_path: Path) -> None:
    """Ours: which grants there are can be read without its key."""
    store = GrantStore(home(tmp_path).vault)
    store.save(KEY, GRANT, configured_client_id=None)
    (home(tmp_path).vault / "vault.key").unlink()
    (found,) = standings([], home(tmp_path))
    assert (found.profile, found.signed_in) == (KEY.gateway, False)
    assert "is missing, so the vault cannot be opened. Bring the key back" in (found.problem or "")
