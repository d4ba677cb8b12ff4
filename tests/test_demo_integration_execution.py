"""Execution over REST, what service accounts are for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from demo_person import tokens
from mcp_proxy.demo.integration.execution import DEED, PATH
from mcp_proxy.demo.integration.world import IntegrationWorld

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PAYLOAD = {"applicant": "A"}
LOAN, CREDIT = "loan-onboarding", "credit-check"


def with_world(scenario: Callable[[IntegrationWorld], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with asyncio.timeout(10), IntegrationWorld.start() as world:
            return await scenario(world)

    return asyncio.run(run())


async def service_token(world: IntegrationWorld) -> str:
    form = {"grant_type": "client_credentials", "resource": world.url}
    basic = httpx2.BasicAuth(world.service_id, world.service_secret)
    async with httpx2.AsyncClient(auth=basic) as client:
        answer = await client.post(f"{world.origin}/o/token/", data=form)
    return str(answer.json()["access_token"])


async def execute(
    world: IntegrationWorld,
    token: str | None,
    name: str = LOAN,
    payload: object = PAYLOAD,
    **headers: str,
) -> httpx2.Response:
    bearer = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=bearer | headers) as client:
        return await client.post(f"{world.origin}{PATH}{name}", json=payload)


def test_a_service_account_executes_over_rest_and_is_kept_from_mcp() -> None:
    """systems.md §7.3, row "service accounts execute only"."""

    async def scenario(world: IntegrationWorld) -> None:
        token = await service_token(world)
        answer = await execute(world, token)
        assert answer.json()["success"] is True
        assert world.counters.effects == {DEED: 1}
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as client:
            refused = await client.post(world.url, json={"jsonrpc": "2.0", "id": 1})
        assert refused.status_code == 403
        assert "svc-loader" in refused.json()["error_description"]
        assert "svc-loader" not in world.accounts

    with_world(scenario)


@pytest.mark.parametrize(
    ("token", "name", "payload", "status", "error"),
    [
        (None, LOAN, PAYLOAD, 401, "invalid_token"),
        ("service", CREDIT, PAYLOAD, 403, "permission_denied"),
        ("service", "nothing", PAYLOAD, 404, "not_found"),
    ],
)
def test_what_may_not_be_executed_is_not(
    token: str | None, name: str, payload: object, status: int, error: str
) -> None:
    """systems.md §2.2: `execute` covers API calls; the shapes are ours."""

    async def scenario(world: IntegrationWorld) -> None:
        bearer = await service_token(world) if token else None
        answer = await execute(world, bearer, name, payload)
        assert (answer.status_code, answer.json()["error"]) == (status, error)
        assert world.counters.effects.total() == 0

    with_world(scenario)


def test_people_need_execute_too() -> None:
    """systems.md §2.2: to Standard and Staff alike."""

    async def scenario(world: IntegrationWorld) -> None:
        token = (await tokens(world))["access_token"]
        assert (await execute(world, token)).status_code == 200
        world.accounts["staff-full"].grants[1].discard("execute")
        assert (await execute(world, token)).json()["permission"] == "execute"

    with_world(scenario)


def test_a_service_account_may_come_with_its_password() -> None:
    """systems.md §1.3: Basic authentication, another grant on the platform."""

    async def scenario(world: IntegrationWorld) -> list[int]:
        pairs = [
            (world.service.name, world.service_password),
            (world.service.name, "wrong"),
            ("staff-full", world.service_password),
        ]
        statuses = []
        for pair in pairs:
            async with httpx2.AsyncClient(auth=httpx2.BasicAuth(*pair)) as client:
                answer = await client.post(f"{world.origin}{PATH}{LOAN}", json=PAYLOAD)
                statuses.append(answer.status_code)
        return statuses

    assert with_world(scenario) == [200, 401, 401]


def test_a_key_gives_the_first_answer_again_for_a_day() -> None:
    """systems.md §1.7: no second run; another account has keys of its own."""

    async def scenario(world: IntegrationWorld) -> None:
        token, key = await service_token(world), {"Idempotency-Key": "k" * 64}
        first = (await execute(world, token, **key)).json()
        assert (await execute(world, token, **key)).json() == first
        assert world.counters.effects == {DEED: 1}
        person = (await tokens(world))["access_token"]
        assert (await execute(world, person, **key)).json() != first
        world.clock.advance(86_401)
        later = await execute(world, await service_token(world), **key)
        assert later.json() != first
        long = await execute(world, await service_token(world), **{"Idempotency-Key": "k" * 65})
        assert (long.status_code, long.json()["error"]) == (400, "invalid_key")

    with_world(scenario)


def test_the_same_key_while_the_first_still_runs_is_a_conflict() -> None:
    """systems.md §7.3, row "idempotent execution over REST": HTTP 409."""

    async def scenario(world: IntegrationWorld) -> None:
        token, key = await service_token(world), {"Idempotency-Key": "one"}
        waiting = PAYLOAD | {"wait_for_approval": True}
        first = asyncio.create_task(execute(world, token, LOAN, waiting, **key))
        await world.gateway.waiting.wait()
        second = await execute(world, token, LOAN, waiting, **key)
        assert second.status_code == 409
        world.approve_runs()
        assert (await first).json()["success"] is True
        assert world.counters.effects == {DEED: 1}

    with_world(scenario)


def test_a_body_that_is_no_json_is_refused() -> None:
    """Ours."""

    async def scenario(world: IntegrationWorld) -> int:
        headers = {"Authorization": f"Bearer {await service_token(world)}"}
        async with httpx2.AsyncClient(headers=headers) as client:
            answer = await client.post(f"{world.origin}{PATH}{LOAN}", content="{")
        return answer.status_code

    assert with_world(scenario) == 400
