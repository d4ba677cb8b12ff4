"""What a sign-in is about."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.errors import GatewayUnreachable
from mcp_proxy.login.terms import ask_for_challenge, find_terms
from mcp_proxy.net.http import Web
from mcp_proxy.oauth.http import HttpResponse
from sign_in_world import free_port, staff_profile, world_of_staff

if TYPE_CHECKING:
    from mcp_proxy.login.terms import Terms


def found(monkeypatch: pytest.MonkeyPatch, *, auth: dict[str, Any], **how: Any) -> Terms:
    async def scenario() -> Terms:
        async with world_of_staff(monkeypatch) as world, Web() as web:
            terms = await find_terms(web, staff_profile(world, **auth), **how)
            assert terms.server.issuer == world.issuer
            assert terms.resource == world.url
            return terms

    return asyncio.run(scenario())


def test_the_gateway_is_asked_where_no_answer_of_its_is_at_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """MCP 2026-07-28, "Authorization Server Discovery"."""
    terms = found(monkeypatch, auth={}, headers=None)
    assert terms.scope == "mcp"
    assert not terms.is_step_up


def test_a_challenge_names_the_scope(monkeypatch: pytest.MonkeyPatch) -> None:
    """MCP 2026-07-28, "Scope Selection Strategy"."""
    headers = {"www-authenticate": 'Bearer scope="mcp:write"'}
    assert found(monkeypatch, auth={}, headers=headers).scope == "mcp:write"
    assert found(monkeypatch, auth={"scope": "mine"}, headers=headers).scope == "mine"


def test_a_step_up_adds_to_what_was_granted(monkeypatch: pytest.MonkeyPatch) -> None:
    """SEP-2350."""
    headers = {"www-authenticate": 'Bearer error="insufficient_scope", scope="mcp:write"'}
    terms = found(monkeypatch, auth={}, headers=headers, granted="mcp")
    assert terms.scope == "mcp mcp:write"
    assert terms.is_step_up
    # RFC 6749 §5.1: a scope that no answer named.
    assert found(monkeypatch, auth={}, headers=headers, granted="").is_step_up


def test_without_a_gateway_there_are_no_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world, Web() as web:
            await world.stop()
            with pytest.raises(GatewayUnreachable):
                await find_terms(web, staff_profile(world), None)

    asyncio.run(scenario())


def test_the_gateway_is_asked_as_by_a_client_that_brings_nothing() -> None:
    """MCP 2025-11-25: an `initialize`; a gateway that wants no token answers it and forgets."""
    flow = ask_for_challenge(f"http://127.0.0.1:{free_port()}/mcp")
    request = next(flow)
    assert request.method == "POST"
    assert b'"method":"initialize"' in (request.body or b"")
    assert "Authorization" not in request.headers
    with pytest.raises(StopIteration) as end:
        flow.send(HttpResponse(401, {"www-authenticate": "Bearer"}))
    assert end.value.value == {"www-authenticate": "Bearer"}
