"""What stands before the MCP server: the bearer check, and the faults."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from demo_person import session, tokens
from mcp_proxy.demo.integration.switches import IntegrationFaults
from mcp_proxy.demo.integration.world import IntegrationWorld

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ACCEPT = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
CLIENT = {"name": "by hand", "version": "0"}


def with_world(scenario: Callable[[IntegrationWorld], Awaitable[Any]], **options: Any) -> Any:
    async def run() -> Any:
        async with asyncio.timeout(10), IntegrationWorld.start(**options) as world:
            return await scenario(world)

    return asyncio.run(run())


def message(method: str, request_id: int | None = 1, **params: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"jsonrpc": "2.0", "method": method, "params": params}
    return found if request_id is None else found | {"id": request_id}


def hello(revision: str = "2025-06-18") -> dict[str, Any]:
    return message("initialize", protocolVersion=revision, capabilities={}, clientInfo=CLIENT)


async def post(
    world: IntegrationWorld, body: object, token: str | None, **headers: str
) -> httpx2.Response:
    bearer = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=ACCEPT | bearer | headers) as client:
        return await client.post(world.url, content=json.dumps(body))


def answer_in(response: httpx2.Response) -> dict[str, Any]:
    """The one JSON-RPC message of an event stream."""
    lines = [line[6:] for line in response.text.splitlines() if line.startswith("data: {")]
    return dict(json.loads(lines[-1]))


def test_no_token_is_challenged_with_the_place_of_the_metadata() -> None:
    """RFC 9728 §5.1, RFC 6750 §3.1: no error code where no token was sent."""

    async def scenario(world: IntegrationWorld) -> None:
        answer = await post(world, hello(), None)
        challenge = answer.headers["www-authenticate"]
        assert answer.status_code == 401
        place = f"{world.origin}/.well-known/oauth-protected-resource/integrations/mcp/"
        assert f'resource_metadata="{place}"' in challenge
        assert "error=" not in challenge

    with_world(scenario)


def test_a_refusal_may_come_without_a_challenge() -> None:
    """systems.md §7.6, refusal shapes: 401 with and without `WWW-Authenticate`."""

    async def scenario(world: IntegrationWorld) -> bool:
        world.faults.challenges = False
        answer = await post(world, hello(), None)
        return answer.status_code == 401 and "www-authenticate" not in answer.headers

    assert with_world(scenario)


def test_unknown_expired_and_revoked_tokens_are_invalid() -> None:
    """RFC 6750 §3.1 invalid_token."""

    async def scenario(world: IntegrationWorld) -> None:
        expired, revoked = (await tokens(world))["access_token"], await tokens(world)
        world.expire_tokens()
        revoked = (await tokens(world))["access_token"]
        world.ledger.revoke(revoked)
        for token in ("never-issued", expired, revoked):
            answer = await post(world, hello(), token)
            assert answer.status_code == 401
            assert 'error="invalid_token"' in answer.headers["www-authenticate"]
        assert world.counters.unauthorized == 3
        assert world.counters.sessions == 0

    with_world(scenario)


def test_where_nothing_is_described_the_challenge_points_nowhere() -> None:
    """MCP 2025-03-26: the client looks at the gateway's origin."""

    async def scenario(world: IntegrationWorld) -> str:
        return str((await post(world, hello(), None)).headers["www-authenticate"])

    challenge = with_world(scenario, faults=IntegrationFaults(metadata="root"))
    assert challenge == 'Bearer realm="integration-gateway"'


def test_an_account_that_is_not_staff_signs_in_and_is_refused() -> None:
    """systems.md §1.4: Staff or Superuser only."""

    async def scenario(world: IntegrationWorld) -> httpx2.Response:
        return await post(world, hello(), (await tokens(world, "standard"))["access_token"])

    answer = with_world(scenario, consent="person")
    assert answer.status_code == 403
    assert "Staff" in answer.json()["error_description"]


def test_a_newer_host_is_offered_the_gateways_own_revision() -> None:
    """MCP 2025-06-18, Lifecycle: the server answers a version that it supports."""

    async def scenario(world: IntegrationWorld) -> list[str]:
        token = (await tokens(world))["access_token"]
        asked = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
        answers = [answer_in(await post(world, hello(each), token)) for each in asked]
        return [each["result"]["protocolVersion"] for each in answers]

    offered = with_world(scenario)
    assert offered == ["2025-06-18", "2025-06-18", "2025-03-26", "2025-06-18"]


def test_a_gateway_can_be_of_any_legacy_revision() -> None:
    """Issue 2: gateways of 2025-03-26 to 2025-11-25."""

    async def scenario(world: IntegrationWorld) -> str:
        token = (await tokens(world))["access_token"]
        answer = answer_in(await post(world, hello("2025-11-25"), token))
        return str(answer["result"]["protocolVersion"])

    revisions = ("2025-03-26", "2025-06-18", "2025-11-25")
    assert [with_world(scenario, revision=each) for each in revisions] == list(revisions)


