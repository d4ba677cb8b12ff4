from __future__ import annotations

import asyncio

from legacy_gateway import Call, Json, LegacyGateway, text
from sessions_world import YES, Direct, greet, play, words


def test_a_question_that_is_withdrawn_is_not_asked_again() -> None:
    """MCP 2025-11-25, Cancellation: a server may change its mind, too."""
    asked = asyncio.Event()

    async def unsure(call: Call) -> Json:
        asking = asyncio.create_task(call.elicit("Who?"))
        await asked.wait()
        call.tell("notifications/cancelled", requestId="g1")
        asking.cancel()
        return text("never mind")

    async def story(host: Direct, _gateway: LegacyGateway) -> None:
        wish = await host.call("unsure")
        asked.set()
        while wish["result"]["resultType"] == "input_required":
            wish = await host.retry("unsure", wish, {})
        assert words(wish) == "never mind"

    play(story, unsure=unsure)


def test_a_gateway_that_does_not_wait_for_the_answer_is_not_kept_waiting() -> None:
    """peers.md §8, behaviour 21: exactly one answer to each request."""
    over = asyncio.Event()

    async def hasty(call: Call) -> Json:
        asking = asyncio.create_task(call.elicit("Who?"))
        await over.wait()
        asking.cancel()
        return text("too late")

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        wish = await host.call("hasty")
        over.set()
        (key,) = wish["result"]["inputRequests"]
        assert words(await host.retry("hasty", wish, {key: YES})) == "too late"
        assert gateway.session.methods().count("tools/call") == 1

    play(story, hasty=hasty)


def test_a_request_that_is_let_go_between_two_rounds_stays_parked() -> None:
    """MCP 2026-07-28, Cancellation: what is answered is over; a handle is not a request."""

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        asking = host.begin("tools/call", {"name": "greet", "arguments": {}})
        wish = await asking
        host.cancel(asking)
        (key,) = wish["result"]["inputRequests"]
        assert words(await host.retry("greet", wish, {key: YES})) == "Hello A"
        assert "notifications/cancelled" not in gateway.session.methods()

    play(story, greet=greet)


def test_a_resumed_request_is_cancelled_under_the_id_that_the_gateway_knows() -> None:
    """MCP 2025-11-25, Cancellation. The host's reason goes along."""

    async def slow(call: Call) -> Json:
        await call.elicit("Who?")
        await asyncio.Event().wait()
        return {}

    async def story(host: Direct, gateway: LegacyGateway) -> None:
        wish = await host.call("slow", request_id="first")
        (key,) = wish["result"]["inputRequests"]
        told = {
            "name": "slow",
            "arguments": {},
            "requestState": wish["result"]["requestState"],
            "inputResponses": {key: YES},
        }
        again = host.begin("tools/call", told, request_id="second")
        await gateway.until(lambda: gateway.session.heard[-1].get("id") == "g1")
        host.cancel(again)
        await gateway.until(lambda: "notifications/cancelled" in gateway.session.methods())
        assert gateway.session.heard[-1]["params"]["requestId"] == "first"

    play(story, slow=slow)
