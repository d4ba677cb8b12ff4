from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from legacy_gateway import Call, LegacyGateway, text
from mcp_proxy.policy.model import Policy
from modern_host import relayed
from net_world import Gateway, answer
from relay_world import (
    HELLO,
    Client,
    Json,
    body_of,
    client_of,
    event_stream,
    json_answer,
    mcp_gateway,
    methods,
    profile,
    talk,
)

if TYPE_CHECKING:
    from pathlib import Path

    from net_world import Play


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
        await gateway.seen(requests=5)

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
        assert "mcp-permit tools test --all" in refused["data"]["hint"]
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


def test_a_ping_is_answered_without_the_gateway(tmp_path: Path) -> None:
    """MCP 2025-11-25, Ping."""

    async def story(client: Client, gateway: Gateway) -> None:
        assert (await client.ask("ping"))["result"] == {}
        assert "ping" not in methods(gateway)

    talk(tmp_path, mcp_gateway(), story)


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


def test_an_id_that_is_in_use_begins_no_second_request(tmp_path: Path) -> None:
    """JSON-RPC 2.0 §4, MCP 2025-11-25, Requests: an id is not used twice in a session."""
    release = asyncio.Event()

    def called(message: Json) -> Play:
        async def play(writer: asyncio.StreamWriter, _gateway: Gateway) -> None:
            await release.wait()
            writer.write(json_answer(message, message["params"]["name"]))

        return play

    async def story(client: Client, _gateway: Gateway) -> None:
        first = client.begin("tools/call", {"name": "look"})
        client.send({"id": 2, "method": "tools/call", "params": {"name": "change"}})
        assert json.loads(client.lines[-1])["error"]["code"] == -32600
        assert json.loads(client.lines[-1])["id"] is None
        release.set()
        assert (await first)["result"] == "look"

    gateway = talk(tmp_path, mcp_gateway(tools_call=called), story)
    assert methods(gateway).count("tools/call") == 1


def test_a_client_that_is_ready_twice_hears_everything_once(tmp_path: Path) -> None:
    """Ours."""

    async def story(client: Client, _gateway: Gateway) -> None:
        client.send({"method": "notifications/initialized"})
        await client.call("look")

    gateway = talk(tmp_path, mcp_gateway(), story)
    assert sum(request.startswith(b"GET ") for request in gateway.requests) == 1


@pytest.mark.parametrize("request_id", [99, None, [1], {}, True])
def test_cancelling_what_nobody_asked_does_nothing(tmp_path: Path, request_id: object) -> None:
    """MCP 2025-11-25, Cancellation: unknown ids are ignored."""

    async def story(client: Client, _gateway: Gateway) -> None:
        client.send({"method": "notifications/cancelled", "params": {"requestId": request_id}})
        assert "result" in await client.call("look")

    gateway = talk(tmp_path, mcp_gateway(), story)
    assert "notifications/cancelled" not in methods(gateway)


def test_a_fault_of_ours_is_answered_and_told_without_secrets(tmp_path: Path) -> None:
    """peers.md §8, behaviours 21 and 27. The client that breaks here stands for any bug."""
    changed = b'{"jsonrpc":"2.0","method":"notifications/x","params":{"access_token":"canary"}}'

    class Breaking(Client):
        def deliver(self, line: bytes) -> None:
            if line == changed:
                raise ZeroDivisionError(line.decode())
            super().deliver(line)

    async def scenario() -> None:
        streams = iter([event_stream(changed)])

        def streamed(_message: Json) -> bytes:
            return next(streams, answer(b"", status="405 Method Not Allowed"))

        script = mcp_gateway(GET=streamed, tools_call=call_stream)
        async with Gateway(script) as gateway:
            chosen = profile(gateway.url)
            async with client_of(chosen, tmp_path, client=Breaking()) as client:
                await client.greet()
                broken = (await client.call("look"))["error"]
                assert broken["code"] == -32603
                client.send({"method": "notifications/x"})
                await client.until(lambda: len(client.complaints) > 1)
                assert "ZeroDivisionError" in "".join(client.complaints)
                assert "canary" not in "".join(client.complaints) + json.dumps(broken)

    def call_stream(message: Json) -> bytes:
        done = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": {}}).encode()
        return event_stream(changed, done)

    asyncio.run(scenario())


