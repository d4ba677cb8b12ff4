"""The ways in without a person."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from mcp_proxy.config.model import Auth, IdentityProvider, SecretRef
from mcp_proxy.errors import ConfigError, TokenRefused
from mcp_proxy.files import write_private
from mcp_proxy.login.renew import renew
from mcp_proxy.login.sign_in import sign_in
from mcp_proxy.login.sign_out import sign_out
from mcp_proxy.login.unattended import tokens_without_person
from mcp_proxy.net.http import Web
from mcp_proxy.oauth.model import CLIENT_CREDENTIALS, Client, Grant
from mcp_proxy.tokens.store import GrantStore
from net_world import Gateway, answer
from relay_world import client_of, home, profile
from sign_in_world import Person, world_of_staff

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from mcp_proxy.config.model import Profile
    from mcp_proxy.demo.integration.world import IntegrationWorld

JWT = "eyJhbGciOiJub25lIn0.e30.c2ln"
TOKEN = json.dumps({"access_token": "a", "token_type": "Bearer", "expires_in": 60}).encode()


@asynccontextmanager
async def world_of_robots(
    monkeypatch: pytest.MonkeyPatch, **options: Any
) -> AsyncIterator[tuple[IntegrationWorld, Profile]]:
    """A gateway that lets its service account in, and the profile of that account."""
    async with world_of_staff(monkeypatch, **options) as world:
        world.service.is_staff = True
        monkeypatch.setenv("ROBOT_SECRET", world.service_secret)
        auth = Auth(
            grant="client-credentials",
            client_id=world.service_id,
            client_secret=SecretRef("env", "ROBOT_SECRET"),
        )
        yield world, profile(world.url, auth=auth)


def test_a_service_account_is_served_without_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6749 §4.4; systems.md §7.3. Sixteen processes would get one token: it is kept."""

    async def scenario() -> None:
        async with world_of_robots(monkeypatch) as (world, chosen):
            for _ in range(2):
                async with client_of(chosen, tmp_path) as client:
                    await client.greet()
                    assert "list_integrations" in await client.tools()
                    assert client.pages == []
            assert (world.counters.token_requests, world.counters.authorizations) == (1, 0)

    asyncio.run(scenario())


