from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.wire.mcp import REVISIONS
from modern_gateway import TAG, Call, Json, M, ModernGateway, RpcError, text, wants
from modern_host import Relayed, relayed
from relay_world import profile

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    Story = Callable[[Relayed, ModernGateway], Awaitable[None]]

FORM = {"type": "object", "properties": {}}
NAME = {"method": "elicitation/create", "params": {"message": "Who?", "requestedSchema": FORM}}


@pytest.fixture(autouse=True)
def brief_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams are taken up again at once."""
    monkeypatch.setattr("mcp_proxy.proxy.crossings.listening.FIRST_PAUSE", 0.001)


def play(folder: Path, story: Story, **calls: Any) -> ModernGateway:
    """A strict host and a strict gateway, with us between."""

    async def scenario() -> ModernGateway:
        gateway = ModernGateway(**calls)
        async with gateway, relayed(profile(gateway.url), folder, elicitation={}) as host:
            await story(host, gateway)
            assert host.complaints == []
        return gateway

    return asyncio.run(scenario())


async def works(_call: Call) -> Json:
    """A tool."""
    return text("done")


def test_bytes_pass_both_ways(tmp_path: Path) -> None:
    """Issue 5: modern and modern; the host's own `_meta` is what the gateway reads."""
    asked: list[Json] = []

    async def look(call: Call) -> Json:
        asked.append(call.message)
        return {"content": [], "n": 12345678901234567890, "structuredContent": [1.5]}

    async def story(host: Relayed, gateway: ModernGateway) -> None:
        answer = await host.call("look", {"ü": 12345678901234567890}, token="t")
        assert answer["result"]["n"] == 12345678901234567890
        (message,) = asked
        assert message["params"]["arguments"] == {"ü": 12345678901234567890}
        assert message["params"]["_meta"] == host.meta(progressToken="t")
        assert gateway.refused == []

    gateway = play(tmp_path, story, look=look)
    assert "initialize" not in gateway.names()


def test_a_wish_for_input_and_its_retry_are_the_hosts_own_business(tmp_path: Path) -> None:
    """MCP 2026-07-28, MRTR: end to end, state and all."""

    async def greet(call: Call) -> Json:
        if "inputResponses" not in call.params:
            return wants("s\u00e4", who=NAME)
        assert call.params["requestState"] == "s\u00e4"
        return text(call.params["inputResponses"]["who"]["content"]["name"])

    async def story(host: Relayed, _gateway: ModernGateway) -> None:
        wish = await host.call("greet")
        assert wish["result"]["inputRequests"] == {"who": NAME}
        yes = {"who": {"action": "accept", "content": {"name": "A"}}}
        done = await host.retry("greet", wish, yes)
        assert done["result"]["content"][0]["text"] == "A"

    play(tmp_path, story, greet=greet)


def test_a_probe_is_answered_with_what_can_be_spoken_through_us(tmp_path: Path) -> None:
    """MCP 2026-07-28, Discovery and Versioning."""

    async def story(host: Relayed, _gateway: ModernGateway) -> None:
        found = (await host.ask("server/discover"))["result"]
        # Not the gateway's next revision; and the legacy ones are served here.
        assert found["supportedVersions"] == list(REVISIONS)
        assert found["_meta"][f"{M}serverInfo"]["name"] == "strict"
        assert found["capabilities"]["tools"] == {"listChanged": True}

    play(tmp_path, story, versions=("2027-01-01", "2026-07-28"), capabilities={"tools": {}})


def test_a_subscription_is_one_to_the_host_however_many_streams_it_takes(tmp_path: Path) -> None:
    """Issue 5: `subscriptionId` is the host's own; after a gap all may have changed."""

    async def story(host: Relayed, gateway: ModernGateway) -> None:
        wanted = {"resourceSubscriptions": ["a://1"], "resourcesListChanged": True}
        held = host.begin("subscriptions/listen", {"notifications": wanted}, request_id="s")
        await host.until(lambda: host.told)
        await gateway.until(lambda: gateway.listening)
        (first,) = gateway.listening
        gateway.announce("notifications/resources/updated", uri="a://1")
        await host.until(lambda: len(host.told) == 2)
        first.break_off()
        await gateway.until(lambda: gateway.listening and gateway.listening[0] is not first)
        await host.until(lambda: len(host.told) == 4)
        gateway.listening[0].over.set_result(None)  # type: ignore[attr-defined]
        assert (await held)["result"]["_meta"][TAG] == "s"
        assert [one["method"].rpartition("/")[2] for one in host.told] == [
            "acknowledged", "updated", "list_changed", "updated",
        ]  # fmt: skip
        assert {one["params"]["_meta"][TAG] for one in host.told} == {"s"}

    play(tmp_path, story)


def test_a_subscription_that_the_gateway_refuses_is_refused(tmp_path: Path) -> None:
    """Issue 5: error code and data survive."""

    async def full(_call: Call) -> Json:
        raise RpcError(-32603, "Subscription limit reached", {"most": 1})

    async def story(host: Relayed, gateway: ModernGateway) -> None:
        gateway.methods["subscriptions/listen"] = full
        answer = await host.ask("subscriptions/listen", {"notifications": {}})
        assert answer["error"]["data"] == {"most": 1}

    play(tmp_path, story)


def test_a_cancellation_closes_the_stream_and_nothing_is_posted(tmp_path: Path) -> None:
    """MCP 2026-07-28, Cancellation: a notification on stdio, a closed stream on HTTP."""

    async def hangs(_call: Call) -> Json:
        await asyncio.Event().wait()
        return {}

    async def story(host: Relayed, gateway: ModernGateway) -> None:
        held = host.begin("tools/call", {"name": "hangs"})
        await gateway.until(lambda: "tools/call" in gateway.names())
        host.cancel(held)
        await gateway.until(lambda: gateway.last("tools/call").was_left)
        assert gateway.told == []
        assert "result" in await host.ask("tools/list")

    play(tmp_path, story, hangs=hangs)


def test_log_messages_come_with_the_request_that_wants_them(tmp_path: Path) -> None:
    """MCP 2026-07-28, Logging."""

    async def logs(call: Call) -> Json:
        assert call.params["_meta"][f"{M}logLevel"] == "info"
        call.tell("notifications/message", {"level": "info", "data": "one"})
        return text("done")

    async def story(host: Relayed, _gateway: ModernGateway) -> None:
        assert "result" in await host.call("logs", log="info")
        assert [one["params"]["data"] for one in host.told] == ["one"]

    play(tmp_path, story, logs=logs)