# ---- several messages in one line -------------------------------------------------------------


def batched(folder: Path, version: str, *lines: str) -> tuple[list[Any], Gateway]:
    """What a host that has agreed upon `version` hears for these lines, and the gateway."""
    hello = HELLO | {"protocolVersion": version}
    heard: list[Any] = []

    async def scenario() -> Gateway:
        script = mcp_gateway(initialize=lambda message: json_answer(message, hello))
        policy = Policy(deny=("change",))
        async with (
            Gateway(script) as gateway,
            client_of(profile(gateway.url, policy=policy), folder, client=Loose()) as client,
        ):
            params = {"protocolVersion": version, "capabilities": {}}
            await client.ask("initialize", params)
            client.send({"method": "notifications/initialized"})
            client.lines.clear()
            for line in lines:
                client.relay.receive(line.encode())
            await client.ask("ping")
            await client.relay.finish()
            heard.extend(json.loads(line) for line in client.lines)
        return gateway

    return heard, asyncio.run(scenario())


class Loose(Client):
    """A client that takes arrays."""

    def deliver(self, line: bytes) -> None:
        """Keep what is no single message."""
        if line.startswith(b"["):
            self.lines.append(line)
            self._news.set()
        else:
            super().deliver(line)


def one(request_id: object, method: str, **params: Any) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": request_id, "method": method, "params": params})


def test_a_batch_is_answered_in_one_line_and_each_call_is_judged(tmp_path: Path) -> None:
    """MCP 2025-03-26, Batching; peers.md §8, behaviour 24: no way around a rule."""
    calls = [one(name, "tools/call", name=name, arguments={}) for name in ("look", "change")]
    note = json.dumps({"jsonrpc": "2.0", "method": "notifications/roots/list_changed"})
    line = f"[{calls[0]}, {note}, {calls[1]}, {one('p', 'ping')}, 7]"
    heard, gateway = batched(tmp_path, "2025-03-26", line)
    (answers,) = [found for found in heard if isinstance(found, list)]
    by_id = {answer["id"]: answer for answer in answers}
    assert set(by_id) == {"look", "change", "p", None}
    assert by_id["look"]["result"]["called"] == "look"
    assert by_id["change"]["error"]["data"]["code"] == "PERMISSION_DENIED"
    assert by_id[None]["error"]["code"] == -32600
    called = [body_of(request) for request in gateway.requests if b'"tools/call"' in request]
    assert [message["params"]["name"] for message in called] == ["look"]
    assert methods(gateway).count("notifications/roots/list_changed") == 1


def test_what_wants_no_answer_gets_none_in_a_batch_either(tmp_path: Path) -> None:
    """JSON-RPC 2.0 §6."""
    note = json.dumps({"jsonrpc": "2.0", "method": "notifications/roots/list_changed"})
    heard, _ = batched(tmp_path, "2025-03-26", f"[{note}]")
    assert [answer["result"] for answer in heard] == [{}], "the ping alone"


@pytest.mark.parametrize("line", ["[]", f"[{one(7, 'ping')}, {one(7, 'tools/list')}]"])
def test_a_batch_that_cannot_be_answered_does_nothing(tmp_path: Path, line: str) -> None:
    """Ours: ids tell answers apart."""
    heard, gateway = batched(tmp_path, "2025-03-26", line)
    assert heard[0]["error"]["code"] == -32600
    assert "tools/list" not in methods(gateway)


def test_other_revisions_have_no_batches(tmp_path: Path) -> None:
    """MCP 2025-06-18, Key Changes 1."""
    heard, _ = batched(tmp_path, "2025-06-18", f"[{one(7, 'ping')}]")
    assert heard[0]["error"]["code"] == -32600


def test_a_cancelled_request_of_a_batch_does_not_keep_the_others(tmp_path: Path) -> None:
    """MCP 2025-03-26, Cancellation and Batching."""
    reached = asyncio.Event()

    def called(_message: Json) -> Play:
        async def stay(_writer: asyncio.StreamWriter, _gateway: Gateway) -> None:
            reached.set()

        return stay

    hello = HELLO | {"protocolVersion": "2025-03-26"}

    async def scenario() -> None:
        script = mcp_gateway(
            initialize=lambda message: json_answer(message, hello), tools_call=called
        )
        async with (
            Gateway(script) as gateway,
            client_of(profile(gateway.url), tmp_path, client=Loose()) as client,
        ):
            await client.greet()
            await client.tools()
            slow = one("slow", "tools/call", name="look", arguments={})
            client.relay.receive(f"[{slow}, {one('p', 'ping')}]".encode())
            await reached.wait()
            client.send({"method": "notifications/cancelled", "params": {"requestId": "slow"}})
            await client.until(lambda: client.lines[-1].startswith(b"["))
            (answer,) = json.loads(client.lines[-1])
            assert answer["id"] == "p"

    asyncio.run(scenario())


