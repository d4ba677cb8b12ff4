from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.policy.model import Policy
from net_world import Gateway, answer, sends, turns
from relay_world import (
    Client,
    Json,
    body_of,
    client_of,
    event_stream,
    header_of,
    json_answer,
    mcp_gateway,
    profile,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from net_world import Play

    Talk = Callable[[Client, Gateway], Awaitable[None]]


def talk(folder: Path, script: Play, story: Talk, *, policy: Policy | None = None) -> Gateway:
    """Play `story` between a client and a scripted gateway."""

    async def scenario() -> Gateway:
        async with (
            Gateway(script) as gateway,
            client_of(profile(gateway.url, policy=policy), folder) as client,
        ):
            await client.greet()
            await story(client, gateway)
        return gateway

    return asyncio.run(scenario())


def methods(gateway: Gateway) -> list[str]:
    """What the gateway was asked, in order."""
    return [body_of(request).get("method", "?") for request in gateway.requests]


def test_an_answer_keeps_its_bytes_and_loses_its_line_breaks(tmp_path: Path) -> None:
    """peers.md §8, behaviour 15. Big integers, odd numbers and unknown members survive."""
    odd = (
        '{\n "id": 2,\n "jsonrpc":"2.0", "result": {"n": 1e400,\r\n'
        ' "i": 12345678901234567890123, "x": 1.50}}'
    )

    async def story(client: Client, _gateway: Gateway) -> None:
        await client.call("look")
        assert client.lines[-1] == odd.replace("\n", " ").replace("\r", " ").encode()

    reply = answer(odd.encode(), "Content-Type: application/json")
    talk(tmp_path, mcp_gateway(tools_call=lambda _message: reply), story)


def test_a_request_reaches_the_gateway_with_its_own_bytes(tmp_path: Path) -> None:
    """peers.md §8, behaviour 15."""
    line = (
        b'{ "jsonrpc":"2.0", "id":"x", "method":"vendor/odd", "params":{"n":1.50,"u":"\\u00e4"} }'
    )

    async def story(client: Client, gateway: Gateway) -> None:
        client.relay.receive(line)
        await gateway.seen(requests=4)

    gateway = talk(tmp_path, mcp_gateway(), story)
    assert line in [request.partition(b"\r\n\r\n")[2] for request in gateway.requests]


def test_a_bad_line_is_answered_and_the_next_one_served(tmp_path: Path) -> None:
    """JSON-RPC 2.0 §5.1."""

    async def story(client: Client, _gateway: Gateway) -> None:
        client.relay.receive(b"this is not JSON")
        client.relay.receive(b"[]")
        codes = [json.loads(line)["error"]["code"] for line in client.lines[-2:]]
        assert codes == [-32700, -32600]
        assert (await client.call("look"))["result"]["called"] == "look"

    talk(tmp_path, mcp_gateway(), story)


def test_a_refused_call_never_reaches_the_gateway(tmp_path: Path) -> None:
    """systems.md X16, X17."""

    async def story(client: Client, gateway: Gateway) -> None:
        refused = (await client.call("change", secret="canary"))["error"]
        assert refused["code"] == 1004
        assert refused["data"]["code"] == "PERMISSION_DENIED"
        assert (await client.call("look"))["result"]["called"] == "look"
        assert [body_of(request) for request in gateway.requests if b"change" in request] == []

    talk(tmp_path, mcp_gateway(), story, policy=Policy(deny=("change",)))
    trail = (tmp_path / "audit.jsonl").read_text()
    rows = [json.loads(line) for line in trail.splitlines()]
    assert [(row["tool"], row["outcome"]) for row in rows] == [
        ("change", "refused"),
        ("look", "answered"),
    ]
    assert "canary" not in trail


def test_only_permitted_tools_are_on_the_list_and_names_are_legal(tmp_path: Path) -> None:
    """systems.md X15, X16; peers.md §8, behaviour 22."""

    async def story(client: Client, gateway: Gateway) -> None:
        names = await client.tools()
        assert len(names) == 2
        assert names[0] == "look"
        assert (await client.call(names[1]))["result"]["called"] == "remote.pages.search"
        assert b"remote.pages.search" in gateway.requests[-1]

    talk(tmp_path, mcp_gateway(), story, policy=Policy(deny=("CHANGE",)))


def test_read_only_asks_for_the_list_before_the_first_call(tmp_path: Path) -> None:
    """Ours. A policy that goes by annotations must know them, listed or not."""

    async def story(client: Client, _gateway: Gateway) -> None:
        assert (await client.call("look"))["result"]["called"] == "look"
        assert (await client.call("change"))["error"]["data"]["rule"] == "read-only"

    gateway = talk(tmp_path, mcp_gateway(), story, policy=Policy(read_only=True))
    assert methods(gateway).count("tools/list") == 1


def test_a_slow_call_holds_up_nothing(tmp_path: Path) -> None:
    """peers.md §8, behaviour 21; issue text: many calls in flight."""
    release = asyncio.Event()

    def called(message: Json) -> bytes | Play:
        if message["params"]["name"] == "look":
            return json_answer(message, {"content": []})

        async def slow(writer: asyncio.StreamWriter, _gateway: Gateway) -> None:
            await release.wait()
            writer.write(json_answer(message, {"content": ["late"]}))

        return slow

    async def story(client: Client, _gateway: Gateway) -> None:
        slow = client.begin("tools/call", {"name": "change"})
        for _ in range(70):
            await client.call("look")
        assert not slow.done()
        release.set()
        assert (await slow)["result"] == {"content": ["late"]}

    talk(tmp_path, mcp_gateway(tools_call=called), story)


BROKEN: dict[str, bytes | Play] = {
    "HTTP 500": answer(b"oh no", status="500 Internal Server Error"),
    "a page": answer(b"<html>Hello</html>", "Content-Type: text/html"),
    "nothing": answer(b"", "Content-Type: application/json"),
    "half a document": answer(b'{"jsonrpc":"2.0","id":2,"resu', "Content-Type: application/json"),
    "another's answer": answer(
        b'{"jsonrpc":"2.0","id":99,"result":{}}', "Content-Type: application/json"
    ),
    "half an event": answer(b'data: {"jsonrpc"', "Content-Type: text/event-stream"),
    "an event that is not MCP": answer(b"data: hello\n\n", "Content-Type: text/event-stream"),
    "a cut connection": sends(b"HTTP/1.1 200 OK\r\nContent-", then="reset"),
    "a cut body": sends(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", then="close"),
    "no HTTP": sends(b"SSH-2.0-OpenSSH\r\n", then="close"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_answer_becomes_one_error_and_the_next_call_works(
    tmp_path: Path, broken: str
) -> None:
    """peers.md §8, behaviour 21."""
    replies: Iterator[bytes | Play] = iter([BROKEN[broken]])

    def called(message: Json) -> bytes | Play:
        for reply in replies:
            return reply
        return json_answer(message, {"content": []})

    async def story(client: Client, _gateway: Gateway) -> None:
        await client.tools()
        error = (await client.call("change"))["error"]
        assert error["code"] == 1005
        assert error["data"]["source"] == "mcp-permit"
        assert "result" in await client.call("change")

    talk(tmp_path, mcp_gateway(tools_call=called), story)


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


def test_a_forgotten_session_is_renewed_once_for_all_calls(tmp_path: Path) -> None:
    """peers.md §8, behaviour 18; MCP 2025-11-25, Session Management."""
    sessions = iter(["old", "new", "too many"])

    def greeted(message: Json) -> bytes:
        hello = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}}
        return json_answer(message, hello, f"Mcp-Session-Id: {next(sessions)}")

    def called(message: Json) -> Play:
        async def judged(writer: asyncio.StreamWriter, gateway: Gateway) -> None:
            (request,) = [r for r in gateway.requests if body_of(r).get("id") == message["id"]][-1:]
            is_known = header_of(request, "mcp-session-id") == "new"
            gone = answer(b"", status="404 Not Found")
            writer.write(json_answer(message, {}) if is_known else gone)

        return judged

    async def story(client: Client, _gateway: Gateway) -> None:
        calls = [client.begin("tools/call", {"name": "change"}) for _ in range(5)]
        assert all("result" in one for one in await asyncio.gather(*calls))

    gateway = talk(tmp_path, mcp_gateway(initialize=greeted, tools_call=called), story)
    assert methods(gateway).count("initialize") == 2
    assert methods(gateway).count("notifications/initialized") == 2


def test_what_comes_beside_the_answer_reaches_the_client_first(tmp_path: Path) -> None:
    """MCP 2025-11-25, Transports: progress and the gateway's own requests on a call's stream."""
    progress = b'{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"t"}}'
    question = b'{"jsonrpc":"2.0","id":"g1","method":"elicitation/create","params":{}}'
    answered = asyncio.Event()

    def called(message: Json) -> Play:
        async def asking(writer: asyncio.StreamWriter, _gateway: Gateway) -> None:
            done = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": {}}).encode()
            head = (
                b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
            )
            writer.write(head + b"data: " + progress + b"\n\ndata: " + question + b"\n\n")
            await answered.wait()
            writer.write(b"data: " + done + b"\n\n")
            writer.close()

        return asking

    def responded(_message: Json) -> bytes:
        answered.set()
        return answer(b"", status="202 Accepted")

    async def story(client: Client, gateway: Gateway) -> None:
        call = client.begin("tools/call", {"name": "change"})
        await client.until(lambda: client.asked)
        assert client.lines[-2:] == [progress, question]
        client.send({"id": "g1", "result": {"action": "accept"}})
        assert (await call)["result"] == {}
        assert body_of(gateway.requests[-1])["result"] == {"action": "accept"}

    talk(tmp_path, mcp_gateway(tools_call=called, POST=responded), story)


def test_a_cancelled_call_is_cancelled_at_the_gateway_and_never_answered(tmp_path: Path) -> None:
    """MCP 2025-11-25, Cancellation; peers.md L27."""
    begun = asyncio.Event()

    def called(message: Json) -> bytes | Play:
        if message["params"]["name"] == "look":
            return json_answer(message, {})

        async def hanging(_writer: asyncio.StreamWriter, _gateway: Gateway) -> None:
            begun.set()

        return hanging

    async def story(client: Client, gateway: Gateway) -> None:
        call = client.begin("tools/call", {"name": "change"})
        await begun.wait()
        client.send({"method": "notifications/cancelled", "params": {"requestId": 2}})
        await gateway.seen(ended=1)
        await client.call("look")
        assert not call.done()

    gateway = talk(tmp_path, mcp_gateway(tools_call=called), story)
    (cancelled,) = [r for r in gateway.requests if b"notifications/cancelled" in r]
    assert body_of(cancelled)["params"] == {"requestId": 2}


@pytest.mark.parametrize("request_id", [99, None, [1], {}])
def test_cancelling_what_nobody_asked_does_nothing(tmp_path: Path, request_id: object) -> None:
    """MCP 2025-11-25, Cancellation: unknown ids are ignored."""

    async def story(client: Client, _gateway: Gateway) -> None:
        client.send({"method": "notifications/cancelled", "params": {"requestId": request_id}})
        assert "result" in await client.call("look")

    gateway = talk(tmp_path, mcp_gateway(), story)
    assert "notifications/cancelled" not in methods(gateway)


def test_what_the_gateway_sends_unasked_reaches_the_client(tmp_path: Path) -> None:
    """MCP 2025-11-25, Listening for Messages from the Server."""
    changed = b'{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}'

    async def story(client: Client, _gateway: Gateway) -> None:
        await client.until(lambda: client.told)
        assert client.lines[-1] == changed

    talk(tmp_path, mcp_gateway(GET=lambda _message: event_stream(changed)), story)


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
            assert (await client.greet())["error"]["code"] == 1005
            assert (await client.call("look"))["error"]["data"]["type"] == "GatewayUnreachable"
            revived = await asyncio.start_server(gateway._talk, "127.0.0.1", port)
            assert (await client.call("look"))["result"]["called"] == "look"
            revived.close()
        for writer in gateway.writers:
            writer.transport.abort()
        await turns()

    asyncio.run(scenario())


def test_without_the_gateway_the_last_list_is_shown_and_nothing_is_called(tmp_path: Path) -> None:
    """peers.md §8, behaviour 32."""

    async def scenario() -> None:
        async with (
            Gateway(mcp_gateway()) as gateway,
            client_of(profile(gateway.url), tmp_path) as client,
        ):
            await client.greet()
            live = await client.tools()
        async with client_of(profile(gateway.url), tmp_path) as client:
            assert (await client.greet())["result"]["serverInfo"]["name"] == "scripted"
            listed = (await client.ask("tools/list"))["result"]
            assert [tool["name"] for tool in listed["tools"]] == live
            assert "mcp-permit/snapshot" in listed["_meta"]
            assert (await client.call("look"))["error"]["code"] == 1005

    asyncio.run(scenario())


def test_a_list_of_many_pages_is_kept_whole(tmp_path: Path) -> None:
    """peers.md §8, behaviours 22 and 33."""

    def listed(message: Json) -> bytes:
        if "cursor" in message["params"]:
            return json_answer(message, {"tools": [{"name": "second"}]})
        return json_answer(message, {"tools": [{"name": "first"}], "nextCursor": "p2"})

    async def story(client: Client, _gateway: Gateway) -> None:
        assert await client.tools() == ["first"]
        assert not list((tmp_path / "catalogs").glob("*.json"))
        await client.ask("tools/list", {"cursor": "p2"})
        (snapshot,) = (tmp_path / "catalogs").glob("*.json")
        kept = json.loads(snapshot.read_bytes())
        assert [tool["name"] for tool in kept["tools"]] == ["first", "second"]

    talk(tmp_path, mcp_gateway(tools_list=listed), story)


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
            assert (await client.ask("server/discover"))["error"]["code"] == -32601
            assert gateway.requests == []

    asyncio.run(scenario())


def test_a_gateway_that_wants_another_account_is_explained(tmp_path: Path) -> None:
    """systems.md §7.2: 403 after a good sign-in."""

    async def story(client: Client, _gateway: Gateway) -> None:
        error = (await client.call("look"))["error"]
        assert error["data"]["status"] == 403
        assert "may not use" in error["data"]["hint"]

    refused = answer(b"", status="403 Forbidden")
    talk(tmp_path, mcp_gateway(tools_call=lambda _message: refused), story)


def test_a_json_rpc_error_in_an_http_error_is_the_answer(tmp_path: Path) -> None:
    """peers.md L28: code and data of the gateway survive."""

    def called(message: Json) -> bytes:
        error = {"code": -32042, "message": "no", "data": {"deep": [1]}}
        body = json.dumps({"jsonrpc": "2.0", "id": message["id"], "error": error}).encode()
        return answer(body, "Content-Type: application/json", status="400 Bad Request")

    async def story(client: Client, _gateway: Gateway) -> None:
        error = (await client.call("look"))["error"]
        assert error == {"code": -32042, "message": "no", "data": {"deep": [1]}}

    talk(tmp_path, mcp_gateway(tools_call=called), story)
