"""The sign-in page, put before the person by the host itself."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.login.person import SignInPage
from mcp_proxy.proxy.person.elicitation import Elicitation
from mcp_proxy.wire.jsonrpc import parse
from modern_host import relayed
from relay_world import Client, client_of
from sign_in_world import Person, staff_profile, world_of_staff

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from modern_host import Relayed

URL = "https://auth.example/authorize?state=s"
ABLE: dict[str, Any] = {"capabilities": {"elicitation": {"form": {}, "url": {}}}}


def met(params: object = ABLE) -> tuple[Elicitation, Callable[[], list[Any]]]:
    """A host that has introduced itself, and what it was sent."""
    sent: list[bytes] = []
    elicitation = Elicitation(sent.append)
    elicitation.meet(params)
    return elicitation, lambda: [json.loads(line) for line in sent]


def answered(request_id: object, **said: object) -> Any:
    return parse(json.dumps({"jsonrpc": "2.0", "id": request_id} | said).encode())


def test_a_host_that_can_is_asked_to_open_the_page() -> None:
    """MCP 2025-11-25, "Elicitation", URL mode; the end is told."""
    elicitation, sent = met()
    elicitation.show(SignInPage(URL))
    elicitation.show(None)
    elicitation.show(None)
    asked, told = sent()
    assert asked["method"] == "elicitation/create"
    assert asked["params"] == {
        "mode": "url",
        "elicitationId": asked["id"],
        "url": URL,
        "message": "To use this gateway, sign in on its page.",
    }
    assert told["method"] == "notifications/elicitation/complete"
    assert told["params"] == {"elicitationId": asked["id"]}


def test_a_code_is_told_with_its_page() -> None:
    """RFC 8628 §3.3."""
    elicitation, sent = met()
    elicitation.show(SignInPage(URL, "WDJB-MJHT"))
    assert "enter the code WDJB-MJHT there" in sent()[0]["params"]["message"]


def test_a_second_page_is_a_second_question() -> None:
    """Ours: a registration that had to be made anew. The first is over."""
    elicitation, sent = met()
    elicitation.show(SignInPage(URL))
    elicitation.show(SignInPage(f"{URL}2"))
    first, over, second = sent()
    assert over["params"]["elicitationId"] == first["id"] != second["id"]


@pytest.mark.parametrize(
    "params",
    [
        {},
        None,
        [],
        {"capabilities": {"elicitation": {}}},
        {"capabilities": {"elicitation": {"form": {}}}},
        {"capabilities": {"elicitation": {"url": True}}},
    ],
)
def test_a_host_that_cannot_is_not_asked(params: object) -> None:
    """MCP 2025-11-25: an empty `elicitation` means forms only."""
    elicitation, sent = met(params)
    elicitation.show(SignInPage(URL))
    elicitation.show(None)
    assert sent() == []


def test_a_page_that_is_open_already_is_not_opened_again() -> None:
    """peers.md §8, behaviour 10: one window."""
    elicitation, sent = met()
    elicitation.show(SignInPage(URL, is_opened=True))
    assert sent() == []


def test_the_hosts_answer_is_ours_and_a_no_is_news() -> None:
    """MCP 2025-11-25: accept, decline, cancel. What answers the gateway goes on to it."""
    elicitation, sent = met()
    elicitation.show(SignInPage(URL))
    (asked,) = sent()
    others: list[dict[str, Any]] = [
        {"result": {"action": "accept"}},
        {"result": {"action": "cancel"}},
        {"result": {}},
        {"error": {"code": -32601, "message": "Method not found"}},
    ]
    for said in others:
        assert elicitation.heard(answered(asked["id"], **said)) == "no news"
    declined = {"result": {"action": "decline"}}
    assert elicitation.heard(answered(asked["id"], **declined)) == "declined"
    assert elicitation.heard(answered(7, **declined)) is None
    assert elicitation.heard(answered("a", **declined)) is None
    call = {"jsonrpc": "2.0", "id": asked["id"], "method": "ping"}
    assert elicitation.heard(parse(json.dumps(call).encode())) is None
    elicitation.show(None)
    assert elicitation.heard(answered(asked["id"], **declined)) == "no news"


async def greet_as_able(client: Client) -> None:
    """The handshake of a host that opens pages for a server."""
    who = {"name": "test", "version": "1"}
    await client.ask("initialize", {"protocolVersion": "2025-11-25", "clientInfo": who} | ABLE)
    client.send({"method": "notifications/initialized"})


def test_a_host_opens_the_page_where_we_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 3; peers.md §8, behaviour 9."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            person, chosen = Person(), staff_profile(world)
            async with client_of(chosen, tmp_path) as client:
                await greet_as_able(client)
                listing = client.begin("tools/list")
                await client.until(lambda: client.asked)
                (asked,) = client.asked
                person.open(SignInPage(asked["params"]["url"]))
                client.send({"id": asked["id"], "result": {"action": "accept"}})
                tools = (await listing)["result"]["tools"]
                assert len(tools) > 1
                await client.until(lambda: client.told)
                assert client.told[0]["method"] == "notifications/elicitation/complete"
                assert world.counters.posts["response"] == 0

    asyncio.run(scenario())


def test_a_person_who_declines_in_the_host_is_not_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MCP 2025-11-25, "Elicitation": decline. The port and the lock are free at once."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world)
            async with client_of(chosen, tmp_path) as client:
                await greet_as_able(client)
                listing = client.begin("tools/list")
                await client.until(lambda: client.asked)
                client.send({"id": client.asked[0]["id"], "result": {"action": "decline"}})
                told = json.dumps(await listing)
                assert "sign_in" in told
                told = json.dumps(await client.call("sign_in"))
                assert "declined to sign in" in told
                assert len(client.asked) == 1

    asyncio.run(scenario())


async def wished(host: Relayed) -> tuple[Any, str]:
    """The answer that asks a modern host to open a page, and the page."""
    arguments = {"integration_id": 1, "pattern": "x"}
    begun = await host.call("search_integration", arguments)
    assert begun["result"]["resultType"] in {"complete", "input_required"}, "told, or asked"
    await host.until(lambda: host.pages)
    wish = await host.call("search_integration", arguments)
    asked = wish["result"]["inputRequests"]["sign-in"]
    assert asked["method"] == "elicitation/create"
    return wish, asked["params"]["url"]


def test_a_modern_host_opens_the_page_and_its_call_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MCP 2026-07-28, Multi Round-Trip Requests; peers.md §8, behaviour 9."""
    monkeypatch.setattr("mcp_proxy.proxy.person.waiting.CALL_SECONDS", 0.1)

    async def scenario() -> None:
        async with (
            world_of_staff(monkeypatch) as world,
            relayed(staff_profile(world), tmp_path, elicitation={"url": {}}) as host,
        ):
            wish, url = await wished(host)
            Person().open(SignInPage(url))
            yes = {"sign-in": {"action": "accept"}}
            arguments = {"integration_id": 1, "pattern": "x"}
            told = await host.retry("search_integration", wish, yes, arguments=arguments)
            assert told["result"]["resultType"] == "complete"
            assert not told["result"].get("isError")

    asyncio.run(scenario())


def test_a_modern_host_whose_person_declines_hears_why_nothing_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MCP 2026-07-28, Elicitation: decline."""
    monkeypatch.setattr("mcp_proxy.proxy.person.waiting.CALL_SECONDS", 0.1)

    async def scenario() -> None:
        async with (
            world_of_staff(monkeypatch) as world,
            relayed(staff_profile(world), tmp_path, elicitation={"url": {}}) as host,
        ):
            wish, _ = await wished(host)
            no = {"sign-in": {"action": "decline"}}
            arguments = {"integration_id": 1, "pattern": "x"}
            told = await host.retry("search_integration", wish, no, arguments=arguments)
            assert "declined to sign in" in json.dumps(told)

    asyncio.run(scenario())
