from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.proxy.eras.input_required import MOST_ROUNDS
from modern_gateway import Call, Json, M, ModernGateway, text, wants
from relay_world import Client, client_of, profile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ABLE: Json = {"elicitation": {"form": {}, "url": {}}, "sampling": {}, "roots": {}}
NAME = {"method": "elicitation/create", "params": {"message": "Who?", "requestedSchema": {}}}
ROOTS = {"method": "roots/list"}
YES = {"action": "accept", "content": {"name": "Ünal"}}


@asynccontextmanager
async def host(
    gateway: ModernGateway, folder: Path, capabilities: Json | None = None
) -> AsyncIterator[Client]:
    """A legacy host with these capabilities, which has shaken hands."""
    async with client_of(profile(gateway.url), folder) as client:
        params = {
            "protocolVersion": "2025-11-25",
            "capabilities": ABLE if capabilities is None else capabilities,
            "clientInfo": {"name": "old", "version": "1"},
        }
        assert "result" in await client.ask("initialize", params)
        client.send({"method": "notifications/initialized"})
        yield client


async def asked(client: Client, count: int) -> list[Json]:
    """The requests that the host has had, once they are so many."""
    await client.until(lambda: len(client.asked) >= count)
    return client.asked[-count:]


def test_a_wish_becomes_questions_and_their_answers_a_retry(tmp_path: Path) -> None:
    """MCP 2026-07-28, MRTR; for the host, requests of MCP 2025-11-25."""
    state = 'opaque "ü" \\ state'

    async def greet(call: Call) -> Json:
        if "inputResponses" not in call.params:
            return wants(state, who=NAME, where=ROOTS)
        assert call.params["requestState"] == state
        responses = call.params["inputResponses"]
        return text(f"{responses['who']['content']['name']} {responses['where']['roots']}")

    async def scenario() -> None:
        async with ModernGateway(greet=greet) as gateway, host(gateway, tmp_path) as client:
            answer = client.begin("tools/call", {"name": "greet", "arguments": {"n": 1}})
            who, where = await asked(client, 2)
            assert (who["method"], who["params"]) == (NAME["method"], NAME["params"])
            assert where["method"] == "roots/list"
            client.send({"id": where["id"], "result": {"roots": []}})
            client.send({"id": who["id"], "result": YES})
            assert (await answer)["result"]["content"][0]["text"] == "Ünal []"
            first, retry = [call for call in gateway.asked if "arguments" in call.params]
            assert first.params["arguments"] == retry.params["arguments"] == {"n": 1}
            assert first.id != retry.id
            assert gateway.refused[:-1] == [], "all but `initialize` is as it must be"
            assert client.told == []

    asyncio.run(scenario())


def test_rounds_do_not_mix_and_end(tmp_path: Path) -> None:
    """MCP 2026-07-28, MRTR, Client Requirements 4; issue 5: capped rounds."""
    seen: list[Json] = []

    async def endless(call: Call) -> Json:
        seen.append(call.params)
        return wants(None if len(seen) == 2 else f"s{len(seen)}", **{f"k{len(seen)}": ROOTS})

    async def scenario() -> None:
        async with ModernGateway(endless=endless) as gateway, host(gateway, tmp_path) as client:
            answer = client.begin("tools/call", {"name": "endless"})
            for count in range(1, MOST_ROUNDS + 1):
                (question,) = (await asked(client, count))[-1:]
                client.send({"id": question["id"], "result": {"roots": []}})
            error = (await answer)["error"]
            assert "more input after 10 rounds" in error["message"]
            assert len(seen) == MOST_ROUNDS
            assert [sorted(params.get("inputResponses", {})) for params in seen[:4]] == [
                [], ["k1"], ["k2"], ["k3"],
            ]  # fmt: skip
            assert [params.get("requestState") for params in seen[:4]] == [None, "s1", None, "s3"]

    asyncio.run(scenario())


