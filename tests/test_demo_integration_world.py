"""An Integration Gateway instance as a world: the rows of systems.md §7.2 and §7.3 on the wire."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from demo_person import code_form, redirected, session, token_request, tokens
from mcp_proxy.demo.integration.desk import MASK
from mcp_proxy.demo.integration.seed import ENCRYPTED_VALUE, MASKED_VALUE
from mcp_proxy.demo.integration.world import IntegrationWorld
from mcp_proxy.demo.world import REDIRECT_URI

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def with_world(scenario: Callable[[IntegrationWorld], Awaitable[Any]], **options: Any) -> Any:
    async def run() -> Any:
        async with asyncio.timeout(20), IntegrationWorld.start(**options) as world:
            return await scenario(world)

    return asyncio.run(run())


async def called(
    world: IntegrationWorld, account: str, tool: str, **arguments: object
) -> dict[str, Any]:
    """What a call answers to an account that signs in for it."""
    token = (await tokens(world, account))["access_token"]
    async with session(world, token) as found:
        return dict((await found.call_tool(tool, arguments)).structured_content or {})


async def listed(world: IntegrationWorld, account: str) -> set[str]:
    token = (await tokens(world, account))["access_token"]
    async with session(world, token) as found:
        return {tool.name for tool in (await found.list_tools()).tools}


def test_it_has_the_documented_addresses_and_a_secret_of_its_own() -> None:
    """systems.md §1.1, §1.3; row "confidential, pre-registered client; fixed redirect"."""

    async def scenario() -> tuple[str, str]:
        async with IntegrationWorld.start() as one, IntegrationWorld.start() as other:
            assert one.url == f"http://127.0.0.1:{one.port}/integrations/mcp/"
            assert one.redirect_uri == REDIRECT_URI == "http://localhost:6545/oauth/callback"
            assert one.layout.title == "Integration Gateway (DEV)"
            return one.client_secret, other.client_secret

    one, other = asyncio.run(scenario())
    assert one != other


def test_the_secret_the_saved_secret_and_a_wrong_one() -> None:
    """Row "secret is hashed after saving": only the first of them is a secret."""

    async def scenario(world: IntegrationWorld) -> list[str]:
        outcomes = []
        for secret in (world.client_secret, world.saved_secret, "wrong"):
            code = (await redirected(world))["code"]
            answer = await token_request(world, code_form(world, code), secret=secret)
            outcomes.append(answer.json().get("error", "granted"))
        assert world.client_secret not in world.saved_secret
        return outcomes

    assert with_world(scenario) == ["granted", "invalid_client", "invalid_client"]


def test_only_staff_may_connect() -> None:
    """Row "only Staff or Superuser": a good sign-in, and the endpoint stays closed."""

    async def scenario(world: IntegrationWorld) -> None:
        granted = await tokens(world, "standard")
        headers = {"Authorization": f"Bearer {granted['access_token']}"}
        async with httpx2.AsyncClient(headers=headers) as client:
            answer = await client.post(world.url, json=PING)
        assert answer.status_code == 403
        assert "neither Staff nor Superuser" in answer.json()["error_description"]
        assert world.counters.authorizations == 1
        assert world.counters.posts == {}

    with_world(scenario, consent="person")


def test_a_matrix_says_what_an_account_may_do_with_each_integration() -> None:
    """Row "read, write, execute, debug are per integration"."""

    async def scenario(world: IntegrationWorld) -> list[dict[str, bool]]:
        answer = await called(world, "staff-limited", "list_integrations")
        return [each["permissions"] for each in answer["integrations"]]

    assert with_world(scenario, consent="person") == [
        {"read": True, "write": False, "execute": False, "debug": False},
        {"read": True, "write": True, "execute": False, "debug": False},
    ]


@pytest.mark.parametrize(
    ("slashless", "status", "location"),
    [
        ("redirect", 307, "/integrations/mcp/"),
        ("elsewhere", 307, "https://elsewhere.example/integrations/mcp/"),
        ("missing", 404, ""),
    ],
)
def test_the_address_without_its_slash(slashless: Any, status: int, location: str) -> None:
    """Row "endpoint ends in a slash"."""

    async def scenario(world: IntegrationWorld) -> httpx2.Response:
        world.switches.slashless = slashless
        async with httpx2.AsyncClient() as client:
            return await client.post(world.url.rstrip("/"), json=PING)

    answer = with_world(scenario)
    assert answer.status_code == status
    assert answer.headers.get("location", "").endswith(location)


def test_a_group_is_joined_and_left_in_mid_session() -> None:
    """Row "group permissions": a tool comes and goes, and the call after it is refused."""

    async def scenario(world: IntegrationWorld) -> None:
        world.switches.only_permitted = True
        tool = "delete_integration_component"
        token = (await tokens(world, "staff-debug"))["access_token"]
        doomed = {"integration_id": 2, "component": "warnings", "component_id": 23}
        async with session(world, token) as found:
            assert tool not in {each.name for each in (await found.list_tools()).tools}
            world.join("staff-debug", "builders")
            assert tool in {each.name for each in (await found.list_tools()).tools}
            world.leave("staff-debug", "builders")
            refused = await found.call_tool(tool, doomed)
            assert '"permission": "write"' in str(refused.content)
            assert tool not in {each.name for each in (await found.list_tools()).tools}
        assert world.counters.effects.total() == 0

    with_world(scenario, consent="person")


def test_an_unknown_permission_is_named() -> None:
    """Row "page permissions exist beside integration permissions"."""

    async def scenario(world: IntegrationWorld) -> dict[str, Any]:
        world.switches.page_permissions = {"frontend_operations": "can_view_frontends_page"}
        return await called(world, "staff-full", "frontend_operations", action="list-frontends")

    assert with_world(scenario) == {
        "success": False,
        "error": "permission_denied",
        "message": "staff-full lacks the account permission 'can_view_frontends_page'",
        "permission": "can_view_frontends_page",
    }


def test_a_write_on_an_older_state_is_a_conflict() -> None:
    """Row "writes can report merge_conflict": somebody saves between read and write."""

    async def scenario(world: IntegrationWorld) -> dict[str, Any]:
        read = await called(world, "staff-full", "read_integration", integration_id=1)
        world.somebody_saves(1)
        base = {"id": 1, "name": "Mine", "last_saved": read["last_saved"]}
        return await called(world, "staff-full", "write_integration", **base)

    answer = with_world(scenario)
    assert (answer["success"], answer["error"]) == (False, "merge_conflict")
    assert answer["integration_name"] == "Loan Onboarding"


def test_blocked_models_and_masked_values() -> None:
    """Row "blocked admin models and masked values": the canary appears nowhere."""

    async def scenario(world: IntegrationWorld) -> None:
        ask = {"action": "get-model", "model": "core.GlobalConfig"}
        blocked = await called(world, "staff-full", "django_admin", **ask)
        assert (blocked["error"], blocked["model"]) == ("blocked_model", "core.GlobalConfig")
        shown = await called(world, "staff-full", "django_admin", **ask | {"model": "vault.Secret"})
        run = await called(world, "staff-full", "get_run_history", run_history_id=101)
        text = json.dumps([shown, run])
        assert MASK in text
        assert ENCRYPTED_VALUE not in text
        assert MASKED_VALUE not in text

    with_world(scenario)


def test_a_result_just_below_and_just_above_the_limit() -> None:
    """Row "900 KB limit": 899 KB come whole, 901 KB come as `size_error`."""

    async def scenario(world: IntegrationWorld) -> None:
        below = await called(world, "staff-full", "get_run_history", run_history_id=106)
        above = await called(world, "staff-full", "get_run_history", run_history_id=107)
        assert 899_000 < len(json.dumps(below["items"])) < 900_000
        assert "items" not in above
        assert "search" in above["size_error"]

    # The SDK's client takes no larger event than 1 MiB; text and structure are two of them.
    with_world(scenario, json_answers=True)


def test_an_integration_without_a_tool_asks_for_one_and_then_has_it() -> None:
    """Row "a new user-defined tool": also on a gateway that tells nobody."""

    async def scenario(world: IntegrationWorld) -> None:
        world.switches.announces_tools = False
        world.accounts["staff-full"].grants[2].add("execute")
        run = {"integration_id": 2, "payload": {}}
        asked = await called(world, "staff-full", "execute_integration", **run)
        assert asked["requires_tool_definition"] is True
        defined = run | {"tool_definition": {"name": "pull_report"}}
        assert (await called(world, "staff-full", "execute_integration", **defined))["success"]
        assert "pull_report" in await listed(world, "staff-full")
        assert (await called(world, "staff-full", "pull_report"))["success"] is True
        wrong = {"integration_id": 1, "payload": {"amount": 0}}
        invalid = await called(world, "staff-full", "execute_integration", **wrong)
        assert len(invalid["validation_errors"]) == 2

    with_world(scenario)


def test_two_tools_are_the_makers_own_peoples() -> None:
    """Row "nCino-internal tools"."""

    async def scenario(world: IntegrationWorld) -> None:
        more = await listed(world, "ncino") - await listed(world, "staff-full")
        assert more == {"deployed_integrations", "system_documentation"}
        assert (await called(world, "ncino", "deployed_integrations"))["instance"] == "PROD"

    with_world(scenario, environment="PROD", consent="person")


def test_what_an_administrator_does_can_be_done_from_outside() -> None:
    """systems.md §7.6, switches: permission add or remove; groups."""

    async def scenario(world: IntegrationWorld) -> None:
        deeds, limited = world.deeds(), world.accounts["staff-limited"]
        assert {"expire-tokens", "approve-runs", "somebody-saves"} <= set(deeds)
        deeds["grant"]("staff-limited", "debug", 9)
        assert limited.may("debug", 9)
        deeds["revoke-grant"]("staff-limited", "debug", 9)
        assert not limited.may("debug", 9)
        deeds["join-group"]("staff-debug", "builders")
        assert world.accounts["staff-debug"].may("write", 2)
        deeds["leave-group"]("staff-debug", "builders")
        with pytest.raises(KeyError):
            deeds["leave-group"]("staff-debug", "builders")
        with pytest.raises(KeyError):
            deeds["join-group"]("staff-debug", "no such group")

    with_world(scenario)