def test_a_token_that_ends_is_followed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6749 §4.4.3: no refresh token; the credentials give another one."""

    async def scenario() -> None:
        async with world_of_robots(monkeypatch) as (world, chosen):
            async with client_of(chosen, tmp_path) as client:
                await client.greet()
                await client.tools()
                world.expire_tokens()
                assert "result" in await client.call("list_integrations")
            (_, kept), *_ = GrantStore(home(tmp_path).vault).all()
            assert isinstance(kept, Grant)
            renewed = await renew(chosen, GrantStore(home(tmp_path).vault), kept)
            assert renewed.tokens.access_token != kept.tokens.access_token
            assert world.counters.token_requests == 3
            assert client.pages == []

    asyncio.run(scenario())


def test_a_client_may_sign_instead_of_showing_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 7523 §2.2: for the issuer, and with a new signature each time."""
    key = ec.generate_private_key(ec.SECP256R1())
    write_private(
        tmp_path / "robot.pem",
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    async def scenario() -> None:
        async with world_of_robots(monkeypatch, service_key=public.decode()) as (world, _):
            auth = Auth(
                grant="client-credentials",
                client_id=world.service_id,
                client_key=SecretRef("file", str(tmp_path / "robot.pem")),
            )
            chosen = profile(world.url, auth=auth)
            for _ in range(2):
                grant = await sign_in(chosen, home(tmp_path), on_waiting=Person().open, again=True)
                assert grant.grant_type == CLIENT_CREDENTIALS
                assert grant.client.assertion is None
                assert grant.tokens.refresh_token is None

    asyncio.run(scenario())


def test_a_service_account_that_may_not_use_mcp_is_told_so_and_not_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md §7.3: the documented gateway has people only."""

    async def scenario() -> None:
        async with world_of_robots(monkeypatch) as (world, chosen):
            world.service.is_staff = False
            async with client_of(chosen, tmp_path) as client:
                await client.greet()
                told = (await client.call("list_integrations"))["error"]
                assert told["data"]["status"] == 403
            assert world.counters.token_requests == 1

    asyncio.run(scenario())


def test_a_wrong_secret_is_told_and_not_tried_by_every_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md §8, behaviour 13: no storm of refused credentials."""

    async def scenario() -> None:
        async with world_of_robots(monkeypatch) as (world, chosen):
            monkeypatch.setenv("ROBOT_SECRET", "not-the-secret")
            async with client_of(chosen, tmp_path) as client:
                await client.greet()
                for _ in range(3):
                    told = json.dumps(await client.call("list_integrations"))
                    assert "client id or its secret is wrong" in told
            assert world.counters.token_requests == 1

    asyncio.run(scenario())


def test_a_server_that_is_down_is_asked_again_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: nobody is bothered by it."""

    async def scenario() -> None:
        async with world_of_robots(monkeypatch) as (world, chosen):
            world.faults.token_endpoint_status = 503
            async with client_of(chosen, tmp_path) as client:
                await client.greet()
                assert "error" in await client.call("list_integrations")
                world.faults.token_endpoint_status = None
                assert "result" in await client.call("list_integrations")

    asyncio.run(scenario())


def forms(gateway: Gateway) -> list[dict[str, str]]:
    bodies = [request.partition(b"\r\n\r\n")[2].decode() for request in gateway.requests]
    return [{name: values[0] for name, values in parse_qs(body).items()} for body in bodies]


async def given(chosen: Profile, endpoint: str) -> str:
    async with Web() as web:
        tokens = await tokens_without_person(
            web,
            chosen,
            Client("c"),
            issuer="https://auth.example",
            token_endpoint=endpoint,
            resource=chosen.url,
            scope="read",
        )
    return tokens.access_token


def test_a_workload_shows_the_jwt_that_lies_there_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 7523 §2.1, SEP-1933: platforms rotate the file under us."""
    monkeypatch.setenv("WORKLOAD", "old")

    async def scenario() -> None:
        async with Gateway(answer(TOKEN, "Content-Type: application/json")) as gateway:
            jwt = SecretRef("file", str(tmp_path / "jwt"))
            auth = Auth(grant="jwt-bearer", client_id="c", assertion=jwt)
            chosen = profile("https://gateway.example/mcp", auth=auth)
            for assertion in (JWT, f"{JWT}2"):
                write_private(tmp_path / "jwt", assertion.encode())
                assert await given(chosen, gateway.url) == "a"
            assert [form["assertion"] for form in forms(gateway)] == [JWT, f"{JWT}2"]
            assert forms(gateway)[0]["client_id"] == "c"

    asyncio.run(scenario())


@pytest.mark.parametrize("secret", [None, "idp-secret"])
def test_a_companys_sign_in_opens_the_gateway(
    monkeypatch: pytest.MonkeyPatch, secret: str | None
) -> None:
    """SEP-990: id token, RFC 8693 exchange, RFC 7523 grant."""
    monkeypatch.setenv("ID_TOKEN", JWT)
    monkeypatch.setenv("IDP_SECRET", secret or "")
    vouched = {
        "access_token": f"{JWT}-vouched",
        "issued_token_type": "urn:ietf:params:oauth:token-type:id-jag",
        "token_type": "N_A",
    }

    async def scenario() -> None:
        kind = "Content-Type: application/json"
        async with (
            Gateway(answer(json.dumps(vouched).encode(), kind)) as company,
            Gateway(answer(TOKEN, kind)) as server,
        ):
            provider = IdentityProvider(
                company.url,
                "us",
                SecretRef("env", "ID_TOKEN"),
                SecretRef("env", "IDP_SECRET") if secret else None,
            )
            auth = Auth(grant="jwt-bearer", client_id="c", identity_provider=provider)
            assert await given(profile("https://g.example/mcp", auth=auth), server.url) == "a"
            (asked,) = forms(company)
            assert (asked["subject_token"], asked["audience"]) == (JWT, "https://auth.example")
            assert (b"Basic" in company.requests[0]) is (secret is not None)
            (shown,) = forms(server)
            assert shown["assertion"] == f"{JWT}-vouched"
            assert JWT == asked["subject_token"] != shown["assertion"]

    asyncio.run(scenario())


def test_a_company_that_says_no_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 8693 §2.2.2."""
    monkeypatch.setenv("ID_TOKEN", JWT)

    async def scenario() -> None:
        refusal = answer(b'{"error":"invalid_grant"}', status="400 Bad Request")
        async with Gateway(refusal) as company:
            provider = IdentityProvider(company.url, "us", SecretRef("env", "ID_TOKEN"))
            auth = Auth(grant="jwt-bearer", client_id="c", identity_provider=provider)
            with pytest.raises(TokenRefused, match="invalid_grant"):
                await given(profile("https://g.example/mcp", auth=auth), "http://127.0.0.1:1/t")

    asyncio.run(scenario())


def _gone(ref: SecretRef) -> str:
    raise ConfigError(f"{ref} cannot be read")


def test_a_client_that_signs_gives_its_tokens_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 7009 §2.1: the client proves itself there as everywhere."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private(tmp_path / "robot.pem", private)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    async def scenario() -> None:
        async with world_of_robots(monkeypatch, service_key=public.decode()) as (world, _):
            auth = Auth(
                grant="client-credentials",
                client_id=world.service_id,
                client_key=SecretRef("file", str(tmp_path / "robot.pem")),
            )
            chosen = profile(world.url, auth=auth)
            for is_there in (True, False):
                await sign_in(chosen, home(tmp_path), on_waiting=Person().open)
                if not is_there:
                    monkeypatch.setattr("mcp_proxy.login.client.read_key", _gone)
                left = await sign_out(chosen, home(tmp_path))
                assert (left.removed, left.revoked) == (True, is_there)

    asyncio.run(scenario())
