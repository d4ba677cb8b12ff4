"""The rows of systems.md §7.2 and §7.3, through the relay: host, relay, and the demo's gateway."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.config.model import Auth, SecretRef
from mcp_proxy.demo.integration.environments import environments
from relay_world import client_of, profile
from sign_in_world import SECRET_NAME, Person, free_port, staff_profile, world_of_staff

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from mcp_proxy.demo.integration.world import IntegrationWorld
    from relay_world import Client, Json

    Talk = Callable[[Client, IntegrationWorld], Awaitable[None]]

HISTORY = {
    "get_run_history": {"run_history_id": 101},
    "get_run_history_item": {"item_id": 1010},
    "search_run_histories": {},
}


def played(
    talk: Talk,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    account: str = "staff-full",
    **auth: Any,
) -> None:
    """A host that talks through a relay for which one of the accounts signs in."""

    async def run() -> None:
        async with asyncio.timeout(60), world_of_staff(monkeypatch) as world:
            person, chosen = Person(account), staff_profile(world, **auth)
            async with client_of(chosen, folder, on_page=person.open) as client:
                await client.greet()
                await talk(client, world)

    asyncio.run(run())


async def connected(client: Client) -> list[str]:
    """The tools, once somebody has signed in."""
    names = await client.tools()
    while names == ["sign_in"]:
        client.told.clear()
        await client.until(lambda: client.told)
        names = await client.tools()
    return names


def told(answer: Json) -> Json:
    """What the gateway has written, whatever stands before it."""
    return dict(json.loads(answer["result"]["content"][-1]["text"]))


@pytest.mark.parametrize(
    ("account", "outcomes"),
    [
        ("staff-limited", ["Can use MCP Run History tool"] * 3),
        ("debug-only", ["Can use MCP Run History tool"] * 3),
        ("history-only", ["debug", "debug", 0]),
        ("staff-debug", ["Succeeded", "Open loan", 8]),
    ],
)
def test_the_history_has_twelve_outcomes(
    account: str, outcomes: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """§7.2, row "run-history tools need a user permission and per-integration debug"."""

    async def talk(client: Client, _world: IntegrationWorld) -> None:
        await connected(client)
        found = []
        for tool, arguments in HISTORY.items():
            answer = told(await client.call(tool, **arguments))
            name = answer.get("item", {}).get("name")
            found.append(
                answer.get("permission") or answer.get("status") or name or answer["count"]
            )
        assert found == outcomes

    played(talk, tmp_path, monkeypatch, account)


def test_a_good_sign_in_of_somebody_who_is_not_staff_is_one_sign_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """§7.2, row "only Staff or Superuser": one authorization, the token kept, no storm."""

    async def talk(client: Client, world: IntegrationWorld) -> None:
        await client.call("list_integrations")
        await client.until(lambda: client.pages)
        for _ in range(3):
            answer = await client.call("list_integrations")
            assert "error" in answer
        assert len(client.pages) == 1
        assert world.counters.authorizations == 1
        assert world.counters.calls.total() == 0

    played(talk, tmp_path, monkeypatch, "standard")


def test_a_group_that_is_left_is_felt_at_the_next_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """§7.3, row "group permissions": no positive decision is kept."""

    async def talk(client: Client, world: IntegrationWorld) -> None:
        world.join("staff-debug", "builders")
        await connected(client)
        change = {"id": 2, "name": "Changed"}
        assert told(await client.call("write_integration", **change))["success"] is True
        world.leave("staff-debug", "builders")
        refused = told(await client.call("write_integration", **change))
        assert (refused["error"], refused["permission"]) == ("permission_denied", "write")
        assert world.counters.effects == {"write_integration": 1}

    played(talk, tmp_path, monkeypatch, "staff-debug")


def test_a_new_tool_can_be_called_in_the_same_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """§7.2, row "a new user-defined tool": no restart is needed."""

    async def talk(client: Client, world: IntegrationWorld) -> None:
        world.grant("staff-full", "execute", 2)
        assert "pull_report" not in await connected(client)
        client.told.clear()
        definition = {"name": "pull_report", "description": "Pull a report"}
        run = {"integration_id": 2, "payload": {}, "tool_definition": definition}
        assert told(await client.call("execute_integration", **run))["success"] is True
        changed = "notifications/tools/list_changed"
        await client.until(lambda: changed in [each["method"] for each in client.told])
        assert "pull_report" in await client.tools()
        assert told(await client.call("pull_report"))["success"] is True

    played(talk, tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("tool", "arguments", "key"),
    [
        ("write_integration", {"id": 1, "name": "N", "last_saved": "then"}, "merge_conflict"),
        ("execute_integration", {"integration_id": 1, "payload": {"amount": 0}}, "validation"),
        ("get_run_history", {"run_history_id": 107}, "size_error"),
        ("django_admin", {"action": "get-model", "model": "core.GlobalConfig"}, "blocked_model"),
    ],
)
def test_what_is_no_question_of_permission_passes_untouched_and_hides_nothing(
    tool: str,
    arguments: Json,
    key: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """§7.2, rows "merge_conflict", "blocked admin models", "900 KB limit"."""

    async def talk(client: Client, _world: IntegrationWorld) -> None:
        before = await connected(client)
        assert key in json.dumps(told(await client.call(tool, **arguments)))
        assert await client.tools() == before

    played(talk, tmp_path, monkeypatch)


def test_another_organization_hides_no_tool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """§7.3, row "organizations limit run-history rows, not permissions"."""

    async def talk(client: Client, _world: IntegrationWorld) -> None:
        before = await connected(client)
        assert told(await client.call("search_run_histories"))["count"] == 0
        assert await client.tools() == before

    played(talk, tmp_path, monkeypatch, "branch")


@pytest.mark.parametrize("has_account", [True, False])
def test_a_service_account_is_told_that_mcp_is_closed_to_it(
    has_account: bool,  # noqa: FBT001 - parametrized
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """§7.3, rows "service accounts execute only" and "must be tied to a service account"."""

    async def run() -> None:
        async with asyncio.timeout(60), world_of_staff(monkeypatch) as world:
            secret = world.service_secret if has_account else world.orphan_secret
            monkeypatch.setenv(SECRET_NAME, secret)
            auth = Auth(
                grant="client-credentials",
                client_id=world.service_id if has_account else world.orphan_id,
                client_secret=SecretRef("env", SECRET_NAME),
            )
            async with client_of(profile(world.url, auth=auth), tmp_path) as client:
                await client.greet()
                answer = json.dumps(await client.call("list_integrations"))
            expected = "svc-loader" if has_account else "tied to no service account"
            assert expected in answer
            assert client.pages == []
            assert world.counters.authorizations == 0

    asyncio.run(run())


def test_three_environments_share_no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """§7.3, row "three separate environments": three sign-ins, and nobody is sent another's."""

    redirect_uri = f"http://localhost:{free_port()}/oauth/callback"

    async def run() -> None:
        async with (
            asyncio.timeout(60),
            environments(consent="person", redirect_uri=redirect_uri) as worlds,
            AsyncExitStack() as stack,
        ):
            for world in worlds.values():
                monkeypatch.setenv(SECRET_NAME, world.client_secret)
                person = Person()
                client = await stack.enter_async_context(
                    client_of(staff_profile(world), tmp_path, on_page=person.open)
                )
                await client.greet()
                assert "list_integrations" in await connected(client)
            for world in worlds.values():
                assert world.counters.authorizations == 1
                # One 401 began the sign-in; a token of another instance would have been one more.
                assert world.counters.unauthorized <= 2

    asyncio.run(run())
