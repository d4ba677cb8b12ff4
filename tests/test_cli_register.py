"""The gateway's own register of tools, asked for from the terminal."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.catalog.register import Registered
from mcp_proxy.cli.register import fetched, register_of, remembered
from mcp_proxy.config.model import Auth, SecretRef
from mcp_proxy.errors import SignInRequired
from mcp_proxy.values import replace
from net_world import Gateway, answer
from relay_world import header_of, home, profile

if TYPE_CHECKING:
    from pathlib import Path

    from mcp_proxy.config.model import Profile

ROWS = b'[{"name":"a","required_permission":"x:y"}]'
JSON = "Content-Type: application/json"


def chosen(url: str, auth: Auth | None = None) -> Profile:
    """A profile of ScaiMCP with a header of its own."""
    return replace(profile(url, auth=auth, headers={"X-Org": "o"}), preset="scaimcp")


def test_the_request_is_like_every_other_to_the_gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md X21: same token, same headers, same origin, whatever the endpoint's path is."""
    monkeypatch.setenv("SGK", "sgk_1")
    auth = Auth(grant="bearer", token=SecretRef("env", "SGK"))

    async def scenario() -> None:
        async with Gateway(answer(ROWS, JSON)) as gateway:
            found = await fetched(chosen(gateway.url, auth), home(tmp_path))
        assert found is not None
        assert found.tools == (Registered("a", "x:y", None),)
        (request,) = gateway.requests
        assert request.startswith(b"GET /v1/modules/scaimcp/tools HTTP/1.1\r\n")
        assert header_of(request, "Authorization") == "Bearer sgk_1"
        assert header_of(request, "X-Org") == "o"
        assert remembered(chosen(gateway.url), home(tmp_path)) == found

    asyncio.run(scenario())


def test_a_gateway_that_wants_no_token_gets_none(tmp_path: Path) -> None:
    """Ours."""

    async def scenario() -> None:
        async with Gateway(answer(ROWS, JSON)) as gateway:
            assert await fetched(chosen(gateway.url), home(tmp_path)) is not None
        assert header_of(gateway.requests[0], "Authorization") is None

    asyncio.run(scenario())


def test_a_token_that_is_refused_is_not_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md §7.4: a revoked key is not tried for ever."""
    monkeypatch.setenv("SGK", "sgk_1")
    auth = Auth(grant="bearer", token=SecretRef("env", "SGK"))

    async def scenario() -> None:
        async with Gateway(answer(b"", status="401 Unauthorized")) as gateway:
            with pytest.raises(SignInRequired):
                await fetched(chosen(gateway.url, auth), home(tmp_path))
        assert len(gateway.requests) == 1

    asyncio.run(scenario())


def test_who_may_not_read_it_keeps_nothing(tmp_path: Path) -> None:
    """systems.md §7.4: then the reason is unknown."""

    async def scenario() -> None:
        async with Gateway(answer(b"", status="403 Forbidden")) as gateway:
            assert await fetched(chosen(gateway.url), home(tmp_path)) is None
            assert remembered(chosen(gateway.url), home(tmp_path)) is None

    asyncio.run(scenario())


def test_a_system_without_a_register_is_not_asked(tmp_path: Path) -> None:
    """Ours."""

    async def scenario() -> None:
        async with Gateway(answer(ROWS, JSON)) as gateway:
            assert register_of(profile(gateway.url)) is None
            assert await fetched(profile(gateway.url), home(tmp_path)) is None
        assert gateway.requests == []

    asyncio.run(scenario())
