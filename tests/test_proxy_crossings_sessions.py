from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from legacy_gateway import Call, Json, LegacyGateway, RpcError, text
from mcp_proxy.errors import LocalProtocolError
from mcp_proxy.proxy.crossings.sessions import MOST_SESSIONS
from mcp_proxy.proxy.eras.handles import MOST
from mcp_proxy.wire import jsonrpc
from sessions_world import ALL, YES, Direct, facing, greet, play, words

if TYPE_CHECKING:
    from collections.abc import Awaitable

# ---- sessions -----------------------------------------------------------------------------------


def test_a_host_without_handshakes_has_one_session() -> None:
    """peers.md §8, behaviour 18. It is opened in the host's name."""

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        answers = await asyncio.gather(*(host.ask("tools/list") for _ in range(5)))
        assert all("result" in answer for answer in answers)
        assert len(gateway.sessions) == 1
        told = gateway.session.params
        assert (told["clientInfo"], told["capabilities"]) == (host.info, ALL)
        assert gateway.session.methods()[:2] == ["initialize", "notifications/initialized"]
        (listed,) = [one for one in gateway.session.heard if one.get("id") == 1]
        assert listed["params"] == {"_meta": {}}

    play(story)


def test_a_host_that_says_something_else_of_itself_has_another_session() -> None:
    """protocol.md §1.3. Those that nobody uses are left."""

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        for number in range(MOST_SESSIONS + 1):
            host.info = {"name": "h", "version": str(number)}
            await host.ask("tools/list")
        assert len(gateway.sessions) == MOST_SESSIONS + 1
        await gateway.until(lambda: gateway.sessions[0].is_deleted)
        assert not gateway.sessions[1].is_deleted

    play(story)


def test_a_session_with_something_parked_is_not_left() -> None:
    """peers.md §8, behaviour 21: whoever holds a handle is answered."""

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        first, wish = host.info, await host.call("greet")
        for number in range(MOST_SESSIONS):
            host.info = {"name": "h", "version": str(number)}
            await host.ask("tools/list")
        host.info = first
        (key,) = wish["result"]["inputRequests"]
        assert words(await host.retry("greet", wish, {key: YES})) == "Hello A"
        assert not gateway.sessions[0].is_deleted

    play(story, greet=greet)


def test_what_we_ask_ourselves_goes_by_the_session_used_last() -> None:
    """Ours: lists that are looked at behind the calls open no session of their own."""
    listing = jsonrpc.parse(jsonrpc.request("ours", "tools/list", {}))

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        def ask() -> Awaitable[bytes]:
            return host.sessions.ask(listing, repeatable=True, on_message=host.deliver)

        with pytest.raises(LocalProtocolError):
            await ask()
        await host.call("greet")
        assert b'"tools"' in await ask()
        assert len(gateway.sessions) == 1
        assert gateway.session.heard[-1]["id"] == "ours"

    play(story, greet=greet)


def test_all_sessions_end_with_us() -> None:
    """peers.md §8, behaviour 12."""

    async def scenario() -> None:
        async with LegacyGateway(greet=greet) as gateway:
            async with facing(gateway, **ALL) as host:
                await host.call("greet")
                host.info = None
                await host.ask("tools/list")
            assert [session.is_deleted for session in gateway.sessions] == [True, True]

    asyncio.run(scenario())


def test_discovery_tells_what_the_handshake_told() -> None:
    """MCP 2026-07-28, Discovery."""

    async def story(host: Direct, _gateway: LegacyGateway) -> None:
        told = (await host.ask("server/discover"))["result"]
        assert told["instructions"] == "Use it."
        assert "tasks" not in told["capabilities"]

    play(story)


def test_tasks_of_the_other_era_are_unknown() -> None:
    """MCP 2026-07-28, Key Changes 6. Nothing reaches the gateway."""

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        assert (await host.ask("tasks/get", {"taskId": "t"}))["error"]["code"] == -32601
        assert gateway.sessions == []

    play(story)


def test_a_gateway_that_answers_ping_is_answered() -> None:
    """MCP 2025-11-25, Ping: nothing that a modern host knows of."""

    async def pinged(call: Call) -> Json:
        found = await call.ask("ping", {})
        return text(str(found["result"]))

    async def story(host: Direct, _gateway: LegacyGateway) -> None:
        assert words(await host.call("pinged")) == "{}"

    play(story, pinged=pinged)


# ---- questions ----------------------------------------------------------------------------------


