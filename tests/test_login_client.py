"""Which client a sign-in is made as."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mcp_proxy.config.model import SecretRef
from mcp_proxy.errors import AuthorizationRefused, ConfigError, RegistrationError, TokenRefused
from mcp_proxy.files import write_private
from mcp_proxy.login.client import Clients, proven
from mcp_proxy.login.sign_in import sign_in
from mcp_proxy.login.terms import Terms, find_terms
from mcp_proxy.net.http import Web
from mcp_proxy.oauth.model import AuthorizationServer, Client
from mcp_proxy.tokens.store import GrantStore
from relay_world import home
from sign_in_world import Person, staff_profile, world_of_staff

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from mcp_proxy.demo.integration.world import IntegrationWorld

REDIRECT = "http://127.0.0.1:1/callback"
REGISTERED = Client("dyn", origin="registered", redirect_uri=REDIRECT)


@asynccontextmanager
async def clients_of(
    monkeypatch: pytest.MonkeyPatch, folder: Path, **auth: Any
) -> AsyncIterator[tuple[Clients, IntegrationWorld]]:
    async with world_of_staff(monkeypatch) as world, Web() as web:
        chosen = staff_profile(world, **auth)
        world.faults.registration = "open"
        terms = await find_terms(web, chosen, None)
        yield Clients(web, chosen, GrantStore(home(folder).vault), terms), world


def pem(folder: Path) -> SecretRef:
    key = ec.generate_private_key(ec.SECP256R1())
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private(folder / "robot.pem", text)
    return SecretRef("file", str(folder / "robot.pem"))


def test_a_configured_client_has_its_secret_from_where_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours."""

    async def scenario() -> None:
        async with clients_of(monkeypatch, tmp_path) as (clients, world):
            client = await clients.obtain(world.redirect_uri)
            assert (client.client_id, client.client_secret) == (
                world.client_id,
                world.client_secret,
            )
            assert clients.proven(client) == client

    asyncio.run(scenario())


def test_a_registration_is_made_once_for_each_redirect_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 7591; systems.md §7.5."""

    async def scenario() -> None:
        nobody = {"client_id": None, "client_secret": None, "redirect_uri": None}
        async with clients_of(monkeypatch, tmp_path, **nobody) as (clients, world):
            first = await clients.obtain(REDIRECT)
            assert await clients.obtain(REDIRECT) == first == clients.remembered(REDIRECT)
            other = await clients.obtain("")
            assert other != first
            assert world.counters.registrations == 2
            clients.forget()
            assert clients.remembered(None) is None

    asyncio.run(scenario())


def test_a_client_that_signs_shows_a_new_signature_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 7523 §3, `jti`; the key is read where it lies, and never kept."""

    async def scenario() -> None:
        auth = {"client_secret": None, "client_key": pem(tmp_path)}
        async with clients_of(monkeypatch, tmp_path, **auth) as (clients, world):
            client = await clients.obtain(world.redirect_uri)
            assert (client.auth_method, client.signing_algorithm) == ("private_key_jwt", "ES256")
            assert client.assertion is None
            assert clients.proven(client).assertion != clients.proven(client).assertion

    asyncio.run(scenario())


def test_a_client_without_a_key_shows_none() -> None:
    """Ours."""
    client = Client("c", auth_method="private_key_jwt")
    assert proven(staff_profile_without_world(), client, "https://auth.example") == client


def staff_profile_without_world() -> Any:
    from mcp_proxy.config.model import Auth, Profile

    return Profile("test", "https://gateway.example/mcp", auth=Auth(client_id="c"))


def test_a_key_that_is_gone_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours."""

    async def scenario() -> None:
        auth = {"client_secret": None, "client_key": SecretRef("file", str(tmp_path / "none"))}
        async with clients_of(monkeypatch, tmp_path, **auth) as (clients, world):
            with pytest.raises(ConfigError, match="cannot be read"):
                await clients.obtain(world.redirect_uri)

    asyncio.run(scenario())


def test_a_service_account_registers_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6749 §4.4: for confidential clients only."""

    async def scenario() -> None:
        auth = {
            "grant": "client-credentials",
            "client_id": None,
            "client_secret": None,
            "redirect_uri": None,
            "client_metadata_url": "https://client.example/c.json",
        }
        async with clients_of(monkeypatch, tmp_path, **auth) as (clients, world):
            with pytest.raises(RegistrationError):
                await clients.obtain("")
            assert world.counters.registrations == 0

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("client", "error", "lost"),
    [
        (REGISTERED, TokenRefused("no", code="invalid_client"), True),
        (REGISTERED, AuthorizationRefused("no", code="invalid_client"), True),
        (REGISTERED, TokenRefused("no", code="invalid_grant"), False),
        (Client("mine", "s"), TokenRefused("no", code="invalid_client"), False),
    ],
)
def test_only_what_registered_itself_can_be_forgotten(
    tmp_path: Path, client: Client, error: TokenRefused, *, lost: bool
) -> None:
    """systems.md §7.5: re-register when the server answers `invalid_client`."""

    async def scenario() -> None:
        issuer = "https://auth.example"
        store = GrantStore(home(tmp_path).vault)
        store.remember_client(issuer, REGISTERED)
        terms = Terms(AuthorizationServer(issuer, None, f"{issuer}/t"), "https://g.example", None)
        async with Web() as web:
            clients = Clients(web, staff_profile_without_world(), store, terms)
            assert clients.has_lost(client, error) is lost
            assert (clients.remembered(None) is None) is lost

    asyncio.run(scenario())


def test_a_configured_client_is_shown_to_its_own_server_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MCP 2026-07-28, SEP-2352: another issuer is an error, not a try."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world, Web() as web:
            chosen = staff_profile(world)
            await sign_in(chosen, home(tmp_path), on_waiting=Person().open)
            terms = await find_terms(web, chosen, None)
            moved = replace(terms, server=replace(terms.server, issuer="https://other.example"))
            clients = Clients(web, chosen, GrantStore(home(tmp_path).vault), moved)
            with pytest.raises(RegistrationError, match="another authorization server"):
                await clients.obtain(world.redirect_uri)

    asyncio.run(scenario())
