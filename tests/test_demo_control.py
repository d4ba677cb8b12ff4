"""The admin port of a world."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from mcp_proxy.demo.control import controlled
from mcp_proxy.demo.integration.world import IntegrationWorld
from mcp_proxy.demo.scaimcp.world import ScaiWorld
from scai_person import called, listed, post

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Scenario = Callable[[ScaiWorld, httpx2.AsyncClient], Awaitable[None]]


def played(scenario: Scenario, token: str | None = None) -> None:
    async def run() -> None:
        async with asyncio.timeout(10), ScaiWorld.start() as world, controlled(world) as control:
            bearer = {"Authorization": f"Bearer {token or control.token}"}
            async with httpx2.AsyncClient(base_url=control.url, headers=bearer) as client:
                await scenario(world, client)

    asyncio.run(run())


def test_it_tells_switches_deeds_and_counters_and_no_secret() -> None:
    """systems.md §7.6: counters, headers seen, last use of each credential."""

    async def scenario(world: ScaiWorld, client: httpx2.AsyncClient) -> None:
        key = world.key("agent")
        await called(world, key, "me_get")
        answer = await client.get("/")
        told = answer.json()
        assert told["faults"]["refresh_tokens"] == "rotating"
        assert told["counters"]["calls"] == {"me_get": 1}
        assert told["deeds"]["revoke"] == ["account", "permission"]
        assert told["keys"][0]["used_at"] is not None
        assert "user-agent" in told["counters"]["last_headers"]
        assert key not in answer.text

    played(scenario)


def test_switches_are_set_while_the_world_is_up() -> None:
    """systems.md §7.6."""

    async def scenario(world: ScaiWorld, client: httpx2.AsyncClient) -> None:
        set_ = {"shape": "flat", "extra_tools": ["new_tool"], "pkce_methods": []}
        assert (await client.put("/faults", json=set_)).status_code == 200
        key = world.key("viewer")
        assert "new_tool" in await listed(world, key)
        assert (await called(world, key, "users_list"))["code"] == "PERMISSION_DENIED"
        assert world.faults.pkce_methods == ()

    played(scenario)


def test_deeds_are_done_now() -> None:
    """systems.md §7.4: revoked mid-session; a module, a remote server, a key, the clock."""

    async def scenario(world: ScaiWorld, client: httpx2.AsyncClient) -> None:
        key = world.key("linker")
        deeds: dict[str, dict[str, Any]] = {
            "break-remote": {"server": "rs-shared"},
            "mend-remote": {"server": "rs-shared"},
            "grant": {"account": "linker", "permission": "scaibunker:read"},
            "disable-module": {"module": "scaibunker"},
            "enable-module": {"module": "scaibunker"},
            "revoke": {"account": "linker", "permission": "scailink:remote.use"},
            "forget-sessions": {},
            "advance-clock": {"seconds": 60},
        }
        before = await listed(world, key)
        for name, asked in deeds.items():
            assert (await client.post(f"/deeds/{name}", json=asked)).json() == {"done": name}
        after = await listed(world, key)
        assert set(before) - set(after) == {n for n in before if n.startswith("remote.")}
        assert set(after) - set(before) == {"bunker_list"}
        await client.post("/deeds/revoke-key", json={"label": "linker"})
        assert (await post(world, key, "tools/list")).status_code == 401

    played(scenario)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("POST", "/deeds/nothing", b"{}", 404, "revoke-all"),
        ("POST", "/deeds/revoke", b"{}", 422, "account"),
        ("POST", "/deeds/revoke-key", b'{"label": "nobody"}', 422, "nobody"),
        ("POST", "/deeds/disable-module", b'{"module": "nothing"}', 422, "nothing"),
        ("PUT", "/faults", b'{"nothing": 1}', 422, "token_life_seconds"),
        ("PUT", "/faults", b"[]", 422, "object"),
        ("PUT", "/faults", b"{", 422, "double quotes"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    method: str, path: str, body: bytes, status: int, says: str
) -> None:
    """Ours."""

    async def scenario(_world: ScaiWorld, client: httpx2.AsyncClient) -> None:
        answer = await client.request(method, path, content=body)
        assert answer.status_code == status
        assert says in answer.json()["error"]

    played(scenario)


def test_without_the_token_nothing_is_told_and_nothing_is_done() -> None:
    """systems.md §7.6: only with a token."""

    async def scenario(world: ScaiWorld, client: httpx2.AsyncClient) -> None:
        for method, path in (("GET", "/"), ("PUT", "/faults"), ("POST", "/deeds/revoke-all")):
            answer = await client.request(method, path, json={"shape": "flat"})
            assert answer.status_code == 401
            assert set(answer.json()) == {"error"}
        assert world.scai_faults.shape == "nested"

    played(scenario, token="guessed")


def test_the_gateway_itself_has_no_such_places() -> None:
    """systems.md §7.6: reachable only through a separate port."""

    async def scenario() -> None:
        async with IntegrationWorld.start() as world, httpx2.AsyncClient() as client:
            async with controlled(world) as control:
                bearer = {"Authorization": f"Bearer {control.token}"}
                for path in ("/", "/faults", "/deeds/revoke-all"):
                    answer = await client.post(world.origin + path, headers=bearer)
                    assert answer.status_code == 404
                gone = control.url
            with pytest.raises(httpx2.ConnectError):
                await client.get(gone)

    asyncio.run(scenario())
