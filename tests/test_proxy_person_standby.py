from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from legacy_gateway import LegacyGateway
from modern_host import relayed
from relay_world import profile
from sign_in_world import Person, free_port, staff_profile, world_of_staff

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

WANTED = {"notifications": {"toolsListChanged": True, "promptsListChanged": True}}


def test_a_subscription_outlives_a_gateway_that_is_down(tmp_path: Path) -> None:
    """Ours. It is acknowledged once, and hears of the gateway as soon as there is one."""
    port = free_port()

    async def scenario() -> None:
        async with relayed(profile(f"http://127.0.0.1:{port}/mcp"), tmp_path) as host:
            host.begin("subscriptions/listen", WANTED)
            await host.until(lambda: host.told)
            assert host.told[0]["params"]["notifications"] == WANTED["notifications"]
            assert "error" in await host.ask("prompts/list")
            async with LegacyGateway(at=port) as gateway:
                assert "result" in await host.ask("prompts/list")
                await gateway.say("notifications/prompts/list_changed")
                await host.until(lambda: len(host.told) == 2)
                assert host.told[1]["method"] == "notifications/prompts/list_changed"

    asyncio.run(scenario())


def test_who_listens_before_a_sign_in_is_told_of_the_tools_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md §8, behaviour 8. To listen opens no page."""
    monkeypatch.setattr("mcp_proxy.proxy.person.waiting.LIST_SECONDS", 0.1)

    async def scenario() -> None:
        async with (
            world_of_staff(monkeypatch) as world,
            relayed(staff_profile(world), tmp_path) as host,
        ):
            host.begin("subscriptions/listen", WANTED)
            await host.until(lambda: host.told)
            assert host.pages == []
            tools = (await host.ask("tools/list"))["result"]["tools"]
            assert [tool["name"] for tool in tools] == ["sign_in"]
            await host.until(lambda: host.pages)
            Person().open(host.pages[0])
            await host.until(lambda: len(host.told) == 2)
            assert host.told[1]["method"] == "notifications/tools/list_changed"
            assert len((await host.ask("tools/list"))["result"]["tools"]) > 1

    asyncio.run(scenario())


def test_what_is_no_subscription_is_refused_while_the_gateway_is_down(tmp_path: Path) -> None:
    """MCP 2026-07-28, Subscriptions: -32602."""

    async def scenario() -> None:
        url = f"http://127.0.0.1:{free_port()}/mcp"
        async with relayed(profile(url), tmp_path) as host:
            answer = await host.ask("subscriptions/listen", {"notifications": 1})
            assert answer["error"]["code"] == -32602

    asyncio.run(scenario())
