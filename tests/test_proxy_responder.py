from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from mcp_proxy.config.model import Auth
from mcp_proxy.login.person import SignInPage
from mcp_proxy.policy.model import Policy
from mcp_proxy.proxy.person import waiting
from net_world import Gateway, answer
from relay_world import Json, client_of, header_of, json_answer, mcp_gateway, profile
from sign_in_world import Person, staff_profile, world_of_staff

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def become_impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on nobody comes in time."""
    monkeypatch.setattr(waiting, "LIST_SECONDS", 0.2)
    monkeypatch.setattr(waiting, "CALL_SECONDS", 0.2)


def text_of(result: Json) -> str:
    """The text of a tool result."""
    return str(result["content"][0]["text"])


def test_the_first_list_signs_in_and_is_the_gateways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """architecture.md §5: one page, then the tools."""

    async def scenario() -> None:
        person = Person()
        async with (
            world_of_staff(monkeypatch) as world,
            client_of(staff_profile(world), tmp_path, on_page=person.open) as client,
        ):
            await client.greet()
            assert client.pages == []
            assert "list_integrations" in await client.tools()
            listed = await client.call("list_integrations")
            assert not listed["result"].get("isError")
            assert world.counters.authorizations == 1

    asyncio.run(scenario())


def test_nobody_waits_for_a_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """peers.md §8, behaviours 8 and 9; systems.md X1."""

    become_impatient(monkeypatch)

    async def scenario() -> None:
        person = Person()
        async with (
            world_of_staff(monkeypatch) as world,
            client_of(staff_profile(world), tmp_path) as client,
        ):
            greeted = (await client.greet())["result"]
            assert greeted["capabilities"]["tools"] == {"listChanged": True}
            assert await client.tools() == ["sign_in"]
            assert (await client.ask("prompts/list"))["result"] == {"prompts": []}
            explained = (await client.call("list_integrations"))["result"]
            assert explained["isError"] is True
            assert client.pages[0] in text_of(explained)
            assert client.pages[0] in text_of((await client.call("sign_in"))["result"])
            assert len(client.pages) == 1
            person.open(SignInPage(client.pages[0]))
            await client.until(lambda: len(client.told) == 2)
            assert [one["method"] for one in client.told] == [
                "notifications/prompts/list_changed",
                "notifications/tools/list_changed",
            ]
            assert "list_integrations" in await client.tools()

    asyncio.run(scenario())


def test_a_rule_about_facts_does_not_refuse_what_nobody_could_list_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours. Read-only, and nobody signed in: the page, not a refusal; names are refused at once."""
    become_impatient(monkeypatch)

    async def scenario() -> None:
        policy = Policy(read_only=True, deny=("delete_*",))
        async with world_of_staff(monkeypatch) as world:
            chosen = replace(staff_profile(world), permissions=policy)
            async with client_of(chosen, tmp_path) as client:
                await client.greet()
                refused = await client.call("delete_integration_component")
                assert refused["error"]["data"]["rule"] == "deny"
                assert client.pages == []
                assert (await client.call("list_integrations"))["result"]["isError"] is True
                # Whoever is this impatient may hear of a sign-in before it has a page.
                await client.until(lambda: client.pages)
                explained = (await client.call("list_integrations"))["result"]
                assert client.pages[0] in text_of(explained)

    asyncio.run(scenario())


def test_the_last_list_is_shown_while_a_person_signs_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md X1: the snapshot, marked; calls wait for the sign-in."""

    async def scenario() -> None:
        person = Person()
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world)
            async with client_of(chosen, tmp_path, on_page=person.open) as client:
                await client.greet()
                live = await client.tools()
            world.revoke_all()
            become_impatient(monkeypatch)
            async with client_of(chosen, tmp_path) as client:
                await client.greet()
                assert await client.tools() == live
                assert (await client.call("list_integrations"))["result"]["isError"] is True

    asyncio.run(scenario())


def test_a_gateway_that_asks_for_no_token_gets_none(tmp_path: Path) -> None:
    """Ours. `serve URL` for an open gateway."""

    async def scenario() -> None:
        async with (
            Gateway(mcp_gateway()) as gateway,
            client_of(profile(gateway.url, auth=Auth()), tmp_path) as client,
        ):
            await client.greet()
            assert (await client.call("look"))["result"]["called"] == "look"
            assert header_of(gateway.requests[-1], "authorization") is None
            assert client.pages == []

    asyncio.run(scenario())


def test_the_profiles_headers_are_on_every_request(tmp_path: Path) -> None:
    """Ours."""

    async def scenario() -> None:
        async with (
            Gateway(mcp_gateway()) as gateway,
            client_of(profile(gateway.url, headers={"X-Team": "blue"}), tmp_path) as client,
        ):
            await client.greet()
            await client.call("look")
        assert {header_of(request, "x-team") for request in gateway.requests} == {"blue"}

    asyncio.run(scenario())


def test_a_list_whose_pages_go_in_a_circle_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours."""
    monkeypatch.setattr("mcp_proxy.proxy.tools.listing.MOST_PAGES", 5)

    async def scenario() -> None:
        circle = {"tools": [], "nextCursor": "again"}
        script = mcp_gateway(tools_list=lambda message: json_answer(message, circle))
        async with (
            Gateway(script) as gateway,
            client_of(profile(gateway.url), tmp_path) as client,
        ):
            await client.greet()
            assert "result" in await client.call("look")
            lists = [request for request in gateway.requests if b'"tools/list"' in request]
            assert len(lists) == 5

    asyncio.run(scenario())


def test_a_list_that_wants_more_scope_does_not_stop_a_call(tmp_path: Path) -> None:
    """Ours. What the gateway allows is the gateway's to say, call by call."""
    challenge = 'WWW-Authenticate: Bearer error="insufficient_scope", scope="list"'
    lacking = answer(b"", challenge, status="403 Forbidden")

    async def scenario() -> None:
        async with (
            Gateway(mcp_gateway(tools_list=lambda _message: lacking)) as gateway,
            client_of(profile(gateway.url), tmp_path) as client,
        ):
            await client.greet()
            assert (await client.call("look"))["result"]["called"] == "look"

    asyncio.run(scenario())
