"""A person and a hand-written client at the demo's Stable Baseline."""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from mcp_proxy.demo.baseline.world import BaselineWorld
from mcp_proxy.demo.browser import sign_in
from mcp_proxy.demo.ledger import s256

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from mcp.types import CallToolResult

Json = dict[str, Any]
VERIFIER = secrets.token_urlsafe(48)
REDIRECT_URI = "http://127.0.0.1:7777/callback"


def with_world(scenario: Callable[[BaselineWorld], Awaitable[Any]], **options: Any) -> Any:
    """What a scenario comes to in a world of its own."""

    async def run() -> Any:
        async with asyncio.timeout(20), BaselineWorld.start(**options) as world:
            return await scenario(world)

    return asyncio.run(run())


@asynccontextmanager
async def session(
    world: BaselineWorld, key: str | None, *, agent: str = "test", by_header: bool = False
) -> AsyncIterator[ClientSession]:
    """An MCP session of the SDK's own client, initialized."""
    headers = {"User-Agent": agent}
    if key is not None:
        headers |= {"x-api-key": key} if by_header else {"Authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(headers=headers) as client,
        streamable_http_client(world.url, http_client=client) as streams,
        ClientSession(*streams) as found,
    ):
        await found.initialize()
        yield found


def told(result: CallToolResult) -> Json:
    """What a call's text says."""
    (part,) = result.content
    assert part.type == "text"
    return dict(json.loads(part.text))


async def call(world: BaselineWorld, key: str | None, tool: str, **arguments: object) -> Json:
    """What one call answers, a refusal included."""
    async with session(world, key) as found:
        return told(await found.call_tool(tool, arguments))


async def registered(world: BaselineWorld) -> str:
    """The id of a client that has introduced itself (RFC 7591)."""
    wish = {
        "redirect_uris": [REDIRECT_URI],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
    }
    async with httpx2.AsyncClient() as client:
        answer = await client.post(world.origin + world.layout.register, json=wish)
    assert answer.status_code == 201
    return str(answer.json()["client_id"])


async def redirected(
    world: BaselineWorld, client_id: str, account: str = "owner", **changes: str
) -> dict[str, str]:
    """What the redirect says after somebody has opened the authorization request."""
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": REDIRECT_URI,
        "state": "s-1",
        "code_challenge": s256(VERIFIER),
        "code_challenge_method": "S256",
        "resource": world.url,
        "scope": world.layout.scope,
    } | changes
    query = urlencode({name: value for name, value in asked.items() if value})
    url = f"{world.metadata.sign_in_origin}{world.layout.authorize}?{query}"
    page = await asyncio.to_thread(sign_in, url, account=account, until=REDIRECT_URI)
    found = parse_qs(urlsplit(page.location or "").query)
    return {name: values[0] for name, values in found.items()} or {"page": str(page.status)}


async def tokens(world: BaselineWorld, account: str = "owner", **changes: str) -> Json:
    """Signed in by a client that has introduced itself: the answer of the token endpoint."""
    client_id = await registered(world)
    code = (await redirected(world, client_id, account, **changes))["code"]
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": code,
        "code_verifier": VERIFIER,
        "redirect_uri": REDIRECT_URI,
        "resource": world.url,
    }
    async with httpx2.AsyncClient() as client:
        answer = await client.post(world.origin + world.layout.token, data=form)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
