"""Ordinary calls take the short way, and whatever is not ordinary ends as it always did."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.policy.model import Policy
from mcp_proxy.proxy import lane
from net_world import OK, Gateway, answer, sends, turns
from relay_world import (
    Client,
    Json,
    body_of,
    client_of,
    event_stream,
    json_answer,
    mcp_gateway,
    methods,
    profile,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from net_world import Play

    Story = Callable[[Client, Gateway], Awaitable[None]]


def rows(folder: Path) -> list[Json]:
    """The lines of the audit."""
    return [json.loads(line) for line in (folder / "audit.jsonl").read_text().splitlines()]


def begun(client: Client, tool: str = "look", **arguments: object) -> asyncio.Future[Json]:
    """Begin a call that takes the short way: no task of its own."""
    before = len(client.relay._requests)
    call = client.begin("tools/call", {"name": tool, "arguments": arguments})
    assert len(client.relay._lane._calls) == 1
    assert len(client.relay._requests) == before
    return call


def play(folder: Path, calls: list[bytes | Play], story: Story, **chosen: Any) -> Gateway:
    """`story` with a client that has a session, a list and a connection at rest.

    `calls` are what the gateway does about one `tools/call` after the other.
    """
    script = iter(calls)

    async def scenario() -> Gateway:
        gateway = Gateway(mcp_gateway(tools_call=lambda _message: next(script)))
        async with gateway, client_of(profile(gateway.url, **chosen), folder) as client:
            await client.greet()
            await client.tools()
            await turns()
            await story(client, gateway)
        return gateway

    return asyncio.run(scenario())


def said(called: str = "look", request_id: int = 3) -> Json:
    """A result of a call."""
    return {"jsonrpc": "2.0", "id": request_id, "result": {"content": [], "called": called}}


def as_json(message: Json, *headers: str) -> bytes:
    """It in one piece."""
    return answer(json.dumps(message).encode(), "Content-Type: application/json", *headers)


def test_an_ordinary_call_needs_no_task_and_is_audited(tmp_path: Path) -> None:
    """Issue 6, Hot path. It is as permitted, as counted and as much on record as any."""

    async def story(client: Client, _gateway: Gateway) -> None:
        assert (await begun(client, x=1)) == said()
        assert not client.relay._lane._calls

    gateway = play(tmp_path, [as_json(said())], story)
    assert methods(gateway).count("tools/call") == 1
    (row,) = rows(tmp_path)
    assert (row["tool"], row["outcome"], row["argument_names"]) == ("look", "answered", ["x"])


def test_an_answer_that_comes_as_an_event_is_as_ordinary(tmp_path: Path) -> None:
    """MCP 2025-11-25, Transports: a gateway may answer so."""

    async def story(client: Client, _gateway: Gateway) -> None:
        assert (await begun(client)) == said()
        assert client.told == []

    play(tmp_path, [event_stream(b"", json.dumps(said()).encode())], story)


PROGRESS = b'{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1}}'
PARTS = json.dumps(said()).encode()
HEAD = OK + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(PARTS)


@pytest.mark.parametrize(
    "reply",
    [
        sends(HEAD, PARTS),
        sends(HEAD + PARTS[:20], PARTS[20:]),
        event_stream(PROGRESS, PARTS),
    ],
)
def test_an_answer_in_pieces_is_put_together(tmp_path: Path, reply: bytes | Play) -> None:
    """peers.md §8, behaviour 15. What comes besides is handed on."""

    async def story(client: Client, _gateway: Gateway) -> None:
        assert (await begun(client)) == said()
        assert [one["method"] for one in client.told] in ([], ["notifications/progress"])

    gateway = play(tmp_path, [reply], story)
    assert methods(gateway).count("tools/call") == 1
    assert [row["outcome"] for row in rows(tmp_path)] == ["answered"]


def test_what_did_not_run_is_sent_again(tmp_path: Path) -> None:
    """peers.md §8, behaviours 2 and 18: a session that the gateway has forgotten."""

    async def story(client: Client, _gateway: Gateway) -> None:
        assert (await begun(client)) == said()

    gateway = play(tmp_path, [answer(b"", status="404 Not Found"), as_json(said())], story)
    assert methods(gateway).count("initialize") == 2
    assert [row["outcome"] for row in rows(tmp_path)] == ["answered"]


def test_what_may_have_run_is_not_sent_again(tmp_path: Path) -> None:
    """peers.md §8, behaviour 19. Not even where a lost connection is all that came."""

    async def story(client: Client, _gateway: Gateway) -> None:
        error = (await begun(client, "change"))["error"]
        assert error["data"]["type"] == "OutcomeUnknown"

    gateway = play(tmp_path, [sends(then="close")], story)
    assert methods(gateway).count("tools/call") == 1
    assert [row["outcome"] for row in rows(tmp_path)] == ["OutcomeUnknown"]


def test_what_does_no_harm_twice_is_sent_again(tmp_path: Path) -> None:
    """peers.md §8, behaviour 19: the gateway vouches that the tool only reads."""

    async def story(client: Client, _gateway: Gateway) -> None:
        assert (await begun(client)) == said()

    gateway = play(tmp_path, [sends(then="close"), as_json(said())], story)
    assert methods(gateway).count("tools/call") == 2


ERROR = {"jsonrpc": "2.0", "id": 3, "error": {"code": -32000, "message": "No", "data": {"a": 1}}}


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (as_json(ERROR), -32000),
        (answer(json.dumps(ERROR).encode(), status="400 Bad Request"), -32000),
        (answer(b"", status="500 Oh"), 1005),
        (answer(b"<html>", "Content-Type: text/html"), 1005),
        (as_json(said(request_id=4)), 1005),
    ],
)
def test_an_error_is_told_as_ever(tmp_path: Path, reply: bytes, code: int) -> None:
    """peers.md §8, behaviours 15 and 21."""

    async def story(client: Client, _gateway: Gateway) -> None:
        assert (await begun(client, "change"))["error"]["code"] == code

    gateway = play(tmp_path, [reply], story)
    assert methods(gateway).count("tools/call") == 1
    assert [row["outcome"] for row in rows(tmp_path)] != ["answered"]


def test_a_gateway_that_is_busy_is_asked_again(tmp_path: Path) -> None:
    """systems.md SC-RATE. What only reads waits as long as it is told to."""
    busy = answer(b"", "Retry-After: 0", status="429 Too Many Requests")

    async def story(client: Client, _gateway: Gateway) -> None:
        assert (await begun(client)) == said()

    play(tmp_path, [busy, as_json(said())], story)


def test_a_call_that_is_no_longer_wanted_is_cancelled(tmp_path: Path) -> None:
    """MCP 2025-11-25, Cancellation: the gateway hears of it, and nothing is answered."""

    async def story(client: Client, gateway: Gateway) -> None:
        call = begun(client)
        await gateway.seen(requests=5)
        client.send({"method": "notifications/cancelled", "params": {"requestId": 3}})
        await gateway.seen(ended=1)
        await turns()
        assert not call.done()
        assert not client.relay._requests

    gateway = play(tmp_path, [sends()], story)
    assert "notifications/cancelled" in methods(gateway)
    assert [row["outcome"] for row in rows(tmp_path)] == ["cancelled"]


def test_a_call_that_takes_long_gets_a_task_and_its_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md §8, behaviour 21: given up in the end, with an answer."""
    monkeypatch.setattr(lane, "PATIENCE", 0.02)

    async def story(client: Client, _gateway: Gateway) -> None:
        error = (await begun(client, "change"))["error"]
        assert "no sign of life" in error["message"]

    play(tmp_path, [sends()], story, call_timeout_seconds=0.1)
    assert [row["outcome"] for row in rows(tmp_path)] == ["OutcomeUnknown"]


