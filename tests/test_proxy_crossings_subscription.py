from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from modern_gateway import CAPABILITIES, TAG, Call, Json, ModernGateway, RpcError
from relay_world import Client, client_of, profile
from test_proxy_crossings_legacy_host import host

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    Story = Callable[[Client, ModernGateway], Awaitable[None]]

UPDATED = "notifications/resources/updated"
CHANGED = "notifications/tools/list_changed"


@pytest.fixture(autouse=True)
def brief_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams are taken up again at once."""
    monkeypatch.setattr("mcp_proxy.proxy.crossings.listening.FIRST_PAUSE", 0.001)


def play(folder: Path, story: Story, capabilities: Json | None = None) -> None:
    """A host at a gateway with these capabilities."""

    async def scenario() -> None:
        gateway = ModernGateway(capabilities=capabilities or CAPABILITIES)
        async with gateway, host(gateway, folder) as client:
            await story(client, gateway)
            assert client.complaints == []

    asyncio.run(scenario())


def filters(gateway: ModernGateway) -> list[Json]:
    """What was asked to be heard, in order."""
    calls = [call for call in gateway.asked if call.message["method"] == "subscriptions/listen"]
    return [call.params["notifications"] for call in calls]


def told(client: Client) -> list[tuple[str, Json]]:
    """What the host heard."""
    return [(one["method"], one.get("params", {})) for one in client.told]


def test_a_host_hears_of_changed_lists_as_in_a_session(tmp_path: Path) -> None:
    """MCP 2026-07-28, Subscriptions; for the host MCP 2025-11-25, untagged."""

    async def story(client: Client, gateway: ModernGateway) -> None:
        await gateway.until(lambda: gateway.listening)
        gateway.announce(CHANGED)
        gateway.announce("notifications/resources/list_changed")
        await client.until(lambda: len(client.told) == 2)
        assert told(client) == [(CHANGED, {}), ("notifications/resources/list_changed", {})]
        assert filters(gateway) == [{"toolsListChanged": True, "resourcesListChanged": True}]

    play(tmp_path, story)


def test_a_gateway_that_tells_of_nothing_is_not_listened_to(tmp_path: Path) -> None:
    """Ours: a stream that nothing can come on is none."""

    async def story(client: Client, gateway: ModernGateway) -> None:
        assert "result" in await client.ask("tools/list")
        assert filters(gateway) == []

    play(tmp_path, story, {"tools": {}})


def test_resources_are_subscribed_to_one_by_one(tmp_path: Path) -> None:
    """Issue 5: resource subscriptions and the filter of one stream, which never has a gap."""

    async def story(client: Client, gateway: ModernGateway) -> None:
        await gateway.until(lambda: gateway.listening)
        for uri in ("a://1", "a://2", "a://2"):
            assert (await client.ask("resources/subscribe", {"uri": uri}))["result"] == {}
        assert (await client.ask("resources/unsubscribe", {"uri": "a://1"}))["result"] == {}
        assert [one.get("resourceSubscriptions") for one in filters(gateway)] == [
            None, ["a://1"], ["a://1", "a://2"], ["a://2"],
        ]  # fmt: skip
        await gateway.until(lambda: len(gateway.listening) == 1)
        gateway.announce(UPDATED, uri="a://2")
        await client.until(lambda: client.told)
        assert told(client) == [(UPDATED, {"uri": "a://2"})]

    play(tmp_path, story)


def test_the_last_subscription_that_ends_closes_the_stream(tmp_path: Path) -> None:
    """Ours."""

    async def story(client: Client, gateway: ModernGateway) -> None:
        assert "result" in await client.ask("resources/subscribe", {"uri": "a://1"})
        await gateway.until(lambda: gateway.listening)
        assert "result" in await client.ask("resources/unsubscribe", {"uri": "a://1"})
        await gateway.until(lambda: not gateway.listening)

    play(tmp_path, story, {"resources": {"subscribe": True}})


def test_a_resource_that_the_gateway_does_not_watch_is_an_error(tmp_path: Path) -> None:
    """MCP 2026-07-28, Subscriptions: the acknowledged filter is checked."""

    async def story(client: Client, gateway: ModernGateway) -> None:
        await gateway.until(lambda: gateway.listening)
        gateway.honours = lambda wanted: {"toolsListChanged": wanted["toolsListChanged"]}
        answer = await client.ask("resources/subscribe", {"uri": "a://1"})
        assert "does not tell of changes" in answer["error"]["message"]
        gateway.honours = lambda wanted: wanted
        assert "result" in await client.ask("resources/subscribe", {"uri": "a://2"})
        assert filters(gateway)[-1]["resourceSubscriptions"] == ["a://2"]

    play(tmp_path, story)


def test_a_gateway_that_refuses_is_quoted(tmp_path: Path) -> None:
    """Issue 5: error code and data survive."""

    async def full(_call: Call) -> Json:
        raise RpcError(-32603, "Subscription limit reached", {"most": 1})

    async def story(client: Client, gateway: ModernGateway) -> None:
        await gateway.until(lambda: gateway.listening)
        gateway.methods["subscriptions/listen"] = full
        answer = await client.ask("resources/subscribe", {"uri": "a://1"})
        assert answer["error"] == {
            "code": -32603, "message": "Subscription limit reached", "data": {"most": 1},
        }  # fmt: skip
        assert len(gateway.listening) == 1, "the stream before stays"

    play(tmp_path, story)


@pytest.mark.parametrize("params", [{}, {"uri": 7}])
def test_a_subscription_to_nothing_is_refused(tmp_path: Path, params: Json) -> None:
    """MCP 2025-11-25, Resources: a uri is required."""

    async def story(client: Client, _gateway: ModernGateway) -> None:
        assert (await client.ask("resources/subscribe", params))["error"]["code"] == -32602

    play(tmp_path, story)


def test_a_stream_that_broke_is_opened_again_and_everything_may_have_changed(
    tmp_path: Path,
) -> None:
    """MCP 2026-07-28, Subscriptions: nothing is sent again; another id."""

    async def story(client: Client, gateway: ModernGateway) -> None:
        assert "result" in await client.ask("resources/subscribe", {"uri": "a://1"})
        await gateway.until(lambda: len(gateway.listening) == 1)
        (first,) = gateway.listening
        first.break_off()
        await gateway.until(lambda: gateway.listening and gateway.listening[0] is not first)
        await client.until(lambda: len(client.told) == 3)
        assert told(client) == [
            (CHANGED, {}), ("notifications/resources/list_changed", {}), (UPDATED, {"uri": "a://1"}),
        ]  # fmt: skip
        assert gateway.listening[0].id != first.id

    play(tmp_path, story)


def test_a_stream_that_the_gateway_ends_is_opened_again(tmp_path: Path) -> None:
    """MCP 2026-07-28, Subscriptions: a server that shuts down is soon another one."""

    async def story(client: Client, gateway: ModernGateway) -> None:
        await gateway.until(lambda: gateway.listening)
        (first,) = gateway.listening
        first.over.set_result(None)  # type: ignore[attr-defined]
        await gateway.until(lambda: gateway.listening and gateway.listening[0] is not first)
        await client.until(lambda: client.told)

    play(tmp_path, story)


def test_a_host_that_subscribes_before_it_is_ready_is_heard_then(tmp_path: Path) -> None:
    """MCP 2025-11-25, Lifecycle: a gateway tells of nothing before `initialized`."""

    async def scenario() -> None:
        async with (
            ModernGateway(capabilities=CAPABILITIES) as gateway,
            client_of(profile(gateway.url), tmp_path) as client,
        ):
            who = {"name": "old", "version": "1"}
            hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": who}
            await client.ask("initialize", hello)
            assert "result" in await client.ask("resources/subscribe", {"uri": "a://1"})
            assert filters(gateway) == []
            client.send({"method": "notifications/initialized"})
            await gateway.until(lambda: gateway.listening)
            assert filters(gateway)[0]["resourceSubscriptions"] == ["a://1"]
            gateway.announce(UPDATED, uri="a://1")
            await client.until(lambda: client.told)
            assert TAG not in str(client.told)

    asyncio.run(scenario())


def test_a_gateway_that_knows_no_subscriptions_is_left_in_peace(tmp_path: Path) -> None:
    """Ours: a refusal is an answer; nobody asks again and again."""

    async def none(_call: Call) -> Json:
        raise RpcError(-32601, "Method not found")

    async def scenario() -> None:
        async with ModernGateway(capabilities=CAPABILITIES) as gateway:
            gateway.methods["subscriptions/listen"] = none
            async with host(gateway, tmp_path) as client:
                await gateway.until(lambda: filters(gateway))
                for _ in range(3):
                    assert "result" in await client.ask("tools/list")
                assert len(filters(gateway)) == 1

    asyncio.run(scenario())


def test_a_cancelled_subscription_leaves_the_one_before(tmp_path: Path) -> None:
    """MCP 2025-11-25, Cancellation: any request may be."""

    async def story(client: Client, gateway: ModernGateway) -> None:
        await gateway.until(lambda: gateway.listening)
        (first,) = gateway.listening

        async def silent(_call: Call) -> Json:
            await asyncio.Event().wait()
            return {}

        gateway.methods["subscriptions/listen"] = silent
        client.begin("resources/subscribe", {"uri": "a://1"})
        await gateway.until(lambda: len(filters(gateway)) == 2)
        client.send({"method": "notifications/cancelled", "params": {"requestId": 2}})
        await gateway.until(lambda: gateway.asked[-1].was_left)
        assert gateway.listening == [first]

    play(tmp_path, story)
