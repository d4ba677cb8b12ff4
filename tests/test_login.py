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
from mcp_proxy.login import sign_in, sign_out
from mcp_proxy.tokens.store import GrantStore
from relay_world import home
from sign_in_world import Person, free_port, staff_profile, world_of_staff

if TYPE_CHECKING:
    from pathlib import Path


def listed(folder: Path) -> list[Path]:
    """All that lies below `folder`."""
    return list(folder.rglob("*"))


def test_a_sign_in_opens_one_page_and_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md §7.2: one browser login, then silent."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            person, chosen = Person(), staff_profile(world)
            first = await sign_in(chosen, home(tmp_path), on_waiting=person.open)
            second = await sign_in(chosen, home(tmp_path), on_waiting=person.open)
            assert first == second
            assert (world.counters.authorizations, len(person.opened)) == (1, 1)
            assert first.issuer == world.issuer
            assert first.resource == world.url
            await person.is_back.wait()
            assert "<title>Signed in" in person.last_page

    asyncio.run(scenario())


def test_eight_at_once_open_one_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """peers.md §8, behaviour 10."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            person, chosen = Person(), staff_profile(world)
            grants = await asyncio.gather(
                *(sign_in(chosen, home(tmp_path), on_waiting=person.open) for _ in range(8))
            )
            assert len(set(grants)) == 1
            assert (world.counters.authorizations, len(person.opened)) == (1, 1)

    asyncio.run(scenario())


def test_a_refused_token_is_not_taken_for_a_sign_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours. What the gateway has just refused is no reason to ask nobody."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            person, chosen = Person(), staff_profile(world)
            old = await sign_in(chosen, home(tmp_path), on_waiting=person.open)
            new = await sign_in(
                chosen,
                home(tmp_path),
                on_waiting=person.open,
                refused=old.tokens.access_token,
            )
            again = await sign_in(chosen, home(tmp_path), on_waiting=person.open, again=True)
            assert len({old, new, again}) == 3

    asyncio.run(scenario())


def test_a_person_who_says_no_is_not_asked_again_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md §8, behaviour 13: storms are capped; who asks for it is served."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            person, chosen = Person(is_allowed=False), staff_profile(world)
            with pytest.raises(AuthorizationRefused) as refused:
                await sign_in(chosen, home(tmp_path), on_waiting=person.open, unasked=True)
            assert refused.value.code == "access_denied"
            await person.is_back.wait()
            assert "<title>Not signed in" in person.last_page
            with pytest.raises(AuthorizationRefused, match="The last sign-in failed"):
                await sign_in(chosen, home(tmp_path), on_waiting=person.open, unasked=True)
            assert len(person.opened) == 1
            person.is_allowed = True
            await sign_in(chosen, home(tmp_path), on_waiting=person.open)
            await sign_in(chosen, home(tmp_path), on_waiting=person.open, unasked=True)
            assert len(person.opened) == 2

    asyncio.run(scenario())


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


def test_signing_out_ends_the_sign_in_at_the_server_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md §8, behaviour 35."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world)
            await sign_in(chosen, home(tmp_path), on_waiting=Person().open)
            out = await sign_out(chosen, home(tmp_path))
            assert (out.removed, out.revoked) == (True, True)
            assert world.counters.revocations > 0
            nothing = await sign_out(chosen, home(tmp_path))
            assert (nothing.removed, nothing.revoked) == (False, False)

    asyncio.run(scenario())


def test_signing_out_works_while_the_server_is_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours. Whoever signs out is signed out on this machine."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world)
            await sign_in(chosen, home(tmp_path), on_waiting=Person().open)
            await world.stop()
            out = await sign_out(chosen, home(tmp_path))
            assert (out.removed, out.revoked) == (True, False)
            assert GrantStore(home(tmp_path).vault).all() == []
            await world.open()

    asyncio.run(scenario())


def test_no_secret_of_a_sign_in_lies_readable_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md §8, behaviours 27 and 28."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            grant = await sign_in(staff_profile(world), home(tmp_path), on_waiting=Person().open)
            tokens = [grant.tokens.access_token, str(grant.tokens.refresh_token)]
            secrets = [*tokens, world.client_secret]
            for path in [tmp_path / name for name in listed(tmp_path)]:
                assert path.stat().st_mode & 0o077 == 0, path
                kept = path.read_bytes() if path.is_file() else b""
                assert [one for one in secrets if one.encode() in kept] == [], path

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
