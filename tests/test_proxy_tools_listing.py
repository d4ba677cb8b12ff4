from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from legacy_gateway import Call, Json, LegacyGateway, text
from mcp_proxy.errors import RemoteProtocolError
from modern_host import relayed
from net_world import Gateway, answer
from relay_world import body_of, client_of, json_answer, mcp_gateway, profile

if TYPE_CHECKING:
    from pathlib import Path

MORE = {"tools": [{"name": "b"}]}


def paged(message: Json) -> bytes:
    """Two pages."""
    cursor = message["params"].get("cursor")
    page = MORE if cursor == "2" else {"tools": [{"name": "a"}], "nextCursor": "2"}
    return json_answer(message, page)


def test_every_page_is_asked_for(tmp_path: Path) -> None:
    """MCP 2025-11-25, Pagination."""

    async def scenario() -> None:
        async with (
            Gateway(mcp_gateway(tools_list=paged)) as gateway,
            client_of(profile(gateway.url), tmp_path) as client,
        ):
            await client.greet()
            assert [tool.name for tool in await client.relay.list_all()] == ["a", "b"]
            asked = [body_of(one) for one in gateway.requests if b'"tools/list"' in one]
            assert [one["params"] for one in asked] == [{}, {"cursor": "2"}]

    asyncio.run(scenario())


def test_pages_that_go_in_a_circle_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours."""
    monkeypatch.setattr("mcp_proxy.proxy.tools.listing.MOST_PAGES", 3)
    circle = {"tools": [], "nextCursor": "again"}

    async def scenario() -> None:
        script = mcp_gateway(tools_list=lambda message: json_answer(message, circle))
        async with Gateway(script) as gateway, client_of(profile(gateway.url), tmp_path) as client:
            await client.greet()
            with pytest.raises(RemoteProtocolError, match="no end"):
                await client.relay.list_all()

    asyncio.run(scenario())


def test_a_list_that_is_refused_is_an_error(tmp_path: Path) -> None:
    """Ours."""
    refusal = b'{"jsonrpc":"2.0","id":"mcp-permit-1","error":{"code":1,"message":"not now"}}'

    async def scenario() -> None:
        script = mcp_gateway(tools_list=lambda _: answer(refusal, "Content-Type: application/json"))
        async with Gateway(script) as gateway, client_of(profile(gateway.url), tmp_path) as client:
            await client.greet()
            with pytest.raises(RemoteProtocolError, match="not now"):
                await client.relay.list_all()

    asyncio.run(scenario())


def test_a_modern_hosts_first_call_can_need_a_list(tmp_path: Path) -> None:
    """MCP 2026-07-28: no session without a host, so the list is asked for in its name."""

    async def look(_call: Call) -> Json:
        return text("seen")

    async def scenario() -> None:
        async with (
            LegacyGateway(look=look) as gateway,
            relayed(profile(gateway.url), tmp_path) as host,
        ):
            assert "result" in await host.call("look")
            assert len(gateway.sessions) == 1
            assert gateway.session.methods()[-2:] == ["tools/list", "tools/call"]
            assert gateway.session.params["clientInfo"] == host.info

    asyncio.run(scenario())
