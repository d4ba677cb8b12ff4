"""Requests that want a sign-in, or another one."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from mcp_proxy.config.model import Auth, SecretRef
from net_world import Gateway, answer
from relay_world import client_of, header_of, profile
from sign_in_world import Person, staff_profile, world_of_staff

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_an_ended_token_is_renewed_unseen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """systems.md X5; peers.md §8, behaviour 2: twenty calls, one renewal, each call once."""

    async def scenario() -> None:
        person = Person()
        async with (
            world_of_staff(monkeypatch) as world,
            client_of(staff_profile(world), tmp_path, on_page=person.open) as client,
        ):
            await client.greet()
            await client.tools()
            world.expire_tokens()
            calls = [
                client.begin("tools/call", {"name": "list_integrations", "arguments": {}})
                for _ in range(20)
            ]
            assert all("result" in one for one in await asyncio.gather(*calls))
            assert world.counters.refreshes == 1
            assert world.counters.families_ended == 0
            assert world.counters.calls["list_integrations"] == 20
            assert len(person.opened) == 1

    asyncio.run(scenario())


def test_an_account_that_may_not_connect_is_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md §7.2: 403 after a good sign-in is explained, no loop, the token stays."""

    async def scenario() -> None:
        person = Person("standard")
        async with (
            world_of_staff(monkeypatch) as world,
            client_of(staff_profile(world), tmp_path, on_page=person.open) as client,
        ):
            await client.greet()
            for _ in range(3):
                error = (await client.ask("tools/list"))["error"]
                assert error["data"]["status"] == 403
            assert len(person.opened) == 1

    asyncio.run(scenario())


def test_a_configured_token_never_opens_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md §7.4: a key that was revoked is said, no browser opens."""
    monkeypatch.setenv("TEST_TOKEN", "sgk_old")
    auth = Auth(grant="bearer", token=SecretRef("env", "TEST_TOKEN"))
    wants = 'WWW-Authenticate: Bearer resource_metadata="https://gateway.example/x"'

    async def scenario() -> None:
        async with (
            Gateway(answer(b"", wants, status="401 Unauthorized")) as gateway,
            client_of(profile(gateway.url, auth=auth), tmp_path) as client,
        ):
            await client.greet()
            error = (await client.ask("tools/list"))["error"]
            assert error["code"] == 1003
            assert "revoked" in error["message"]
            assert "sgk_old" not in json.dumps(error)
            assert header_of(gateway.requests[0], "authorization") == "Bearer sgk_old"
            assert client.pages == []

    asyncio.run(scenario())
