"""A person and a hand-written client, for the tests of the demo world."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from mcp_proxy.demo.browser import sign_in
from mcp_proxy.demo.integration import tools
from mcp_proxy.demo.integration.desk import Denied, Desk
from mcp_proxy.demo.integration.identities import identities
from mcp_proxy.demo.integration.seed import fresh_instance
from mcp_proxy.demo.ledger import s256
from mcp_proxy.demo.switches import Counters

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mcp_proxy.demo.integration.instance import Instance
    from mcp_proxy.demo.integration.world import IntegrationWorld

Changes = dict[str, str]
VERIFIER = secrets.token_urlsafe(48)


def authorization_url(world: IntegrationWorld, changes: Changes | None = None) -> str:
    """A good authorization request of the registered client, changed; an empty value leaves out."""
    asked = {
        "response_type": "code",
        "client_id": world.client_id,
        "redirect_uri": world.redirect_uri,
        "state": "s-1",
        "code_challenge": s256(VERIFIER),
        "code_challenge_method": "S256",
        "resource": world.url,
        "scope": "mcp",
    } | (changes or {})
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{world.origin}/o/authorize/?{query}"


async def redirected(
    world: IntegrationWorld,
    changes: Changes | None = None,
    *,
    account: str = "staff-full",
    is_allowed: bool = True,
) -> dict[str, str]:
    """What the redirect says after somebody has opened the authorization request."""
    page = await asyncio.to_thread(
        sign_in,
        authorization_url(world, changes),
        account=account,
        is_allowed=is_allowed,
        until=world.redirect_uri,
    )
    query = parse_qs(urlsplit(page.location or "").query)
    return {name: values[0] for name, values in query.items()} or {"page": str(page.status)}


async def token_request(
    world: IntegrationWorld,
    form: dict[str, str],
    *,
    secret: str | None = None,
    method: str = "basic",
) -> httpx2.Response:
    """POST a form to the token endpoint as the registered client."""
    secret = world.client_secret if secret is None else secret
    if method == "post":
        form = form | {"client_id": world.client_id, "client_secret": secret}
    basic = httpx2.BasicAuth(world.client_id, secret) if method == "basic" else None
    async with httpx2.AsyncClient(auth=basic) as client:
        return await client.post(f"{world.origin}/o/token/", data=form)


def code_form(world: IntegrationWorld, code: str, **changes: str) -> dict[str, str]:
    """A good token request for a code, with changes."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": VERIFIER,
        "redirect_uri": world.redirect_uri,
        "resource": world.url,
    } | changes


async def tokens(world: IntegrationWorld, account: str = "staff-full") -> dict[str, Any]:
    """Signed in: the answer of the token endpoint."""
    answer = await redirected(world, account=account)
    found = (await token_request(world, code_form(world, answer["code"]))).json()
    assert "access_token" in found, found
    return dict(found)


async def refreshed(world: IntegrationWorld, refresh_token: str, **changes: str) -> httpx2.Response:
    """The answer to a refresh request."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "resource": world.url}
    return await token_request(world, form | changes)


@asynccontextmanager
async def session(
    world: IntegrationWorld, token: str, **callbacks: Any
) -> AsyncIterator[ClientSession]:
    """An MCP session of the SDK's own client, initialized."""
    bearer = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=bearer) as client,
        streamable_http_client(world.url, http_client=client) as streams,
        ClientSession(*streams, **callbacks) as found,
    ):
        await found.initialize()
        yield found


def ask(
    tool: str,
    arguments: dict[str, Any],
    account: str = "staff-full",
    instance: Instance | None = None,
) -> dict[str, Any]:
    """What a tool answers, without any wire; a refusal's answer for what is refused."""
    desk = Desk(instance or fresh_instance(), identities()[account], Counters(), tool)
    try:
        answer = asyncio.run(tools.call(desk, tool, arguments))
    except Denied as denied:
        return denied.answer
    assert answer is not None
    return answer
