"""Somebody who speaks to the demo's ScaiMCP by hand."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx2
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from mcp_proxy.demo.scaimcp.world import ScaiWorld

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

ACCEPT = {"Accept": "application/json, text/event-stream"}


def in_world(scenario: Callable[[ScaiWorld], Awaitable[Any]], **options: Any) -> Any:
    """What a scenario comes to in a world of its own."""

    async def run() -> Any:
        async with asyncio.timeout(60), ScaiWorld.start(**options) as world:
            return await scenario(world)

    return asyncio.run(run())


async def post(
    world: ScaiWorld,
    token: str | None,
    method: str,
    headers: Mapping[str, str] | None = None,
    **params: Any,
) -> httpx2.Response:
    """One JSON-RPC request to the MCP endpoint."""
    bearer = {} if token is None else {"Authorization": f"Bearer {token}"}
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    async with httpx2.AsyncClient(headers={**ACCEPT, **bearer, **(headers or {})}) as client:
        return await client.post(world.url, json=body)


def message(response: httpx2.Response) -> dict[str, Any]:
    """The JSON-RPC message in an answer, whether it is a body or an event."""
    assert response.status_code == 200, response.text
    if response.headers["content-type"].startswith("application/json"):
        return dict(response.json())
    lines = [line[6:] for line in response.text.splitlines() if line.startswith("data: {")]
    return dict(json.loads(lines[-1]))


async def listed(world: ScaiWorld, token: str) -> list[str]:
    """The names on the list of whoever comes with `token`."""
    answer = message(await post(world, token, "tools/list"))
    return [tool["name"] for tool in answer["result"]["tools"]]


async def result(world: ScaiWorld, token: str, tool: str, **arguments: Any) -> dict[str, Any]:
    """The result of a call, whole."""
    answer = message(await post(world, token, "tools/call", name=tool, arguments=arguments))
    return dict(answer["result"])


async def called(world: ScaiWorld, token: str, tool: str, **arguments: Any) -> dict[str, Any]:
    """The JSON in the one text block of a call's result."""
    found = await result(world, token, tool, **arguments)
    (block,) = found["content"]
    return dict(json.loads(block["text"]))


async def rest(
    world: ScaiWorld, token: str | None, path: str, method: str = "GET", body: object = None
) -> httpx2.Response:
    """One request to a REST surface."""
    bearer = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=bearer) as client:
        return await client.request(method, world.origin + path, json=body)


@asynccontextmanager
async def session(world: ScaiWorld, token: str, **callbacks: Any) -> AsyncIterator[ClientSession]:
    """The SDK's own client, initialized."""
    bearer = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=bearer) as client,
        streamable_http_client(world.url, http_client=client) as streams,
        ClientSession(*streams, **callbacks) as found,
    ):
        await found.initialize()
        yield found
