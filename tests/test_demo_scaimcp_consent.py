"""Asking before a tool of the tier `confirm` runs."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import mcp_types as types
import pytest

from mcp_proxy.demo.scaimcp.consent import Consent, is_yes
from scai_person import called, in_world, post, result, session

if TYPE_CHECKING:
    from mcp.client.session import ClientRequestContext

    from mcp_proxy.demo.scaimcp.world import ScaiWorld

MODERN = "2026-07-28"


def tool(world: ScaiWorld, last: str) -> str:
    """The full name of a remote tool that the linker sees."""
    return next(n for n in world.registry.tools(world.people["linker"]) if n.endswith("." + last))


@pytest.mark.parametrize(("said", "is_run"), [("accept", True), ("decline", False)])
def test_a_client_that_can_ask_is_asked_on_the_stream_of_the_call(
    said: str, *, is_run: bool
) -> None:
    """SL-TUT; MCP 2025-11-25, Elicitation. Without sessions: every POST is a new one."""
    asked: list[str] = []

    async def elicited(
        _context: ClientRequestContext, params: types.ElicitRequestParams
    ) -> types.ElicitResult:
        asked.append(params.message)
        content: dict[str, Any] = {"confirm": True} if is_run else {}
        return types.ElicitResult.model_validate({"action": said, "content": content})

    async def scenario(world: ScaiWorld) -> None:
        name = tool(world, "create_page")
        async with session(world, world.key("linker"), elicitation_callback=elicited) as found:
            answer = await found.call_tool(name, {"title": "t"})
            assert isinstance(answer, types.CallToolResult)
        assert asked == [f"Run {name}?"]
        assert world.counters.effects == ({name: 1} if is_run else {})
        assert ("CONSENT_DENIED" in str(answer.content)) is not is_run

    in_world(scenario)


def test_where_nobody_can_be_asked_it_does_not_run() -> None:
    """Ours: the code."""

    async def scenario(world: ScaiWorld) -> None:
        found = await called(world, world.key("linker"), tool(world, "create_page"), title="t")
        assert found["error"]["code"] == "CONSENT_REQUIRED"
        assert not world.counters.effects

    in_world(scenario)


def test_what_is_locked_never_runs_and_what_is_auto_always_does() -> None:
    """SL-TUT."""

    async def scenario(world: ScaiWorld) -> None:
        key = world.key("linker")
        locked = await called(world, key, tool(world, "empty_trash"))
        assert locked["error"]["code"] == "CONSENT_LOCKED"
        assert (await called(world, key, tool(world, "list_events")))["tool"] == "list_events"
        assert not world.counters.effects

    in_world(scenario)


@pytest.mark.parametrize(("said", "is_run"), [("accept", True), ("cancel", False)])
def test_from_2026_07_28_on_it_asks_with_an_interim_result(said: str, *, is_run: bool) -> None:
    """MCP 2026-07-28, Multi Round-Trip Requests."""

    async def scenario(world: ScaiWorld) -> None:
        key, name = world.key("linker"), tool(world, "create_page")
        meta = {
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientCapabilities": {"elicitation": {"form": {}}},
        }
        headers = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/call", "Mcp-Name": name}
        params: dict[str, Any] = {"name": name, "arguments": {"title": "t"}, "_meta": meta}
        first = (await post(world, key, "tools/call", headers, **params)).json()["result"]
        assert first["resultType"] == "input_required"
        ((question, asked),) = first["inputRequests"].items()
        assert asked["method"] == "elicitation/create"
        content = {"content": {"confirm": True}} if is_run else {}
        params["inputResponses"] = {question: {"action": said} | content}
        second = (await post(world, key, "tools/call", headers, **params)).json()["result"]
        assert ("CONSENT_DENIED" in str(second)) is not is_run
        assert world.counters.effects == ({name: 1} if is_run else {})

    in_world(scenario, revision=MODERN)


def test_a_caller_who_goes_away_is_not_waited_for() -> None:
    """Ours."""

    async def scenario() -> None:
        consent, sent = Consent(), []
        parts = [{"type": "http.request", "body": b"{}"}, {"type": "http.disconnect"}]

        async def receive() -> Any:
            return parts.pop(0)

        async def send(message: Any) -> None:
            sent.append(message)

        assert await consent.asked("tool", receive, send) is None
        assert b"elicitation/create" in sent[1]["body"]

    asyncio.run(scenario())


def test_only_an_answer_to_an_open_question_is_taken() -> None:
    """Ours: a guessed id confirms nothing, while a question is open neither."""

    async def scenario() -> None:
        consent, is_asked = Consent(), asyncio.Event()
        sent: list[Any] = []
        received: asyncio.Queue[Any] = asyncio.Queue()
        received.put_nowait({"type": "http.request", "body": b"{}"})

        async def send(message: Any) -> None:
            sent.append(message)
            if message["type"] == "http.response.body":
                is_asked.set()

        asking = asyncio.create_task(consent.asked("tool", received.get, send))
        await is_asked.wait()
        yes = {"action": "accept", "content": {"confirm": True}}
        assert not consent.takes({"id": "consent-guessed", "result": yes})
        asked = json.loads(sent[1]["body"].partition(b"data: ")[2])
        assert consent.takes({"id": asked["id"], "result": yes})
        assert not consent.takes({"id": asked["id"], "result": yes})
        found = await asking
        assert found is not None
        assert found[0] is True

    asyncio.run(scenario())
    consent = Consent()
    assert not consent.takes({"id": "consent-guessed", "result": {"action": "accept"}})
    assert not consent.takes({"id": 1, "method": "tools/call"})
    assert not is_yes("accept")
    assert not is_yes({"action": "accept", "content": {"confirm": "yes"}})


def test_who_can_be_asked_is_what_was_said_last() -> None:
    """Ours: a gateway without sessions remembers the caller."""
    consent = Consent()
    able = {"method": "initialize", "params": {"capabilities": {"elicitation": {}}}}
    consent.learn("usr", able)
    assert consent.can_ask("usr")
    consent.learn("usr", {"method": "tools/list"})
    assert consent.can_ask("usr")
    consent.learn("usr", {"method": "initialize", "params": {"capabilities": {}}})
    assert not consent.can_ask("usr")


def test_the_body_of_a_confirmed_call_is_judged_as_any_other() -> None:
    """SC-API: the call is checked when it runs."""

    async def scenario(world: ScaiWorld) -> None:
        found = await result(world, world.key("linker"), tool(world, "create_page"))
        assert "VALIDATION_ERROR" in str(found)

    in_world(scenario)
