from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.config.model import Auth, SecretRef
from mcp_proxy.errors import ConfigError
from mcp_proxy.login.standing import last_snapshot, standing
from mcp_proxy.values import replace
from mcp_proxy.version import VERSION
from net_world import Gateway
from relay_world import client_of, header_of, home, mcp_gateway, profile
from sign_in_world import Person, staff_profile, world_of_staff

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("auth", "sent"),
    [
        (Auth(grant="none"), None),
        (Auth(), None),
        (Auth(grant="bearer", token=SecretRef("env", "TEST_TOKEN")), "Bearer sta_x"),
    ],
)
def test_each_way_to_a_token_is_put_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, auth: Auth, sent: str | None
) -> None:
    """Ours. A pasted value may bring its own `Bearer` (systems.md §7.5)."""
    monkeypatch.setenv("TEST_TOKEN", "Bearer sta_x\n")

    async def scenario() -> None:
        async with (
            Gateway(mcp_gateway()) as gateway,
            client_of(profile(gateway.url, auth=auth), tmp_path) as client,
        ):
            await client.greet()
            await client.call("look")
        assert {header_of(request, "authorization") for request in gateway.requests} == {sent}

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("network", "agent"),
    [
        ({}, f"mcp-permit/{VERSION}"),
        ({"user_agent": "agent/1 (desk)"}, "agent/1 (desk)"),
        ({"headers": {"user-agent": "own/2"}}, "own/2"),
    ],
)
def test_the_gateway_is_told_who_asks_and_the_snapshot_keeps_it(
    tmp_path: Path, network: dict[str, Any], agent: str
) -> None:
    """systems.md X26: a list may depend on the `User-Agent`."""

    async def scenario() -> None:
        async with Gateway(mcp_gateway()) as gateway:
            chosen = profile(gateway.url, **network)
            async with client_of(chosen, tmp_path) as client:
                await client.greet()
                await client.tools()
        told = [request.lower().count(b"\r\nuser-agent:") for request in gateway.requests]
        assert {header_of(each, "user-agent") for each in gateway.requests} == {agent}
        assert set(told) == {1}
        snapshot = last_snapshot(chosen, home(tmp_path))
        assert snapshot is not None
        assert snapshot.user_agent == agent

    asyncio.run(scenario())


def test_a_profile_with_a_preset_is_judged_by_it_and_told_of_its_labels(tmp_path: Path) -> None:
    """systems.md §7.3: the environment is part of every refusal; calls are judged again."""

    async def scenario() -> None:
        async with Gateway(mcp_gateway()) as gateway:
            chosen = replace(
                profile(gateway.url), environment="attic", contact="the keepers", account="jo"
            )
            async with client_of(chosen, tmp_path) as client:
                await client.greet()
                assert client.complaints == []
                assert "look" in await client.tools()
                await client.call("look")
                refused = await client.call("run_it")
        assert client.complaints == [
            (
                "test: the environment attic is none of dev, test, prod: it limits nothing but the"
                " class execute"
            )
        ]
        assert refused["error"]["message"] == (
            "run_it is not permitted for test (account jo, environment attic): It executes, which"
            " attic permits only with permissions.execute = true; permissions.execute of the"
            " profile decides, ask the keepers"
        )
        assert refused["error"]["data"]["environment"] == "attic"

    asyncio.run(scenario())


def test_a_token_that_ends_soon_is_told_at_the_start_and_its_use_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md §7.5: 14 and 3 days ahead; "last used is shown"."""
    monkeypatch.setenv("TEST_TOKEN", "sta_x")
    auth = Auth(
        grant="bearer", token=SecretRef("env", "TEST_TOKEN"), token_expires_at=time.time() + 90_000
    )

    async def scenario() -> None:
        async with Gateway(mcp_gateway()) as gateway:
            chosen = profile(gateway.url, auth=auth)
            async with client_of(chosen, tmp_path) as client:
                await client.greet()
            (told,) = client.complaints
            assert told.startswith("test: the token ends in 1 day, on ")
            assert standing(chosen, home(tmp_path)).last_used_at is not None

    asyncio.run(scenario())


def test_a_secret_that_is_not_there_is_said_before_any_network(tmp_path: Path) -> None:
    """peers.md §8, behaviour 23."""
    auth = Auth(grant="bearer", token=SecretRef("env", "NOT_SET_ANYWHERE"))

    async def scenario() -> None:
        with pytest.raises(ConfigError, match="NOT_SET_ANYWHERE"):
            async with client_of(profile("http://127.0.0.1:1/mcp", auth=auth), tmp_path):
                pass

    asyncio.run(scenario())


def test_a_sign_in_that_failed_is_told_once_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours. On stderr one line; to the client each time, with a command that works."""

    async def scenario() -> None:
        person = Person(is_allowed=False)
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world)
            async with client_of(chosen, tmp_path, on_page=person.open) as client:
                await client.greet()
                assert await client.tools() == ["sign_in"]
                answers = [await client.call("sign_in") for _ in range(2)]
                assert len(client.complaints) == 1
                assert client.complaints[0].startswith("the sign-in failed: ")
                for answer in answers:
                    text = answer["result"]["content"][0]["text"]
                    assert text.startswith("The last sign-in failed: ")
                    assert "mcp-permit login test" in text

    asyncio.run(scenario())


def test_two_accounts_of_one_gateway_keep_two_tokens_and_two_catalogs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md X8: nothing of a wider credential is shown to a narrower one."""
    from dataclasses import replace

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            for account in ("staff-full", "staff-limited"):
                chosen = replace(staff_profile(world), account=account)
                person = Person(account)
                async with client_of(chosen, tmp_path, on_page=person.open) as client:
                    await client.greet()
                    await client.tools()
                    assert len(person.opened) == 1
            assert world.counters.authorizations == 2
            assert world.counters.deletes == 2

    asyncio.run(scenario())
    assert len(files(tmp_path / "vault" / "grants")) == 2
    assert len(list((tmp_path / "catalogs").glob("*.json"))) == 2


def files(folder: Path) -> list[Path]:
    """What lies in `folder`."""
    return list(folder.iterdir())