def test_a_gateway_that_only_wants_time_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MCP 2026-07-28, MRTR, Client Requirements 1: without `inputRequests`, at once."""
    monkeypatch.setattr("mcp_proxy.proxy.crossings.legacy_host.FIRST_PAUSE", 0.0)
    states: list[object] = []

    async def busy(call: Call) -> Json:
        states.append(call.params.get("requestState"))
        return text("done") if len(states) == 3 else wants(f"s{len(states)}")

    async def scenario() -> None:
        async with ModernGateway(busy=busy) as gateway, host(gateway, tmp_path) as client:
            assert "result" in await client.call("busy")
            assert client.asked == []

    asyncio.run(scenario())
    assert states == [None, "s1", "s2"]


def test_what_the_host_cannot_do_is_refused_here(tmp_path: Path) -> None:
    """Issue 5: kinds that the host never declared are refused with a clear error."""

    async def greet(_call: Call) -> Json:
        return wants(who=NAME)

    async def scenario() -> None:
        async with ModernGateway(greet=greet) as gateway, host(gateway, tmp_path, {}) as client:
            error = (await client.call("greet"))["error"]
            assert "this client has not declared" in error["message"]
            assert "elicitation" in error["message"]
            assert error["data"]["source"] == "mcp-permit"
            assert client.asked == []

    asyncio.run(scenario())


def test_a_host_that_refuses_is_the_end_of_the_request(tmp_path: Path) -> None:
    """MCP 2025-11-25, Sampling, Error Handling; the other questions are withdrawn."""

    async def greet(_call: Call) -> Json:
        return wants(who=NAME, where=ROOTS)

    async def scenario() -> None:
        async with ModernGateway(greet=greet) as gateway, host(gateway, tmp_path) as client:
            answer = client.begin("tools/call", {"name": "greet"})
            who, where = await asked(client, 2)
            no = {"code": -1, "message": "The person said no", "data": {"n": 1.5}}
            client.send({"id": who["id"], "error": no})
            assert (await answer)["error"] == no
            (gone,) = [one for one in client.told if one["method"] == "notifications/cancelled"]
            assert gone["params"]["requestId"] == where["id"]
            client.send({"id": where["id"], "result": {"roots": []}})
            assert gateway.names().count("tools/call") == 1
            assert "result" in await client.ask("tools/list")

    asyncio.run(scenario())


def test_a_cancelled_request_withdraws_its_questions_and_closes_its_stream(tmp_path: Path) -> None:
    """MCP 2026-07-28, Cancellation: nothing is posted; the stream is closed."""

    async def greet(_call: Call) -> Json:
        return wants(who=NAME)

    async def hangs(call: Call) -> Json:
        call.tell("notifications/progress", {"progressToken": 7, "progress": 1})
        await asyncio.Event().wait()
        return {}

    async def scenario() -> None:
        async with (
            ModernGateway(greet=greet, hangs=hangs) as gateway,
            host(gateway, tmp_path) as client,
        ):
            client.begin("tools/call", {"name": "greet"})
            (who,) = await asked(client, 1)
            client.send({"method": "notifications/cancelled", "params": {"requestId": 3}})
            client.send({"method": "notifications/cancelled", "params": {"requestId": 2}})
            await client.until(lambda: client.told)
            assert client.told[-1]["params"]["requestId"] == who["id"]
            client.begin("tools/call", {"name": "hangs", "_meta": {"progressToken": 7}})
            await client.until(lambda: client.told[-1]["method"] == "notifications/progress")
            client.send({"method": "notifications/cancelled", "params": {"requestId": 3}})
            await gateway.until(lambda: gateway.asked[-1].was_left)
            assert gateway.told == []

    asyncio.run(scenario())


def test_the_handshake_is_answered_out_of_a_discovery_and_goes_no_further(tmp_path: Path) -> None:
    """Issue 5: discover and initialize; `notifications/initialized` has nowhere to go."""

    async def scenario() -> None:
        async with ModernGateway() as gateway, host(gateway, tmp_path) as client:
            greeting = await client.ask("tools/list")
            assert greeting["result"]["tools"] == []
            first = next(line for line in client.lines if b"protocolVersion" in line)
            assert b'"protocolVersion":"2025-11-25"' in first.replace(b": ", b":")
            assert b'"name":"strict"' in first.replace(b": ", b":")
            assert gateway.told == []
            assert gateway.names()[0] == "server/discover"
            said = gateway.last("tools/list").params["_meta"]
            assert said[f"{M}clientInfo"] == {"name": "old", "version": "1"}
            assert said[f"{M}clientCapabilities"] == ABLE

    asyncio.run(scenario())


def test_a_level_holds_for_every_request_from_then_on(tmp_path: Path) -> None:
    """MCP 2026-07-28, Logging; nothing of `logging/setLevel` reaches the gateway."""

    async def logs(call: Call) -> Json:
        if f"{M}logLevel" in call.params["_meta"]:
            call.tell("notifications/message", {"level": "error", "data": {"n": [1, None]}})
        return text("done")

    async def scenario() -> None:
        async with ModernGateway(logs=logs) as gateway, host(gateway, tmp_path) as client:
            assert "result" in await client.call("logs")
            assert client.told == []
            assert (await client.ask("logging/setLevel", {"level": "error"}))["result"] == {}
            assert "result" in await client.call("logs")
            assert [one["params"]["data"] for one in client.told] == [{"n": [1, None]}]
            assert gateway.last("tools/call").params["_meta"][f"{M}logLevel"] == "error"
            assert "logging/setLevel" not in gateway.names()

    asyncio.run(scenario())


def test_notifications_that_the_gateway_can_use_reach_it(tmp_path: Path) -> None:
    """Issue 5: vendor methods are not lost; what only a session knows is dropped."""

    async def scenario() -> None:
        async with ModernGateway() as gateway, host(gateway, tmp_path) as client:
            client.send({"method": "notifications/roots/list_changed"})
            client.send({"method": "vendor/told", "params": {"n": 1}})
            await gateway.until(lambda: gateway.told)
            assert [one["method"] for one in gateway.told] == ["vendor/told"]
            assert f"{M}protocolVersion" in gateway.told[0]["params"]["_meta"]

    asyncio.run(scenario())


def test_params_that_are_an_array_are_refused_to_the_host(tmp_path: Path) -> None:
    """MCP: params are objects; the gateway is not asked."""

    async def scenario() -> None:
        async with ModernGateway() as gateway, host(gateway, tmp_path) as client:
            answer: Any = asyncio.get_running_loop().create_future()
            client._answers["a"] = answer
            client.send({"id": "a", "method": "vendor/odd", "params": [1]})
            assert (await answer)["error"]["code"] == -32602

    asyncio.run(scenario())


def test_a_big_answer_of_a_second_round_has_the_hosts_id(tmp_path: Path) -> None:
    """Issue 5: nothing is lost, however long."""

    async def greet(call: Call) -> Json:
        return text("x" * 600_000) if "inputResponses" in call.params else wants(where=ROOTS)

    async def scenario() -> None:
        async with ModernGateway(greet=greet) as gateway, host(gateway, tmp_path) as client:
            answer = client.begin("tools/call", {"name": "greet"})
            (where,) = await asked(client, 1)
            client.send({"id": where["id"], "result": {"roots": []}})
            assert len((await answer)["result"]["content"][0]["text"]) == 600_000

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", ["task", "vendor/kind"])
def test_a_result_of_a_kind_that_nobody_declared_is_none(tmp_path: Path, kind: str) -> None:
    """MCP 2026-07-28, Overview: an unknown `resultType` is invalid; tasks are an extension."""
    tasks: Json = {"extensions": {f"{M}tasks": {}}}

    async def later(_call: Call) -> Json:
        return {"resultType": kind, "taskId": "t1"}

    async def scenario() -> None:
        async with ModernGateway(later=later) as gateway:
            async with host(gateway, tmp_path) as client:
                assert kind in (await client.call("later"))["error"]["message"]
            async with host(gateway, tmp_path, ABLE | tasks) as client:
                assert (await client.call("later"))["result"]["taskId"] == "t1"

    asyncio.run(scenario())
