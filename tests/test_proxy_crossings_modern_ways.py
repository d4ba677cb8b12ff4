from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from modern_gateway import Call, Json, ModernGateway, text, tool
from net_world import Gateway
from relay_world import Client, client_of, json_answer, mcp_gateway, methods, profile
from test_proxy_crossings_legacy_host import host
from test_proxy_gateway_acquaintance import http_error, modern_play, remembered, visit

if TYPE_CHECKING:
    from pathlib import Path

REGION = {"type": "string", "x-mcp-header": "Region"}
WRONG = {"type": "object", "x-mcp-header": "Region"}


async def works(_call: Call) -> Json:
    """A tool."""
    return text("done")


def test_arguments_are_repeated_as_the_list_says(tmp_path: Path) -> None:
    """MCP 2026-07-28, Streamable HTTP, Custom Headers; the tool's own name, not the alias."""
    entry = tool("größe.look", region=REGION)

    async def scenario() -> None:
        async with (
            ModernGateway(tools=[entry]) as gateway,
            host(gateway, tmp_path) as client,
        ):
            gateway.calls["größe.look"] = works
            (shown,) = await client.tools()
            assert shown != "größe.look", "no host takes this name"
            assert "result" in await client.call(shown, region="Zürich")
            called = gateway.last("tools/call").headers
            assert called["mcp-name"] == "=?base64?Z3LDtsOfZS5sb29r?="
            assert called["mcp-param-region"] == "=?base64?WsO8cmljaA==?="

    asyncio.run(scenario())


def test_a_list_that_has_changed_is_learnt_when_a_call_shows_it(tmp_path: Path) -> None:
    """MCP 2026-07-28, Streamable HTTP, Client Behavior: list again, retry once."""

    async def scenario() -> None:
        async with (
            ModernGateway(tools=[tool("look")], look=works) as gateway,
            host(gateway, tmp_path) as client,
        ):
            assert await client.tools() == ["look"]
            gateway.tools = [tool("look", region=REGION)]
            assert "result" in await client.call("look", region="eu")
            assert gateway.last("tools/call").headers["mcp-param-region"] == "eu"

    asyncio.run(scenario())


def test_a_tool_that_is_listed_wrongly_is_left_out_and_somebody_is_told_once(
    tmp_path: Path,
) -> None:
    """MCP 2026-07-28, Streamable HTTP: exclude, log a warning; the others stay."""

    async def scenario() -> None:
        entries = [tool("wrong", region=WRONG), tool("right", region=REGION)]
        async with ModernGateway(tools=entries, wrong=works, right=works) as gateway:
            for _ in range(2):
                async with host(gateway, tmp_path) as client:
                    for _ in range(2):
                        assert await client.tools() == ["right"]
                    error = (await client.call("wrong", region={}))["error"]
                    assert error["data"]["rule"] == "x-mcp-header"
                    assert "result" in await client.call("right", region="eu")
                    (told,) = client.complaints
                    assert told.startswith("the tool wrong is left out: its parameter 'region'")
            called = [call.params["name"] for call in gateway.asked if "name" in call.params]
            assert called == ["right", "right"]

    asyncio.run(scenario())


def test_an_annotation_means_nothing_to_a_legacy_gateway(tmp_path: Path) -> None:
    """MCP 2025-11-25 knows no such thing: the tool is a tool."""
    tools = {"tools": [tool("wrong", region=WRONG)]}

    async def scenario() -> None:
        play = mcp_gateway(tools_list=lambda message: json_answer(message, tools))
        async with Gateway(play) as gateway:

            async def story(client: Client) -> None:
                assert await client.tools() == ["wrong"]
                assert "result" in await client.call("wrong")

            await visit(gateway.url, tmp_path, story)

    asyncio.run(scenario())


@pytest.mark.parametrize(("code", "asked"), [(-32022, 2), (-32021, 2)])
def test_a_probe_that_was_refused_in_the_modern_way_is_tried_once_more(
    tmp_path: Path, code: int, asked: int
) -> None:
    """MCP 2026-07-28, Versioning: retry with a version that both speak."""
    probes: list[object] = []

    def probed(message: Json) -> bytes:
        probes.append(message["id"])
        if len(probes) == 1:
            return http_error(message, code, "400 Bad Request", ["2026-07-28"])
        told = {"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}}
        return json_answer(message, told | {"instructions": "second"})

    async def scenario() -> None:
        async with Gateway(modern_play(server_discover=probed)) as gateway:
            async with client_of(profile(gateway.url), tmp_path) as client:
                greeting = await client.greet()
                assert greeting["result"]["instructions"] == "second"
            assert len(set(probes)) == asked

    asyncio.run(scenario())


def test_a_gateway_that_never_says_what_it_is_is_modern_all_the_same(tmp_path: Path) -> None:
    """Ours: the error has told its era, and its calls can be made."""

    async def scenario() -> None:
        def shy(message: Json) -> bytes:
            return http_error(message, -32021, "400 Bad Request")

        async with Gateway(modern_play(server_discover=shy)) as gateway:
            await visit(gateway.url, tmp_path)
            assert remembered(tmp_path, gateway.url)["modern"]
            assert methods(gateway).count("server/discover") == 2

    asyncio.run(scenario())


def test_a_gateway_whose_second_word_takes_back_the_first_is_what_the_first_said(
    tmp_path: Path,
) -> None:
    """Ours: only the modern era has such an error."""
    answers = iter([-32022, -32601])

    async def scenario() -> None:
        def torn(message: Json) -> bytes:
            return http_error(message, next(answers), "400 Bad Request")

        async with Gateway(modern_play(server_discover=torn)) as gateway:
            await visit(gateway.url, tmp_path)
            assert remembered(tmp_path, gateway.url)["modern"]

    asyncio.run(scenario())
