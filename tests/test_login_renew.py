"""New tokens for a grant that there is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.config.model import Endpoints
from mcp_proxy.errors import SignInRequired, TokenRefused
from mcp_proxy.login.renew import renew
from mcp_proxy.login.sign_in import sign_in
from mcp_proxy.tokens.store import GrantStore
from relay_world import client_of, home
from sign_in_world import Person, free_port, staff_profile, world_of_staff

if TYPE_CHECKING:
    from pathlib import Path

REGISTERING: dict[str, Any] = {"client_id": None, "client_secret": None, "redirect_uri": None}
ELSEWHERE = "https://elsewhere.example"


def test_a_grant_is_renewed_where_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md §8, behaviours 4 and 6."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world)
            grant = await sign_in(chosen, home(tmp_path), on_waiting=Person().open)
            assert str(grant.metadata_url).startswith(f"{world.origin}/.well-known/")
            renewed = await renew(chosen, GrantStore(home(tmp_path).vault), grant)
            assert renewed == replace(grant, tokens=renewed.tokens)
            assert renewed.tokens.access_token != grant.tokens.access_token
            assert world.counters.refreshes == 1

    asyncio.run(scenario())


def test_no_refresh_token_goes_to_a_server_that_the_gateway_has_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md §8, behaviour 4; SEP-2352: a new sign-in is asked for."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world)
            grant = await sign_in(chosen, home(tmp_path), on_waiting=Person().open)
            before = world.counters.token_requests
            moved = replace(grant, issuer=ELSEWHERE)
            with pytest.raises(SignInRequired, match="another authorization server") as caught:
                await renew(chosen, GrantStore(home(tmp_path).vault), moved)
            assert caught.value.refused == grant.tokens.access_token
            assert world.counters.token_requests == before

    asyncio.run(scenario())


@pytest.mark.parametrize("layout", ["root", "none"])
def test_a_gateway_that_names_no_server_has_not_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str
) -> None:
    """MCP 2025-03-26 gateways publish nothing of themselves."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world)
            grant = await sign_in(chosen, home(tmp_path), on_waiting=Person().open)
            world.faults.metadata = layout  # type: ignore[assignment]  # one of its literals
            assert await renew(chosen, GrantStore(home(tmp_path).vault), grant)

    asyncio.run(scenario())


def test_a_grant_of_an_earlier_version_learns_where_its_gateway_speaks_for_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: from then on, one request is enough."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world)
            grant = await sign_in(chosen, home(tmp_path), on_waiting=Person().open)
            earlier = replace(grant, metadata_url=None)
            renewed = await renew(chosen, GrantStore(home(tmp_path).vault), earlier)
            assert renewed.metadata_url == grant.metadata_url

    asyncio.run(scenario())


def test_a_gateway_that_is_down_has_not_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md §8, behaviour 5: an outage changes nothing."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world)
            grant = await sign_in(chosen, home(tmp_path), on_waiting=Person().open)
            down = replace(chosen, url=f"http://127.0.0.1:{free_port()}/mcp")
            assert await renew(down, GrantStore(home(tmp_path).vault), grant)

    asyncio.run(scenario())


def test_what_a_profile_says_itself_is_not_looked_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: explicit endpoints are the person's word."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            places = f"{world.origin}/o/authorize/", f"{world.origin}/o/token/"
            explicit = Endpoints(*places, issuer=world.issuer)
            chosen = staff_profile(world, endpoints=explicit, resource=world.url)
            grant = await sign_in(chosen, home(tmp_path), on_waiting=Person().open)
            assert await renew(
                chosen, GrantStore(home(tmp_path).vault), replace(grant, issuer=ELSEWHERE)
            )

    asyncio.run(scenario())


def test_a_forgotten_registration_asks_for_a_new_sign_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md §7.5: and that one registers anew; a call notices nothing but the page."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            world.faults.registration = "open"
            person, chosen = Person(), staff_profile(world, **REGISTERING)
            grant = await sign_in(chosen, home(tmp_path), on_waiting=person.open)
            world.applications.forget()
            with pytest.raises(SignInRequired, match="forgotten this program") as caught:
                await renew(chosen, GrantStore(home(tmp_path).vault), grant)
            assert caught.value.refused == grant.tokens.access_token
            assert GrantStore(home(tmp_path).vault).client_for(grant.issuer, None) is None
            world.expire_tokens()
            async with client_of(chosen, tmp_path, on_page=person.open) as client:
                await client.greet()
                assert "list_integrations" in await client.tools()
            assert (len(person.opened), world.counters.registrations) == (2, 2)

    asyncio.run(scenario())


def test_a_configured_client_that_is_refused_keeps_its_grant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: a person has to look at the settings; registering anew would help nobody."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world)
            grant = await sign_in(chosen, home(tmp_path), on_waiting=Person().open)
            world.faults.forgets_clients = True
            with pytest.raises(TokenRefused, match="invalid_client"):
                await renew(chosen, GrantStore(home(tmp_path).vault), grant)

    asyncio.run(scenario())
