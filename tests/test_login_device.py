"""The way in by a code that a person enters on another device."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.errors import AuthorizationRefused, DiscoveryError, TokenRefused
from mcp_proxy.login.client import Clients
from mcp_proxy.login.device import DeviceWay
from mcp_proxy.login.person import Person as Whom
from mcp_proxy.login.person import SignInPage
from mcp_proxy.login.sign_in import sign_in
from mcp_proxy.login.terms import find_terms
from mcp_proxy.net.http import Web
from mcp_proxy.oauth.model import AUTHORIZATION_CODE, DEVICE_CODE
from mcp_proxy.tokens.store import GrantStore
from relay_world import home
from sign_in_world import Person, be_stranded, staff_profile, world_of_staff

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from mcp_proxy.demo.integration.world import IntegrationWorld
    from mcp_proxy.oauth.model import TokenSet


async def no_wait(_seconds: float) -> None:
    """Ask again soon; the server judges haste by its own clock."""
    await asyncio.sleep(0)


async def entered(
    world: IntegrationWorld,
    folder: Path,
    show: Callable[[SignInPage], None],
    sleep: Callable[[float], Awaitable[None]] = no_wait,
) -> TokenSet:
    """The tokens of a device way that waits as `sleep` does."""
    chosen = staff_profile(world, grant="device-code", redirect_uri=None)
    async with Web() as web:
        terms = await find_terms(web, chosen, None)
        clients = Clients(web, chosen, GrantStore(home(folder).vault), terms)
        way = DeviceWay(web, chosen, terms, clients, Whom(show), sleep)
        return await way.finish(*await way.begin())


def test_a_code_that_is_entered_elsewhere_signs_in_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 8628 §3; peers.md §8, behaviour 14."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            world.faults.device_codes = True
            person = Person()
            shown: list[SignInPage] = []

            def show(page: SignInPage) -> None:
                shown.append(page)
                person.open(page)

            chosen = staff_profile(world, grant="device-code", redirect_uri=None)
            grant = await sign_in(chosen, home(tmp_path), on_waiting=show)
            assert grant.grant_type == DEVICE_CODE
            assert grant.tokens.refresh_token is not None
            (page,) = shown
            assert page.user_code is not None
            assert page.user_code in page.url
            assert page.port is None
            assert world.counters.authorizations == 0

    asyncio.run(scenario())


def test_whoever_is_told_to_slow_down_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 8628 §3.5."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            world.faults.device_codes = True
            slept: list[float] = []
            shown: list[SignInPage] = []

            async def sleep(seconds: float) -> None:
                slept.append(seconds)
                if len(slept) == 3:
                    Person().open(shown[0])
                await no_wait(seconds)

            assert (await entered(world, tmp_path, shown.append, sleep)).access_token
            # Each question came too soon for the server.
            assert slept[:3] == [1.0, 6.0, 11.0]

    asyncio.run(scenario())


def test_a_person_who_says_no_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 8628 §3.5, `access_denied`."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            world.faults.device_codes = True
            person = Person(is_allowed=False)
            with pytest.raises(AuthorizationRefused, match="said no"):
                await entered(world, tmp_path, person.open)

    asyncio.run(scenario())


def test_a_code_that_nobody_enters_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """peers.md §8, behaviour 13: bounded, whatever life the server gives the code."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            world.faults.device_codes = True
            auth: dict[str, Any] = {"grant": "device-code", "redirect_uri": None}
            chosen = staff_profile(world, login_timeout_seconds=0.2, **auth)
            with pytest.raises(AuthorizationRefused, match=r"within 0\.2 s"):
                await sign_in(chosen, home(tmp_path), on_waiting=lambda _page: None)

    asyncio.run(scenario())


def test_a_server_without_codes_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: `login --device` at a server that has none."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world, grant="device-code", redirect_uri=None)
            with pytest.raises(DiscoveryError, match="offers no device codes"):
                await sign_in(chosen, home(tmp_path), on_waiting=Person().open)

    asyncio.run(scenario())


def test_a_program_that_nobody_registered_registers_for_codes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 7591: once, and without a redirect URI."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            world.faults.device_codes, world.faults.registration = True, "open"
            auth: dict[str, Any] = {"client_id": None, "client_secret": None, "redirect_uri": None}
            chosen = staff_profile(world, grant="device-code", **auth)
            for _ in range(2):
                await sign_in(chosen, home(tmp_path), on_waiting=Person().open, again=True)
            assert world.counters.registrations == 1

    asyncio.run(scenario())


def test_without_a_browser_a_code_is_chosen_where_there_are_codes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md §8, behaviour 14: over SSH, or without a display."""
    be_stranded(monkeypatch)

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            world.faults.device_codes = True
            chosen = staff_profile(world, browser=True)
            grant = await sign_in(chosen, home(tmp_path), on_waiting=Person().open)
            assert grant.grant_type == DEVICE_CODE
            told = staff_profile(world, browser=False)
            grant = await sign_in(told, home(tmp_path), on_waiting=Person().open, again=True)
            assert grant.grant_type == AUTHORIZATION_CODE

    asyncio.run(scenario())


def test_where_the_client_is_not_for_codes_the_page_is_shown_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: a way that nobody has named must not be the one that fails."""
    be_stranded(monkeypatch)

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            world.faults.device_codes = True
            robot: dict[str, Any] = {"client_id": world.service_id}
            monkeypatch.setenv("TEST_CLIENT_SECRET", world.service_secret)
            shown: list[SignInPage] = []
            chosen = staff_profile(world, browser=True, login_timeout_seconds=0.2, **robot)
            with pytest.raises(AuthorizationRefused):
                await sign_in(chosen, home(tmp_path), on_waiting=shown.append)
            assert [page.user_code for page in shown] == [None]
            named = staff_profile(world, grant="device-code", redirect_uri=None, **robot)
            with pytest.raises(TokenRefused, match="unauthorized_client"):
                await sign_in(named, home(tmp_path), on_waiting=shown.append)

    asyncio.run(scenario())