def test_a_question_is_answered_by_a_retry() -> None:
    """MCP 2026-07-28, Multi Round-Trip Requests: the gateway never knows."""

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        wish = await host.call("greet")
        assert wish["result"]["requestState"] == "handle-1"
        ((key, asked),) = wish["result"]["inputRequests"].items()
        assert asked["params"]["message"] == "Who?"
        assert words(await host.retry("greet", wish, {key: YES})) == "Hello A"
        assert gateway.session.methods().count("tools/call") == 1

    play(story, greet=greet)


def test_several_rounds_go_on_one_stream() -> None:
    """MCP 2026-07-28, Multi Round-Trip Requests: a handle for each round."""

    async def insist(call: Call) -> Json:
        for round_ in range(3):
            await call.elicit(f"Round {round_}")
        return text("enough")

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        wish, states = await host.call("insist"), list[str]()
        while wish["result"]["resultType"] == "input_required":
            states.append(wish["result"]["requestState"])
            (key,) = wish["result"]["inputRequests"]
            wish = await host.retry("insist", wish, {key: YES})
        assert words(wish) == "enough"
        assert len(set(states)) == 3
        assert gateway.session.methods().count("tools/call") == 1

    play(story, insist=insist)


def test_questions_of_one_moment_are_asked_together_or_one_after_the_other() -> None:
    """MCP 2026-07-28, `InputRequests`. Answers may come one by one."""

    async def both(call: Call) -> Json:
        first, second = await asyncio.gather(call.elicit("A"), call.elicit("B"))
        return text(f"{first['content']['name']} {second['content']['name']}")

    async def story(host: Direct, _gateway: LegacyGateway) -> None:
        wish, seen = await host.call("both"), set[str]()
        while wish["result"]["resultType"] == "input_required":
            key, asked = next(iter(wish["result"]["inputRequests"].items()))
            seen.add(asked["params"]["message"])
            name = asked["params"]["message"].lower()
            yes = {"action": "accept", "content": {"name": name}}
            wish = await host.retry("both", wish, {key: yes})
        assert words(wish) == "a b"
        assert seen == {"A", "B"}

    play(story, both=both)


def test_a_handle_is_used_up_bound_and_not_guessed() -> None:
    """MCP 2026-07-28, Multi Round-Trip Requests: attacker-controlled."""

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        wish = await host.call("greet")
        (key,) = wish["result"]["inputRequests"]
        forged = {"result": {"requestState": "handle-2"}}
        for refusal in (
            await host.retry("greet", forged, {key: YES}),
            await host.retry("other", wish, {key: YES}),
            await host.retry("greet", wish, {key: 1}),
        ):
            assert refusal["error"]["code"] == -32602
        assert words(await host.retry("greet", wish, {key: YES})) == "Hello A"
        again = await host.retry("greet", wish, {key: YES})
        assert again["error"]["code"] == -32602
        assert gateway.session.methods().count("tools/call") == 1

    play(story, greet=greet, other=greet)


def test_the_host_may_use_the_id_of_a_parked_request_again() -> None:
    """MCP 2026-07-28, Overview: ids are unique among requests that are not answered."""

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        first = await host.call("greet", request_id="same")
        second = await host.call("greet", request_id="same")
        for wish in (second, first):
            (key,) = wish["result"]["inputRequests"]
            answer = await host.retry("greet", wish, {key: YES}, request_id="same")
            assert words(answer) == "Hello A"
        ids = [one["id"] for one in gateway.session.heard if one.get("method") == "tools/call"]
        assert len(set(ids)) == 2

    play(story, greet=greet)


def test_who_never_comes_back_makes_room() -> None:
    """Ours: the gateway is told that nobody waits."""

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        for _ in range(MOST + 1):
            await host.call("greet")
        await gateway.until(lambda: "notifications/cancelled" in gateway.session.methods())
        (gone,) = [
            one["params"]["requestId"]
            for one in gateway.session.heard
            if one.get("method") == "notifications/cancelled"
        ]
        assert gone == 1

    play(story, greet=greet)


def test_a_question_on_the_gateways_own_stream_reaches_the_request_that_runs() -> None:
    """Ours: some servers ask there."""

    async def aside(call: Call) -> Json:
        params = {"message": "Who?", "requestedSchema": {"type": "object", "properties": {}}}
        found = await call.ask("elicitation/create", params, aside=True)
        return text(str(found["result"]["action"]))

    async def story(host: Direct, _gateway: LegacyGateway) -> None:
        wish = await host.call("aside")
        (key,) = wish["result"]["inputRequests"]
        assert words(await host.retry("aside", wish, {key: {"action": "decline"}})) == "decline"

    play(story, aside=aside)


