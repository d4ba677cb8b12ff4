from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.errors import (
    AuthError,
    AuthorizationRefused,
    RegistrationError,
    TokenRefused,
)
from mcp_proxy.login.sign_in import sign_in
from mcp_proxy.login.sign_out import sign_out
from mcp_proxy.tokens.store import GrantStore
from relay_world import home
from sign_in_world import Person, free_port, staff_profile, world_of_staff

if TYPE_CHECKING:
    from pathlib import Path


def test_an_abandoned_sign_in_ends_and_frees_its_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md §8, behaviour 13."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world, login_timeout_seconds=0.3)
            with pytest.raises(AuthorizationRefused, match=r"within 0\.3 s"):
                await sign_in(chosen, home(tmp_path), on_waiting=lambda _url: None)
            await sign_in(staff_profile(world), home(tmp_path), on_waiting=Person().open)

    asyncio.run(scenario())


def test_a_taken_redirect_port_is_named_and_no_page_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md §7.2: never another port for a pre-registered client."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            port = int(world.redirect_uri.split(":")[2].split("/")[0])
            taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", port)
            person, chosen = Person(), staff_profile(world)
            with pytest.raises(AuthError, match=str(port)):
                await sign_in(chosen, home(tmp_path), on_waiting=person.open)
            taken.close()
            assert person.opened == []
            assert world.counters.authorizations == 0

    asyncio.run(scenario())


@pytest.mark.parametrize("layout", ["protected-resource", "root", "prefixed"])
def test_metadata_is_found_where_it_is_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str
) -> None:
    """systems.md §7.2: the usual places; with a prefix, the issuer is named in the profile."""
    from mcp_proxy.config.model import Endpoints

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            world.faults.metadata = layout  # type: ignore[assignment]  # one of its literals
            endpoints = f"{world.origin}/o/authorize/", f"{world.origin}/o/token/"
            explicit = Endpoints(*endpoints, issuer=world.issuer)
            chosen = staff_profile(world, endpoints=explicit if layout == "prefixed" else None)
            grant = await sign_in(chosen, home(tmp_path), on_waiting=Person().open)
            assert grant.tokens.refresh_token is not None

    asyncio.run(scenario())


def test_without_metadata_the_profiles_endpoints_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md §7.2: endpoints from the profile where a server publishes none."""
    from mcp_proxy.config.model import Endpoints

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            world.faults.metadata = "none"
            explicit = Endpoints(
                f"{world.origin}/o/authorize/",
                f"{world.origin}/o/token/",
                issuer=world.issuer,
                revocation_endpoint=f"{world.origin}/o/revoke_token/",
            )
            chosen = staff_profile(world, endpoints=explicit, resource=world.url)
            await sign_in(chosen, home(tmp_path), on_waiting=Person().open)
            out = await sign_out(chosen, home(tmp_path))
            assert (out.removed, out.revoked) == (True, True)

    asyncio.run(scenario())


def test_a_wrong_secret_is_said_and_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md §7.2: both causes of `invalid_client`."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            monkeypatch.setenv("TEST_CLIENT_SECRET", "not-the-secret")
            chosen, person = staff_profile(world), Person()
            with pytest.raises(TokenRefused) as refused:
                await sign_in(chosen, home(tmp_path), on_waiting=person.open)
            assert refused.value.code == "invalid_client"
            assert "not-the-secret" not in str(refused.value)
            assert GrantStore(home(tmp_path).vault).all() == []
            await person.is_back.wait()
            assert "not-the-secret" not in person.last_page

    asyncio.run(scenario())


def test_a_gateway_that_registers_nobody_says_what_to_configure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md §1.6: the documented trouble of the bridge that users run today."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world, client_id=None, client_secret=None)
            with pytest.raises(RegistrationError) as refused:
                await sign_in(chosen, home(tmp_path), on_waiting=Person().open)
            assert "client" in str(refused.value.hint)

    asyncio.run(scenario())


def test_no_gateway_at_the_address_is_not_a_sign_in(tmp_path: Path) -> None:
    """Ours."""
    from mcp_proxy.config.model import Auth
    from mcp_proxy.errors import GatewayUnreachable
    from relay_world import profile

    async def scenario() -> None:
        chosen = profile(f"http://127.0.0.1:{free_port()}/mcp", auth=Auth(browser=False))
        with pytest.raises(GatewayUnreachable):
            await sign_in(chosen, home(tmp_path), on_waiting=Person().open)

    asyncio.run(scenario())
