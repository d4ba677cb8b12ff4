"""Which uses of the gateway are worth another authorization request."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.demo.integration.switches import WRITE_SCOPE
from mcp_proxy.errors import InsufficientScope
from mcp_proxy.proxy.person import waiting
from mcp_proxy.proxy.person.step_up import MOST_TRIES, StepUps, operation
from mcp_proxy.wire.jsonrpc import parse
from relay_world import client_of
from sign_in_world import Person, staff_profile, world_of_staff

if TYPE_CHECKING:
    from pathlib import Path

    from mcp_proxy.login.person import SignInPage


def lacking(scope: str | None) -> InsufficientScope:
    error = InsufficientScope("The sign-in does not cover this use", scope=scope)
    error.challenge, error.refused = {"www-authenticate": "Bearer"}, "a1"
    return error


@pytest.mark.parametrize(
    ("params", "use"),
    [
        ({"name": "look", "arguments": {}}, "tools/call look"),
        ({"uri": "file:///a"}, "tools/call file:///a"),
        ({}, "tools/call "),
        ([], "tools/call "),
        (None, "tools/call "),
    ],
)
def test_an_operation_is_a_method_and_what_it_names(params: object, use: str) -> None:
    """MCP 2025-11-25, "Scope Challenge Handling": resource and operation."""
    said = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    message = json.dumps(said | ({} if params is None else {"params": params}))
    assert operation(parse(message.encode())) == use


def test_a_step_up_knows_what_was_refused() -> None:
    """Ours: a sibling may have stepped up meanwhile."""
    required = StepUps().required("tools/call look", lacking("write"))
    assert required.is_step_up
    assert (required.challenge, required.refused) == ({"www-authenticate": "Bearer"}, "a1")


def test_the_same_thing_is_asked_for_once() -> None:
    """MCP 2025-11-25: track failures to avoid repeated ones. Other uses are other pairs."""
    step_ups = StepUps()
    step_ups.tried("tools/call look", lacking("write"))
    with pytest.raises(InsufficientScope):
        step_ups.required("tools/call look", lacking("write"))
    assert step_ups.required("tools/call look", lacking("admin"))
    assert step_ups.required("tools/call change", lacking("write"))


def test_a_gateway_that_always_wants_more_gets_no_more() -> None:
    """MCP 2025-11-25: no more than a few times; three authorization requests in all."""
    step_ups = StepUps()
    for number in range(MOST_TRIES):
        step_ups.tried("tools/list ", lacking(f"scope-{number}"))
    with pytest.raises(InsufficientScope):
        step_ups.required("tools/list ", lacking("another"))


def test_what_worked_may_be_asked_for_again_one_day() -> None:
    """Ours: a renewal can narrow what was granted (RFC 6749 §6)."""
    step_ups = StepUps()
    step_ups.tried("tools/call look", lacking(None))
    step_ups.worked("tools/call look")
    step_ups.worked("tools/call other")
    assert step_ups.required("tools/call look", lacking(None))


def test_a_use_that_needs_more_is_agreed_to_and_then_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MCP 2025-11-25, "Scope Challenge Handling"; SEP-2350: the union of the scopes."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            world.faults.scopes["list_integrations"] = WRITE_SCOPE
            person, chosen = Person(), staff_profile(world)
            async with client_of(chosen, tmp_path, on_page=person.open) as client:
                await client.greet()
                assert await client.tools()
                assert "result" in await client.call("list_integrations")
                assert "scope=mcp+mcp%3Awrite" in person.opened[1].replace("%20", "+")
                assert "result" in await client.call("list_integrations")
            assert (len(person.opened), world.counters.scope_refusals) == (2, 1)

    asyncio.run(scenario())


def test_twenty_calls_that_need_more_share_one_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md §8, behaviour 10."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            world.faults.scopes["list_integrations"] = WRITE_SCOPE
            person, chosen = Person(), staff_profile(world)
            async with client_of(chosen, tmp_path, on_page=person.open) as client:
                await client.greet()
                await client.tools()
                calls = [client.call("list_integrations") for _ in range(20)]
                assert all("result" in told for told in await asyncio.gather(*calls))
            assert len(person.opened) == 2

    asyncio.run(scenario())


def test_a_call_waits_a_moment_for_more_access_and_then_explains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 3: a bounded wait; the page stays open, and the next call is served."""
    monkeypatch.setattr(waiting, "CALL_SECONDS", 0.1)

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            world.faults.scopes["list_integrations"] = WRITE_SCOPE
            person, chosen = Person(), staff_profile(world)
            pages: list[SignInPage] = []
            is_shown = asyncio.Event()

            def show(page: SignInPage) -> None:
                pages.append(page)
                if len(pages) == 1:
                    person.open(page)
                else:
                    is_shown.set()

            async with client_of(chosen, tmp_path, on_page=show) as client:
                await client.greet()
                await client.tools()
                told = (await client.call("list_integrations"))["result"]
                assert told["isError"]
                assert "more access" in told["content"][0]["text"]
                await is_shown.wait()
                told = (await client.call("list_integrations"))["result"]
                assert pages[1].url in told["content"][0]["text"]
                person.is_back.clear()
                person.open(pages[1])
                await person.is_back.wait()
                monkeypatch.setattr(waiting, "CALL_SECONDS", 5.0)
                assert "isError" not in (await client.call("list_integrations"))["result"]
            assert len(pages) == 2

    asyncio.run(scenario())


def test_a_person_who_does_not_agree_is_not_asked_for_the_same_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours; everything else goes on."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            world.faults.scopes["list_integrations"] = WRITE_SCOPE
            person, chosen = Person(), staff_profile(world)
            async with client_of(chosen, tmp_path, on_page=person.open) as client:
                await client.greet()
                await client.tools()
                person.is_allowed = False
                told = json.dumps(await client.call("list_integrations"))
                assert "said no" in told
                again = (await client.call("list_integrations"))["error"]
                assert WRITE_SCOPE in again["data"]["hint"]
                assert "result" in await client.ask("prompts/list")
            assert len(person.opened) == 2

    asyncio.run(scenario())


def test_what_was_granted_already_opens_no_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MCP 2025-11-25: a gateway that refuses a scope which it was shown."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            # The demo grants this scope, and its gateway never finds it in a token.
            world.faults.scopes["list_integrations"] = WRITE_SCOPE
            person, chosen = Person(), staff_profile(world, scope=f"mcp {WRITE_SCOPE}")
            async with client_of(chosen, tmp_path, on_page=person.open) as client:
                await client.greet()
                await client.tools()
                world.faults.scopes["list_integrations"] = "mcp  "
                told = (await client.call("list_integrations"))["error"]
                assert "yet the gateway refuses" in told["message"]
            assert len(person.opened) == 1

    asyncio.run(scenario())
