from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.proxy.gateway.limits import REQUESTS
from net_world import Gateway, answer, sends, turns
from relay_world import (
    PATIENCE,
    Client,
    Json,
    body_of,
    client_of,
    header_of,
    json_answer,
    mcp_gateway,
    methods,
    profile,
    talk,
)

if TYPE_CHECKING:
    from pathlib import Path

    from net_world import Play


def test_a_tool_that_may_have_run_is_not_run_again(tmp_path: Path) -> None:
    """peers.md §8, behaviour 19: a tool that only reads may be asked twice."""
    runs: list[str] = []

    def called(message: Json) -> bytes | Play:
        runs.append(message["params"]["name"])
        is_second_look = runs.count("look") == 2
        return json_answer(message, {}) if is_second_look else sends(then="reset")

    async def story(client: Client, _gateway: Gateway) -> None:
        await client.tools()
        lost = (await client.call("change"))["error"]
        assert lost["data"]["type"] == "OutcomeUnknown"
        assert "result" in await client.call("look")

    talk(tmp_path, mcp_gateway(tools_call=called), story)
    assert runs == ["change", "look", "look"]


UNKNOWN = b'{"jsonrpc":"2.0","error":{"code":-32000,"message":"No valid session ID"},"id":null}'


@pytest.mark.parametrize(
    "gone",
    [answer(b"", status="404 Not Found"), answer(UNKNOWN, status="400 Bad Request")],
)
def test_a_forgotten_session_is_renewed_once_for_all_calls(tmp_path: Path, gone: bytes) -> None:
    """peers.md §8, behaviour 18; MCP 2025-11-25, Session Management."""
    sessions = iter(["old", "new", "too many"])

    def greeted(message: Json) -> bytes:
        hello = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}}
        return json_answer(message, hello, f"Mcp-Session-Id: {next(sessions)}")

    def called(message: Json) -> Play:
        async def judged(writer: asyncio.StreamWriter, gateway: Gateway) -> None:
            (request,) = [r for r in gateway.requests if body_of(r).get("id") == message["id"]][-1:]
            is_known = header_of(request, "mcp-session-id") == "new"
            writer.write(json_answer(message, {}) if is_known else gone)

        return judged

    async def story(client: Client, _gateway: Gateway) -> None:
        calls = [client.begin("tools/call", {"name": "change"}) for _ in range(5)]
        assert all("result" in one for one in await asyncio.gather(*calls))

    gateway = talk(tmp_path, mcp_gateway(initialize=greeted, tools_call=called), story)
    assert methods(gateway).count("initialize") == 2
    assert methods(gateway).count("notifications/initialized") == 2


def test_the_session_is_deleted_at_the_end(tmp_path: Path) -> None:
    """MCP 2025-11-25, Session Management; peers.md §8, behaviour 12."""

    async def story(client: Client, _gateway: Gateway) -> None:
        await client.call("look")

    gateway = talk(tmp_path, mcp_gateway(), story)
    last = gateway.requests[-1]
    assert last.startswith(b"DELETE ")
    assert header_of(last, "mcp-session-id") == "s1"
    assert header_of(last, "mcp-protocol-version") == "2025-06-18"


def test_a_gateway_that_is_down_is_an_error_and_a_gateway_that_comes_up_is_used(
    tmp_path: Path,
) -> None:
    """peers.md §8, behaviour 21: later recovery without a restart."""

    async def scenario() -> None:
        async with Gateway(mcp_gateway()) as gateway:
            port = gateway.port
        async with client_of(profile(gateway.url), tmp_path) as client:
            assert (await client.greet())["result"]["serverInfo"]["name"] == "mcp-permit"
            assert (await client.call("look"))["error"]["data"]["type"] == "GatewayUnreachable"
            revived = await asyncio.start_server(gateway._talk, "127.0.0.1", port)
            assert (await client.call("look"))["result"]["called"] == "look"
            revived.close()
        for writer in gateway.writers:
            writer.transport.abort()
        await turns()

    asyncio.run(scenario())


def test_a_silent_gateway_is_given_up(tmp_path: Path) -> None:
    """peers.md §8, behaviour 21: a limit for each call, with an answer."""

    def called(_message: Json) -> Play:
        return sends()

    async def scenario() -> None:
        async with Gateway(mcp_gateway(tools_call=called)) as gateway:
            chosen = profile(gateway.url, call_timeout_seconds=0.3)
            async with client_of(chosen, tmp_path) as client:
                await client.greet()
                error = (await client.call("change"))["error"]
                assert "no sign of life for 0.3 s" in error["message"]

    asyncio.run(scenario())


def test_a_method_before_initialize_is_refused(tmp_path: Path) -> None:
    """MCP 2025-11-25, Lifecycle: the client begins with `initialize`."""

    async def scenario() -> None:
        async with (
            Gateway(mcp_gateway()) as gateway,
            client_of(profile(gateway.url), tmp_path) as client,
        ):
            assert "initialize first" in (await client.ask("tools/list"))["error"]["message"]
            assert (await client.ask("server/discover"))["error"]["code"] == -32602
            assert gateway.requests == []

    asyncio.run(scenario())


def test_a_cancellation_gets_through_however_many_calls_wait(tmp_path: Path) -> None:
    """Ours. So does a person's answer, without which all of them would wait for ever."""

    async def never(_writer: asyncio.StreamWriter, _gateway: Gateway) -> None:
        await asyncio.Event().wait()

    cancelled = asyncio.Event()

    def told(message: Json) -> bytes:
        assert message["params"]["requestId"] == 2
        cancelled.set()
        return answer(b"", status="202 Accepted")

    async def story(client: Client, gateway: Gateway) -> None:
        calls = [client.begin("tools/call", {"name": "look"}) for _ in range(REQUESTS + 20)]
        async with asyncio.timeout(PATIENCE), gateway.news:
            await gateway.news.wait_for(lambda: methods(gateway).count("tools/call") == REQUESTS)
        client.send({"method": "notifications/cancelled", "params": {"requestId": 2}})
        async with asyncio.timeout(PATIENCE):
            await cancelled.wait()
            # The place of the one that was given up is the next one's.
            async with gateway.news:
                await gateway.news.wait_for(
                    lambda: methods(gateway).count("tools/call") == REQUESTS + 1
                )
        assert not any(call.done() for call in calls)

    def called(_message: Json) -> Play:
        return never

    talk(tmp_path, mcp_gateway(tools_call=called, notifications_cancelled=told), story)
