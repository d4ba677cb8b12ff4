from __future__ import annotations

import asyncio

import pytest

from legacy_gateway import Call, Json, LegacyGateway, RpcError, text
from sessions_world import Direct, play, words


def levels(gateway: LegacyGateway) -> list[str]:
    """The levels that the gateway was told, in order."""
    return [
        one["params"]["level"]
        for one in gateway.session.heard
        if one.get("method") == "logging/setLevel"
    ]


def test_the_most_curious_request_under_way_sets_the_level() -> None:
    """MCP 2026-07-28, Logging: each hears its own level and above, and no more."""
    go = asyncio.Event()

    async def chatter(call: Call) -> Json:
        await go.wait()
        for level in ("debug", "error"):
            call.tell("notifications/message", level=level, data=call.message["id"])
        return text("done")

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        curious = host.begin("tools/call", {"name": "chatter"}, log="debug")
        await gateway.until(lambda: gateway.sessions and "tools/call" in gateway.session.methods())
        other = host.begin("tools/call", {"name": "chatter"}, log="error")
        await gateway.until(lambda: gateway.session.methods().count("tools/call") == 2)
        assert levels(gateway) == ["debug"]
        go.set()
        await asyncio.gather(curious, other)
        told = sorted((one["params"]["data"], one["params"]["level"]) for one in host.told)
        assert told == [(1, "debug"), (1, "error"), (2, "error")]

    play(story, chatter=chatter)


def test_a_gateway_that_refuses_a_level_is_used_without() -> None:
    """Ours: logs are a courtesy."""

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        gateway.refused.add("logging/setLevel")
        assert words(await host.call("quiet", log="info")) == "done"
        assert words(await host.call("quiet", log="info")) == "done"
        assert levels(gateway) == ["info"]

    async def quiet(_call: Call) -> Json:
        return text("done")

    play(story, quiet=quiet)


def test_a_session_that_cannot_be_had_is_tried_again() -> None:
    """peers.md §8, behaviour 21: later recovery without a restart."""

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        gateway.refused.add("initialize")
        answer = await host.ask("tools/list")
        assert answer["error"]["data"]["type"] == "RemoteProtocolError"
        gateway.refused.clear()
        assert "result" in await host.ask("tools/list")

    play(story)


@pytest.mark.parametrize("aside", [False, True])
def test_a_message_that_cannot_be_judged_is_not_passed_on(aside: bool) -> None:  # noqa: FBT001 - drawn
    """Ours: what names a member twice may be a request for one reader, and none for another."""
    long = "x" * (1 << 18)

    async def odd(call: Call) -> Json:
        stream = await call.session.own_stream if aside else call.stream
        stream.send_raw(b'{"jsonrpc":"2.0","method":"a","method":"%b"}' % long.encode())
        return text("done")

    async def story(host: Direct, _gateway: LegacyGateway) -> None:
        assert words(await host.call("odd")) == "done"
        if aside:
            await host.until(lambda: host.complaints)
        assert host.told == host.heard == []
        assert "cannot be judged" in host.complaints.pop()

    play(story, odd=odd)


def test_what_does_not_reach_the_gateway_is_told() -> None:
    """Ours: on stderr; the host has its answer."""

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        wanted = {"resourceSubscriptions": ["a://b"]}
        listening = host.begin("subscriptions/listen", {"notifications": wanted})
        await host.until(lambda: host.told)
        await gateway.stop()
        host.cancel(listening)
        await host.until(lambda: host.complaints)
        assert "did not reach the gateway" in host.complaints.pop()

    play(story)


def test_progress_on_the_gateways_own_stream_finds_its_request() -> None:
    """MCP 2026-07-28, Progress: with the request, and nowhere else."""

    async def aside(call: Call) -> Json:
        token = call.params["_meta"]["progressToken"]
        stream = await call.session.own_stream
        params = {"progressToken": token, "progress": 1}
        stream.send({"method": "notifications/progress", "params": params})
        await call.ask("ping", {})
        return text("done")

    async def story(host: Direct, _gateway: LegacyGateway) -> None:
        assert words(await host.call("aside", token="t")) == "done"
        await host.until(lambda: host.told)
        assert host.told[0]["params"] == {"progressToken": "t", "progress": 1}

    play(story, aside=aside)


def test_a_call_that_fails_is_answered_with_its_error() -> None:
    """peers.md §8, behaviour 15: code, message and data."""

    async def fail(_call: Call) -> Json:
        raise RpcError(-32000, "it does not work", [1, {"a": None}])

    async def story(host: Direct, _gateway: LegacyGateway) -> None:
        error = (await host.call("fail"))["error"]
        assert error == {"code": -32000, "message": "it does not work", "data": [1, {"a": None}]}

    play(story, fail=fail)