# ---- a modern host ----------------------------------------------------------------------------


def test_a_modern_host_is_served_by_the_rules_of_its_revision(tmp_path: Path) -> None:
    """MCP 2026-07-28, stdio; `ModernHost` checks each line."""

    async def greet(call: Call) -> Json:
        found = await call.elicit("Who?")
        return text(str(found["content"]["name"]))

    async def scenario() -> None:
        async with (
            LegacyGateway(greet=greet, secret=greet) as gateway,
            relayed(
                profile(gateway.url, policy=Policy(deny=("secret",))), tmp_path, elicitation={}
            ) as host,
        ):
            listed = (await host.ask("tools/list"))["result"]["tools"]
            assert [tool["name"] for tool in listed] == ["greet"]
            refusal = (await host.call("secret"))["error"]
            assert refusal["data"]["code"] == "PERMISSION_DENIED"
            wish = await host.call("greet")
            (key,) = wish["result"]["inputRequests"]
            answers = {key: {"action": "accept", "content": {"name": "Ada"}}}
            told = await host.retry("greet", wish, answers)
            assert told["result"]["content"][0]["text"] == "Ada"
            host.send({"id": "g9", "result": {}})
            host.send({"method": "notifications/initialized"})
            assert (await host.ask("ping"))["error"]["code"] == -32601
            assert not [one for one in gateway.session.heard if one.get("id") == "g9"]

    asyncio.run(scenario())


def test_a_modern_host_that_hangs_up_is_not_kept_waiting_for_what_it_listens_to(
    tmp_path: Path,
) -> None:
    """peers.md §8, behaviour 11; MCP 2026-07-28, `SubscriptionsListenResult`."""

    async def scenario() -> None:
        async with LegacyGateway() as gateway, relayed(profile(gateway.url), tmp_path) as host:
            wanted = {"notifications": {"toolsListChanged": True}}
            listening = host.begin("subscriptions/listen", wanted)
            await host.until(lambda: host.told)
            await host.finish()
            assert (await listening)["result"]["resultType"] == "complete"
        assert gateway.session.is_deleted

    asyncio.run(scenario())


def test_a_cancelled_subscription_is_told_nothing_more(tmp_path: Path) -> None:
    """MCP 2026-07-28, Subscriptions, "Cancellation"."""

    async def scenario() -> None:
        async with LegacyGateway() as gateway, relayed(profile(gateway.url), tmp_path) as host:
            wanted = {"notifications": {"toolsListChanged": True}}
            first = host.begin("subscriptions/listen", wanted)
            host.begin("subscriptions/listen", wanted)
            await host.until(lambda: len(host.told) == 2)
            host.cancel(first)
            await gateway.say("notifications/tools/list_changed")
            await host.until(lambda: len(host.told) == 3)
            await host.ask("tools/list")
            assert len(host.told) == 3

    asyncio.run(scenario())


def test_a_host_may_probe_and_shake_hands_in_any_order(tmp_path: Path) -> None:
    """protocol.md §5.2: Copilot CLI."""
    prefix = "io.modelcontextprotocol/"
    meta = {f"{prefix}protocolVersion": "2026-07-28", f"{prefix}clientCapabilities": {}}

    async def scenario() -> None:
        for order in ("probe first", "probe last"):
            async with (
                Gateway(mcp_gateway()) as gateway,
                client_of(profile(gateway.url), tmp_path / order) as client,
            ):
                if order == "probe first":
                    await client.ask("server/discover", {"_meta": meta})
                assert (await client.greet())["result"]["serverInfo"]["name"] == "scripted"
                told = await client.ask("server/discover", {"_meta": meta})
                assert told["result"]["resultType"] == "complete"
                assert (await client.tools())[:2] == ["look", "change"]

    asyncio.run(scenario())