def test_a_question_that_belongs_to_nobody_is_refused() -> None:
    """MCP 2026-07-28, stdio: no request is written to a host."""

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        await host.ask("tools/list")
        stream = await gateway.session.own_stream
        waiting = gateway.session.answers["g"] = asyncio.get_running_loop().create_future()
        stream.send({"id": "g", "method": "roots/list"})
        assert (await waiting)["error"]["code"] == -32601
        assert host.told == []

    play(story)


def test_what_the_host_has_not_declared_it_is_not_asked() -> None:
    """MCP 2026-07-28, Overview: -32021 where the gateway cannot do without."""

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        error = (await host.call("greet"))["error"]
        assert error["code"] == -32021
        assert error["data"] == {"requiredCapabilities": {"elicitation": {"form": {}}}}
        (refusal,) = [one for one in gateway.session.heard if "error" in one]
        assert refusal["error"]["code"] == -32601

    play(story, can={"sampling": {}}, greet=greet)


def test_pages_are_opened_and_the_request_is_made_again() -> None:
    """MCP 2025-11-25, Elicitation, `URLElicitationRequiredError`."""
    runs: list[Json] = []

    async def guarded(call: Call) -> Json:
        runs.append(call.params["arguments"])
        if len(runs) > 1:
            return text("open")
        page = {"mode": "url", "url": "https://a.example", "message": "A", "elicitationId": "1"}
        raise RpcError(-32042, "Agree first", {"elicitations": [page]})

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        wish = await host.call("guarded")
        ((key, asked),) = wish["result"]["inputRequests"].items()
        assert asked["params"] == {"mode": "url", "url": "https://a.example", "message": "A"}
        assert words(await host.retry("guarded", wish, {key: {"action": "accept"}})) == "open"
        assert runs == [{}, {}]
        (_, again) = [one for one in gateway.session.heard if one.get("method") == "tools/call"]
        assert set(again["params"]) == {"name", "arguments", "_meta"}

    play(story, guarded=guarded)


# ---- what is told meanwhile ---------------------------------------------------------------------


def test_progress_follows_the_request_over_its_rounds() -> None:
    """MCP 2026-07-28, Progress: each round has a token of its own."""

    async def steps(call: Call) -> Json:
        call.progress(1)
        await call.elicit("Go on?")
        call.progress(2)
        return text("done")

    async def story(host: Direct, _gateway: LegacyGateway) -> None:
        wish = await host.call("steps", token="one")
        (key,) = wish["result"]["inputRequests"]
        assert words(await host.retry("steps", wish, {key: YES}, token="two")) == "done"
        steps_told = [one["params"] for one in host.told]
        assert steps_told == [
            {"progressToken": "one", "progress": 1},
            {"progressToken": "two", "progress": 2},
        ]

    play(story, steps=steps)


def test_the_level_of_logs_is_said_once_and_changes_with_the_requests() -> None:
    """MCP 2026-07-28, Logging; 2025-11-25, `logging/setLevel`."""

    async def chatter(call: Call) -> Json:
        for level in ("debug", "info", "error"):
            call.tell("notifications/message", level=level, data=level)
        return text("done")

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        for level in (None, "info", "info", "error"):
            await host.call("chatter", log=level)
        heard = [one["params"]["level"] for one in host.told]
        assert heard == ["info", "error", "info", "error", "error"]
        levels = [
            one["params"]["level"]
            for one in gateway.session.heard
            if one.get("method") == "logging/setLevel"
        ]
        assert levels == ["info", "error"]

    play(story, chatter=chatter)


def test_a_gateway_without_logs_is_not_asked_for_them() -> None:
    """MCP 2025-11-25, Logging: a capability."""

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        gateway.capabilities = {"tools": {}}
        await host.call("greet", log="debug")
        assert "logging/setLevel" not in gateway.session.methods()

    play(story, greet=greet)


