"""A token that somebody brings."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.catalog.facts import FactStore, Lesson
from mcp_proxy.config.model import Auth
from mcp_proxy.errors import SignInRequired
from mcp_proxy.login.given import keep_token
from mcp_proxy.login.keys import catalog_key
from mcp_proxy.login.sign_in import sign_in
from mcp_proxy.login.sign_out import sign_out
from mcp_proxy.oauth.model import GIVEN
from mcp_proxy.tokens.store import GrantStore
from net_world import Gateway, answer
from relay_world import client_of, header_of, home, mcp_gateway, profile

if TYPE_CHECKING:
    from pathlib import Path


def test_a_token_is_kept_sealed_and_sent(tmp_path: Path) -> None:
    """peers.md §8, behaviours 14 and 28."""

    async def scenario() -> None:
        async with Gateway(mcp_gateway()) as gateway:
            chosen = profile(gateway.url, auth=Auth())
            ends_at = time.time() + 86_400
            grant = await keep_token(chosen, home(tmp_path), "sgk_canary", expires_at=ends_at)
            assert (grant.grant_type, grant.tokens.expires_at) == (GIVEN, ends_at)
            assert [kept for _, kept in GrantStore(home(tmp_path).vault).all()] == [grant]
            async with client_of(chosen, tmp_path) as client:
                await client.greet()
            sent = {header_of(request, "Authorization") for request in gateway.requests}
            assert sent == {"Bearer sgk_canary"}
            assert client.pages == []

    asyncio.run(scenario())
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in files if b"sgk_canary" in path.read_bytes()] == []


def test_a_token_that_the_gateway_refuses_opens_no_page(tmp_path: Path) -> None:
    """systems.md §7.4: revoked, expired or for another deployment; no browser."""

    async def scenario() -> None:
        async with Gateway(answer(b"", status="401 Unauthorized")) as gateway:
            chosen = profile(gateway.url, auth=Auth())
            await keep_token(chosen, home(tmp_path), "sgk_canary")
            async with client_of(chosen, tmp_path) as client:
                await client.greet()
                told = (await client.call("look"))["error"]
            assert "revoked" in told["message"]
            assert "--token-file" in told["data"]["hint"]
            assert client.pages == []

    asyncio.run(scenario())


def test_a_token_that_has_ended_is_not_replaced_by_a_page_either(tmp_path: Path) -> None:
    """Ours: who brought a key wants to hear of it."""

    async def scenario() -> None:
        async with Gateway(answer(b"", status="401 Unauthorized")) as gateway:
            chosen = profile(gateway.url, auth=Auth())
            await keep_token(chosen, home(tmp_path), "sgk", expires_at=time.time() - 1)
            with pytest.raises(SignInRequired, match="expired"):
                await sign_in(chosen, home(tmp_path), on_waiting=lambda _page: None, unasked=True)

    asyncio.run(scenario())


def test_a_token_is_forgotten_by_a_sign_out(tmp_path: Path) -> None:
    """Ours: nobody can be asked to revoke it."""

    async def scenario() -> None:
        chosen = profile("https://gateway.example/mcp", auth=Auth())
        await keep_token(chosen, home(tmp_path), "sgk_canary")
        left = await sign_out(chosen, home(tmp_path))
        assert (left.removed, left.revoked) == (True, False)
        assert GrantStore(home(tmp_path).vault).all() == []

    asyncio.run(scenario())


def test_what_another_token_was_refused_is_forgotten(tmp_path: Path) -> None:
    """systems.md X27: at the next sign-in, by all processes."""
    chosen, facts = profile("https://x.example", auth=Auth()), FactStore(home(tmp_path).catalogs)
    asyncio.run(keep_token(chosen, home(tmp_path), "sgk"))
    key = catalog_key(chosen, home(tmp_path))
    facts.keep_lessons(key, [Lesson("create", "is refused", None, None, time.time())])
    asyncio.run(keep_token(chosen, home(tmp_path), "sgk-2"))
    assert facts.lessons(key) == ()
