"""What is asked behind the calls."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.proxy.refused.behind import emptiness
from mcp_proxy.proxy.refused.learnt import LESSON_SECONDS
from mcp_proxy.proxy.refused.refusals import Refusals
from refusing_world import listing, named, talk, told, until
from relay_world import json_answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from net_world import Gateway
    from relay_world import Client, Json

CHANGED = "notifications/tools/list_changed"
DENIED = {"error": {"code": "PERMISSION_DENIED", "message": "lacks models:manage"}}
SCAI = {"preset": "scaimcp"}
IG = {"preset": "integration-gateway"}


def heard(client: Client) -> int:
    """How often the client was told that there are other tools."""
    return sum(one["method"] == CHANGED for one in client.told)


def lists(gateway: Gateway) -> int:
    return sum(b'"tools/list"' in request for request in gateway.requests)


def shelf(*lists: tuple[str, ...]) -> Callable[[Json], bytes]:
    """Answers one list after the other, the last for ever."""
    left = list(lists)

    def answer(message: Json) -> bytes:
        return listing(*(left.pop(0) if len(left) > 1 else left[0]))(message)

    return answer


def test_a_tool_refused_for_itself_vanishes_with_one_notification(tmp_path: Path) -> None:
    """X27; the gateway's list is the same as before."""

    async def story(client: Client, gateway: Gateway) -> None:
        assert await client.tools() == ["models_create", "me_get"]
        answer = await client.call("models_create")
        assert answer["result"]["isError"] is True
        await client.until(lambda: heard(client))
        assert lists(gateway) == 2
        assert await client.tools() == ["me_get"]
        again = (await client.call("models_create"))["error"]
        assert (again["data"]["code"], again["data"]["rule"]) == ("PERMISSION_DENIED", "learnt")
        assert "models:manage (PERMISSION_DENIED)" in again["message"]
        assert sum(b'"tools/call"' in request for request in gateway.requests) == 1
        assert heard(client) == 1

    talk(
        tmp_path,
        story,
        SCAI,
        tools_call=lambda message: told(message, DENIED),
        tools_list=listing("models_create", "me_get"),
    )


@pytest.mark.parametrize(
    "document",
    [
        {"error": {"code": "VALIDATION_ERROR", "message": "no such id"}},
        {"error": {"code": "RATE_LIMITED", "message": "slow", "retry_after": 60}},
        {"models": []},
    ],
)
def test_what_is_not_about_the_tool_hides_nothing(tmp_path: Path, document: object) -> None:
    """X27: unknown id, rate limit, empty result."""

    async def story(client: Client, gateway: Gateway) -> None:
        await client.tools()
        await client.call("models_list")
        assert await client.tools() == ["models_list"]
        assert lists(gateway) == 2
        assert heard(client) == 0

    talk(
        tmp_path,
        story,
        SCAI,
        tools_call=lambda message: told(message, document),
        tools_list=listing("models_list"),
    )


def test_a_permission_taken_away_between_list_and_call_shows_in_the_list(tmp_path: Path) -> None:
    """systems.md §7.4: refusal, then a re-list; the new list says it all, and nothing is learnt."""

    async def story(client: Client, gateway: Gateway) -> None:
        await client.tools()
        await client.call("models_create")
        await client.until(lambda: heard(client))
        assert await client.tools() == ["me_get"]
        # Given back, it is there at once: what was learnt ended with the other list.
        assert await client.tools() == ["models_create", "me_get"]
        assert heard(client) == 1
        assert lists(gateway) == 4

    talk(
        tmp_path,
        story,
        SCAI,
        tools_call=lambda message: told(message, DENIED),
        tools_list=shelf(
            ("models_create", "me_get"), ("me_get",), ("me_get",), ("models_create", "me_get")
        ),
    )