def test_a_cancelled_request_is_cancelled_at_the_gateway() -> None:
    """MCP 2026-07-28, Cancellation, stdio; 2025-11-25 on the other side."""

    async def forever(_call: Call) -> Json:
        await asyncio.Event().wait()
        return {}

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        call = host.begin("tools/call", {"name": "forever"})
        await gateway.until(lambda: gateway.sessions and "tools/call" in gateway.session.methods())
        host.cancel(call)
        await gateway.until(lambda: "notifications/cancelled" in gateway.session.methods())
        assert gateway.session.heard[-1]["params"]["requestId"] == call.request_id  # type: ignore[attr-defined]
        host.cancel(host.begin("tools/call", {"name": "forever"}, request_id="quick"))

    play(story, forever=forever)


def test_what_else_the_host_tells_reaches_the_gateway() -> None:
    """peers.md §8, behaviour 15: vendor methods; without what is of the era."""

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        early = jsonrpc.parse(jsonrpc.notification("vendor/note", {"n": 0}))
        await host.sessions.tell(early)
        await host.ask("tools/list")
        meta = host.meta(**{"a/b": 1})
        line = jsonrpc.notification("vendor/note", {"n": 1, "_meta": meta})
        await host.sessions.tell(jsonrpc.parse(line))
        assert gateway.session.heard[-1]["params"] == {"n": 1, "_meta": {"a/b": 1}}
        await host.sessions.listen(host.deliver)

    play(story)


# ---- subscriptions ------------------------------------------------------------------------------


def test_a_subscription_is_acknowledged_with_what_the_gateway_agrees_to() -> None:
    """MCP 2026-07-28, Subscriptions."""

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        wanted = {
            "toolsListChanged": True,
            "promptsListChanged": True,
            "resourceSubscriptions": ["a://b", "no://c"],
        }
        listening = host.begin("subscriptions/listen", {"notifications": wanted})
        await host.until(lambda: host.told)
        assert host.told[0]["params"]["notifications"] == {
            "toolsListChanged": True,
            "promptsListChanged": True,
            "resourceSubscriptions": ["a://b"],
        }
        assert gateway.session.uris == ["a://b"]
        other = host.begin("subscriptions/listen", {"notifications": wanted})
        await host.until(lambda: len(host.told) == 2)
        assert gateway.session.uris == ["a://b"], "once for all who listen"
        host.cancel(listening)
        host.cancel(other)
        await gateway.until(lambda: not gateway.session.uris)

    play(story)


def test_a_gateway_without_subscriptions_is_not_asked_for_them() -> None:
    """MCP 2025-11-25, Resources: a capability."""

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        gateway.capabilities = {"tools": {}, "resources": {}}
        wanted = {"promptsListChanged": True, "resourceSubscriptions": ["a://b"]}
        host.begin("subscriptions/listen", {"notifications": wanted})
        await host.until(lambda: host.told)
        assert host.told[0]["params"]["notifications"] == {}
        assert "resources/subscribe" not in gateway.session.methods()

    play(story)


@pytest.mark.parametrize("wanted", [None, {"resourceSubscriptions": "a://b"}])
def test_a_malformed_filter_is_refused(wanted: Any) -> None:
    """MCP 2026-07-28, `SubscriptionsListenRequestParams`."""

    async def story(host: Direct, _gateway: LegacyGateway) -> None:
        answer = await host.ask("subscriptions/listen", {"notifications": wanted})
        assert answer["error"]["code"] == -32602

    play(story)


def test_a_session_that_was_lost_is_set_up_again() -> None:
    """peers.md §8, behaviour 18: subscriptions and the level of logs, too."""

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        wanted = {"resourceSubscriptions": ["a://b"]}
        host.begin("subscriptions/listen", {"notifications": wanted})
        await host.until(lambda: host.told)
        await host.ask("tools/list", log="error")
        gateway.forget()
        await host.ask("tools/list", log="error")
        await gateway.until(lambda: gateway.session.uris == ["a://b"])
        assert len(gateway.sessions) == 2
        await host.ask("tools/list", log="error")
        assert "logging/setLevel" in gateway.session.methods()

    play(story)


def test_what_concerns_no_request_is_said_for_everybody() -> None:
    """MCP 2026-07-28, Subscriptions: whoever emits it knows who listens."""

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        await host.ask("tools/list")
        await gateway.say("notifications/message", level="emergency", data="!")
        await gateway.say("notifications/tools/list_changed")
        await gateway.say("vendor/note", n=1)
        await host.until(lambda: host.heard)
        await host.until(lambda: len(host.heard) == 2)
        methods = [one["method"] for one in host.heard]
        assert methods == ["notifications/tools/list_changed", "vendor/note"]

    play(story)
