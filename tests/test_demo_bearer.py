"""The check of credentials."""

from __future__ import annotations

import asyncio

import httpx2

from demo_person import tokens
from mcp_proxy.demo.bearer import called
from mcp_proxy.demo.integration.switches import WRITE_SCOPE
from mcp_proxy.demo.integration.world import IntegrationWorld

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
CALL = PING | {"method": "tools/call", "params": {"name": "list_integrations"}}


def answered(body: object, *, is_key: bool = False, scheme: str = "Bearer ") -> httpx2.Response:
    async def scenario() -> httpx2.Response:
        async with IntegrationWorld.start() as world, httpx2.AsyncClient() as client:
            world.faults.scopes["list_integrations"] = WRITE_SCOPE
            token = str((await tokens(world))["access_token"])
            if is_key:
                token = world.keys.issue("agent", world.accounts["staff-full"])
            return await client.post(
                world.url, json=body, headers={"Authorization": scheme + token}
            )

    return asyncio.run(scenario())


def test_a_token_and_a_key_open_the_gateway_and_a_bare_one_does_not() -> None:
    """RFC 6750 §2.1; systems.md §3.2, §4.1: a raw key without the scheme is refused."""
    # Who comes so far is refused by the MCP server itself: there is no session yet.
    assert answered(PING).status_code != 401
    assert answered(PING, is_key=True).status_code != 401
    assert answered(PING, is_key=True, scheme="").status_code == 401
    assert answered(PING, scheme="Basic ").status_code == 401


def test_a_tool_may_want_another_scope() -> None:
    """MCP 2025-11-25, Authorization, Scope Challenge Handling."""
    answer = answered(CALL)
    assert answer.status_code == 403
    assert f'scope="{WRITE_SCOPE}"' in answer.headers["www-authenticate"]
    assert "resource_metadata=" in answer.headers["www-authenticate"]


def test_only_a_call_names_a_tool() -> None:
    """Ours."""
    assert called(CALL) == "list_integrations"
    assert called(PING) == ""


def test_the_last_use_of_a_credential_is_noted() -> None:
    """systems.md §7.6, counters: last-used per credential, by the world's own clock."""

    async def scenario() -> None:
        async with IntegrationWorld.start() as world, httpx2.AsyncClient() as client:
            headers = {"Authorization": f"Bearer {(await tokens(world))['access_token']}"}
            assert world.counters.last_used == {}
            await client.post(world.url, json=PING, headers=headers)
            first = world.counters.last_used["staff-full"]
            world.clock.advance(60)
            await client.post(world.url, json=PING, headers=headers)
            assert world.counters.last_used["staff-full"] >= first + 60
            await client.post(world.url, json=PING)
            assert list(world.counters.last_used) == ["staff-full"]

    asyncio.run(scenario())