def test_a_header_of_an_unknown_revision_is_a_bad_request() -> None:
    """MCP 2025-06-18, Transports: 400 for an unsupported MCP-Protocol-Version."""

    async def scenario(world: IntegrationWorld) -> int:
        token = (await tokens(world))["access_token"]
        answer = await post(world, hello(), token, **{"MCP-Protocol-Version": "2026-07-28"})
        return answer.status_code

    assert with_world(scenario) == 400


def test_the_url_without_its_slash_is_a_redirect() -> None:
    """systems.md §7.2: the gateway redirects the slashless form."""

    async def scenario(world: IntegrationWorld) -> tuple[int, str]:
        async with httpx2.AsyncClient() as client:
            answer = await client.post(world.url.rstrip("/"))
            return answer.status_code, answer.headers["location"]

    status, location = with_world(scenario)
    assert status == 307
    assert location.endswith("/integrations/mcp/")


def test_sessions_that_were_forgotten_or_never_were_are_not_found() -> None:
    """MCP 2025-06-18, Session Management: 404."""

    async def scenario(world: IntegrationWorld) -> list[int]:
        token = (await tokens(world))["access_token"]
        opened = await post(world, hello(), token)
        session_id = {"Mcp-Session-Id": opened.headers["mcp-session-id"]}
        ping = message("ping", 2)
        before = await post(world, ping, token, **session_id)
        await world.forget_sessions()
        after = await post(world, ping, token, **session_id)
        never = await post(world, ping, token, **{"Mcp-Session-Id": "never"})
        return [before.status_code, after.status_code, never.status_code]

    assert with_world(scenario) == [200, 404, 404]


def test_a_broken_gateway_breaks_as_it_is_told() -> None:
    """Issue 2, Bad input: 500, HTML, half an event, a cut connection."""

    async def scenario(world: IntegrationWorld) -> None:
        token = (await tokens(world))["access_token"]
        world.faults.answers = "429"
        busy = await post(world, hello(), token)
        assert (busy.status_code, busy.headers["retry-after"]) == (429, "1")
        world.faults.answers = "500"
        assert (await post(world, hello(), token)).status_code == 500
        world.faults.answers = "html"
        page = await post(world, hello(), token)
        assert page.headers["content-type"].startswith("text/html")
        world.faults.answers = "half-event"
        half = await post(world, hello(), token)
        assert half.headers["content-type"].startswith("text/event-stream")
        assert not half.text.endswith("\n")
        world.faults.answers = "cut-before"
        with pytest.raises(httpx2.TransportError):
            await post(world, hello(), token)
        assert world.counters.sessions == 0
        world.faults.answers = "well"
        assert (await post(world, hello(), token)).status_code == 200

    with_world(scenario)


def test_a_call_whose_answer_is_cut_off_has_had_its_effect() -> None:
    """systems.md X14: the effect counter is 1."""

    async def scenario(world: IntegrationWorld) -> None:
        token = (await tokens(world))["access_token"]
        async with session(world, token):
            opened = await post(world, hello(), token)
            session_id = {"Mcp-Session-Id": opened.headers["mcp-session-id"]}
            world.faults.answers, world.faults.answers_to = "cut-after", ("tools/call",)
            call = message("tools/call", 2, name="write_integration", arguments={"name": "New"})
            with pytest.raises(httpx2.TransportError):
                await post(world, call, token, **session_id)
            listed = await post(world, message("tools/list", 3), token, **session_id)
            assert listed.status_code == 200
        assert world.counters.effects == {"write_integration": 1}

    with_world(scenario)


def test_every_request_is_counted_and_its_headers_kept() -> None:
    """Ours: the counters are what tests look at."""

    async def scenario(world: IntegrationWorld) -> None:
        token = (await tokens(world))["access_token"]
        await post(world, hello(), token, **{"X-Extra": "yes"})
        assert world.counters.last_headers["x-extra"] == "yes"
        assert world.counters.posts == {"initialize": 1}
        assert world.counters.clients == ["by hand"]
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as client:
            await client.delete(world.url)
        assert world.counters.deletes == 1

    with_world(scenario)


def test_a_body_that_is_no_json_is_the_gateways_to_judge() -> None:
    """JSON-RPC 2.0 §5.1: parse error."""

    async def scenario(world: IntegrationWorld) -> int:
        token = (await tokens(world))["access_token"]
        headers = ACCEPT | {"Authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(headers=headers) as client:
            return (await client.post(world.url, content="{")).status_code

    assert with_world(scenario) == 400