def test_a_new_tool_appears_without_a_restart(tmp_path: Path) -> None:
    """systems.md §7.2: after `execute_integration` with a `tool_definition`; run once."""
    asked: list[str] = []

    def answer(message: Json) -> bytes:
        asked.append(named(message))
        return told(message, {"success": True})

    async def story(client: Client, gateway: Gateway) -> None:
        await client.tools()
        await client.call("execute_integration", integration_id=1, payload={})
        assert heard(client) == 0
        await client.call(
            "execute_integration", integration_id=1, payload={}, tool_definition={"name": "send"}
        )
        await client.until(lambda: heard(client))
        assert await client.tools() == ["execute_integration", "send"]
        await client.call("send")
        assert asked == ["execute_integration", "execute_integration", "send"]
        assert lists(gateway) == 3

    talk(
        tmp_path,
        story,
        IG,
        tools_call=answer,
        tools_list=shelf(("execute_integration",), ("execute_integration", "send")),
    )


def test_a_registration_that_changed_nothing_tells_nothing(tmp_path: Path) -> None:
    """Ours: a notification means that something is different."""

    async def story(client: Client, gateway: Gateway) -> None:
        await client.tools()
        await client.call("execute_integration", tool_definition={})
        await until(client, lambda: lists(gateway) == 2)
        await client.ask("prompts/list")
        assert heard(client) == 0

    talk(
        tmp_path,
        story,
        IG,
        tools_call=lambda message: told(message, {"success": False, "validation_errors": []}),
        tools_list=listing("execute_integration"),
    )


def test_a_list_that_fails_behind_a_refusal_is_nobodys_trouble(tmp_path: Path) -> None:
    """Ours: the client hears that a tool is gone."""
    answers = [listing("models_create")]

    def tools_list(message: Json) -> bytes:
        return answers.pop()(message) if answers else json_answer(message, {"tools": 5})

    async def story(client: Client, _gateway: Gateway) -> None:
        await client.tools()
        await client.call("models_create")
        await client.until(lambda: heard(client))
        assert client.complaints == []

    talk(
        tmp_path,
        story,
        SCAI,
        tools_call=lambda message: told(message, DENIED),
        tools_list=tools_list,
    )


def test_a_list_of_nothing_is_explained_once(tmp_path: Path) -> None:
    """SC-TRBL: the three causes."""

    async def story(client: Client, _gateway: Gateway) -> None:
        assert await client.tools() == ["me_get", "modules_list"]
        await client.tools()
        (told_once,) = client.complaints
        assert told_once == (
            "the gateway shows this identity no tools: no module is enabled for the tenant, the"
            " identity holds no permission that opens a tool, or it is signed in to another"
            " tenant than the one meant"
        )

    talk(tmp_path, story, SCAI, tools_list=listing("me_get", "modules_list"))


def test_one_cause_is_told_plainly() -> None:
    """Ours."""
    assert emptiness(("it is closed",)) == (
        "the gateway shows this identity no tools: it is closed"
    )


def test_the_hour_ends_by_itself_and_a_sign_in_ends_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X27: the clock is the loop's, turned by hand."""
    timers: list[tuple[float, Callable[[], None]]] = []
    made: list[Refusals] = []
    clock = [1_000_000.0]

    class Turned(Refusals):
        """Refusals whose clock is turned by the test."""

        def __init__(self, *world: Any) -> None:
            side, view, who, catalogs, key, trail, _now, emit, complain = world
            super().__init__(
                side, view, who, catalogs, key, trail, lambda: clock[0], emit, complain
            )
            made.append(self)

    monkeypatch.setattr("mcp_proxy.proxy.assembly.Refusals", Turned)

    async def story(client: Client, _gateway: Gateway) -> None:
        loop = asyncio.get_running_loop()
        real = loop.call_later

        def call_later(delay: float, deed: Any, *rest: Any, **context: Any) -> Any:
            if delay == LESSON_SECONDS:
                timers.append((delay, deed))
            return real(delay, deed, *rest, **context)

        monkeypatch.setattr(loop, "call_later", call_later)
        await client.tools()
        await client.call("models_create")
        await client.until(lambda: heard(client) == 1)
        assert await client.tools() == ["me_get"]
        clock[0] += LESSON_SECONDS
        timers[-1][1]()
        assert heard(client) == 2
        assert await client.tools() == ["models_create", "me_get"]
        await client.call("models_create")
        await client.until(lambda: heard(client) == 3)
        made[0].signed_in()
        assert heard(client) == 4
        assert await client.tools() == ["models_create", "me_get"]

    talk(
        tmp_path,
        story,
        SCAI,
        tools_call=lambda message: told(message, DENIED),
        tools_list=listing("models_create", "me_get"),
    )