def test_a_call_that_is_slow_is_answered_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours. The audit tells the whole time it took."""
    monkeypatch.setattr(lane, "PATIENCE", 0.02)
    go = asyncio.Event()

    async def slow(writer: asyncio.StreamWriter, _gateway: Gateway) -> None:
        await go.wait()
        writer.write(as_json(said()))

    async def story(client: Client, _gateway: Gateway) -> None:
        call = begun(client)
        async with asyncio.timeout(20):
            while not client.relay._requests:
                await turns()
        go.set()
        assert (await call) == said()

    play(tmp_path, [slow], story)
    (row,) = rows(tmp_path)
    assert row["duration_ms"] >= 20


def test_two_calls_with_one_id_are_not_confused(tmp_path: Path) -> None:
    """Ours. The second would be taken for the answer to the first."""

    async def story(client: Client, _gateway: Gateway) -> None:
        call = begun(client)
        client.send({"id": 3, "method": "tools/call", "params": {"name": "look"}})
        assert json.loads(client.lines[-1])["error"]["code"] == -32600
        assert (await call) == said()

    play(tmp_path, [as_json(said())], story)


def test_a_call_under_way_at_the_end_is_answered(tmp_path: Path) -> None:
    """Issue 6: EOF with a call in flight."""
    go = asyncio.Event()

    async def slow(writer: asyncio.StreamWriter, _gateway: Gateway) -> None:
        await go.wait()
        writer.write(as_json(said()))

    async def story(client: Client, _gateway: Gateway) -> None:
        call = begun(client)
        finished = asyncio.create_task(client.relay.finish())
        await turns()
        go.set()
        await finished
        assert call.result() == said()

    play(tmp_path, [slow], story)


def test_a_call_under_way_that_is_given_up_is_on_record(tmp_path: Path) -> None:
    """Ours. A signal leaves no time for it."""

    async def story(client: Client, _gateway: Gateway) -> None:
        begun(client)

    play(tmp_path, [sends()], story)
    assert [row["outcome"] for row in rows(tmp_path)] == ["cancelled"]


def test_a_fault_of_ours_is_an_answer_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """peers.md §8, behaviour 21."""

    def broken(*_args: object) -> bytes:
        raise ZeroDivisionError

    async def story(client: Client, _gateway: Gateway) -> None:
        monkeypatch.setattr(client.relay._responder, "plain_answer", broken)
        assert (await begun(client))["error"]["code"] == -32603
        assert "ZeroDivisionError" in client.complaints[-1]

    play(tmp_path, [as_json(said())], story)


def test_what_is_refused_here_is_refused_here(tmp_path: Path) -> None:
    """systems.md X16, X17. The short way judges as the other one does."""

    async def story(client: Client, _gateway: Gateway) -> None:
        assert (await client.call("change"))["error"]["code"] == 1004

    gateway = play(tmp_path, [], story, policy=Policy(deny=("change",)))
    assert methods(gateway).count("tools/call") == 0


def test_a_renamed_tool_goes_the_long_way_under_its_own_name(tmp_path: Path) -> None:
    """systems.md X15."""

    async def story(client: Client, _gateway: Gateway) -> None:
        name = (await client.tools())[2]
        answered = await client.call(name)
        assert answered["id"] == 4

    reply = as_json(said(request_id=4))
    gateway = play(tmp_path, [reply], story)
    called = [body_of(one) for one in gateway.requests if b'"tools/call"' in one]
    assert [one["params"]["name"] for one in called] == ["remote.pages.search"]


def test_nothing_overtakes_the_handshake(tmp_path: Path) -> None:
    """MCP 2025-11-25, Lifecycle: first `initialized` must be taken."""
    settled = asyncio.Event()

    def told(_message: Json) -> Play:
        async def late(writer: asyncio.StreamWriter, _gateway: Gateway) -> None:
            await settled.wait()
            writer.write(answer(b"", status="202 Accepted"))

        return late

    async def scenario() -> None:
        script = mcp_gateway(
            notifications_initialized=told,
            tools_call=lambda message: json_answer(message, {"content": []}),
        )
        async with (
            Gateway(script) as gateway,
            client_of(profile(gateway.url), tmp_path) as client,
        ):
            await client.greet()
            await turns()
            call = client.begin("tools/call", {"name": "look"})
            await turns()
            assert methods(gateway).count("tools/call") == 0
            settled.set()
            assert "result" in await call

    asyncio.run(scenario())
