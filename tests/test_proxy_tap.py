from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.config.model import Auth, SecretRef
from mcp_proxy.errors import GatewayUnreachable, RemoteProtocolError, SignInRequired
from mcp_proxy.policy.model import Policy
from mcp_proxy.proxy.tap import Tap, open_tap
from mcp_proxy.wire.jsonrpc import FULL_CHECK_LIMIT
from net_world import Gateway, answer, sends
from relay_world import PATIENCE, Json, body_of, home, mcp_gateway, profile
from sign_in_world import Person, staff_profile, world_of_staff

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from mcp_proxy.config.model import Profile
    from net_world import Play


@asynccontextmanager
async def tapped(chosen: Profile, folder: Path) -> AsyncIterator[Tap]:
    """A tap where nobody could sign in."""
    async with open_tap(chosen, home(folder), on_waiting=None, complain=print) as tap:
        yield tap


def call(name: str) -> Json:
    """The params of a call."""
    return {"name": name, "arguments": {}}


def test_a_call_from_the_terminal_obeys_the_same_policy(tmp_path: Path) -> None:
    """architecture.md §2: one tap."""

    async def scenario() -> None:
        async with Gateway(mcp_gateway()) as gateway:
            chosen = profile(gateway.url, policy=Policy(deny=("change",)))
            async with tapped(chosen, tmp_path) as tap:
                assert [tool.name for tool in await tap.tools()][:2] == ["look", "change"]
                allowed = json.loads(await tap.request("tools/call", call("look")))
                refused = json.loads(await tap.request("tools/call", call("change")))
            assert allowed["result"]["called"] == "look"
            assert refused["error"]["data"]["code"] == "PERMISSION_DENIED"

    asyncio.run(scenario())
    assert len((tmp_path / "audit.jsonl").read_text().splitlines()) == 2


def test_progress_is_heard(tmp_path: Path) -> None:
    """MCP 2025-11-25, Progress."""
    heard: list[object] = []

    def called(message: Json) -> bytes:
        token = message["params"]["_meta"]["progressToken"]
        note = {"progressToken": token, "progress": 1, "total": 2}
        other = note | {"progressToken": "nobody's"}
        events = [
            {"jsonrpc": "2.0", "method": "notifications/progress", "params": other},
            {"jsonrpc": "2.0", "method": "notifications/progress", "params": note},
            {"jsonrpc": "2.0", "method": "notifications/message", "params": {}},
            {"jsonrpc": "2.0", "id": message["id"], "result": {}},
        ]
        body = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)
        return answer(body, "Content-Type: text/event-stream")

    async def scenario() -> None:
        async with (
            Gateway(mcp_gateway(tools_call=called)) as gateway,
            tapped(profile(gateway.url), tmp_path) as tap,
        ):
            await tap.request("tools/call", call("look"), on_progress=heard.append)
            await tap.request("tools/call", call("look"), on_progress=lambda _note: None)

    asyncio.run(scenario())
    assert [note["progress"] for note in heard if isinstance(note, dict)] == [1]


def test_a_question_of_the_gateway_is_declined(tmp_path: Path) -> None:
    """Ours. At a terminal that runs one call there is nobody who could be asked."""
    declined = asyncio.Event()
    answers: list[Json] = []

    def called(message: Json) -> Play:
        async def asking(writer: asyncio.StreamWriter, _gateway: Gateway) -> None:
            question = b'{"jsonrpc":"2.0","id":"q","method":"roots/list"}'
            done = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": {}}).encode()
            head = (
                b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
            )
            writer.write(head + b"data: " + question + b"\n\n")
            await declined.wait()
            writer.write(b"data: " + done + b"\n\n")
            writer.close()

        return asking

    def answered(message: Json) -> bytes:
        answers.append(message)
        declined.set()
        return answer(b"", status="202 Accepted")

    async def scenario() -> None:
        script = mcp_gateway(tools_call=called, POST=answered)
        async with Gateway(script) as gateway, tapped(profile(gateway.url), tmp_path) as tap:
            await tap.request("tools/call", call("look"))

    asyncio.run(scenario())
    assert [(one["id"], one["error"]["code"]) for one in answers] == [("q", -32601)]


@pytest.mark.parametrize(
    "tail",
    ['"result":{"ok":1},"error":null', '"result":{"ok":0,"ok":1}'],
    ids=["a null error beside the result", "a name twice"],
)
def test_an_answer_that_readers_differ_over_is_an_answer(tmp_path: Path, tail: str) -> None:
    """Ours. A desktop client gets it as it came; a command must not wait for ever."""

    def called(message: Json) -> bytes:
        body = f'{{"jsonrpc":"2.0","id":{message["id"]},{tail}}}'.encode()
        return answer(body, "Content-Type: application/json")

    async def scenario() -> None:
        async with (
            Gateway(mcp_gateway(tools_call=called)) as gateway,
            tapped(profile(gateway.url), tmp_path) as tap,
            asyncio.timeout(PATIENCE),
        ):
            got = json.loads(await tap.request("tools/call", call("look")))
            assert got["result"] == {"ok": 1}

    asyncio.run(scenario())


def test_a_long_answer_that_is_no_json_ends_the_wait(tmp_path: Path) -> None:
    """Ours. The relay looks at the ends of a long answer only."""

    def called(message: Json) -> bytes:
        middle = "no JSON " * (FULL_CHECK_LIMIT // 4)
        body = f'{{"jsonrpc":"2.0","id":{message["id"]},"result":{{{middle}}}}}'.encode()
        return answer(body, "Content-Type: application/json")

    async def scenario() -> None:
        async with (
            Gateway(mcp_gateway(tools_call=called)) as gateway,
            tapped(profile(gateway.url), tmp_path) as tap,
            asyncio.timeout(PATIENCE),
        ):
            with pytest.raises(RemoteProtocolError):
                await tap.request("tools/call", call("look"))

    asyncio.run(scenario())


def test_an_interrupted_call_is_cancelled_at_the_gateway(tmp_path: Path) -> None:
    """Ours. Ctrl-C at the terminal."""
    begun = asyncio.Event()

    def called(_message: Json) -> Play:
        async def hanging(_writer: asyncio.StreamWriter, _gateway: Gateway) -> None:
            begun.set()

        return hanging

    async def scenario() -> None:
        async with (
            Gateway(mcp_gateway(tools_call=called)) as gateway,
            tapped(profile(gateway.url), tmp_path) as tap,
        ):
            await tap.tools()
            interrupted = asyncio.create_task(tap.request("tools/call", call("change")))
            await begun.wait()
            interrupted.cancel()
            with pytest.raises(asyncio.CancelledError):
                await interrupted
            (gone,) = [r for r in gateway.requests if b"notifications/cancelled" in r]
            assert body_of(gone)["params"]["requestId"] == 1

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ('"error":{"code":-32603,"message":"not now"}', "not now"),
        ('"result":{"tools":[{"title":"nameless"}]}', "cannot be read"),
        ('"result":{"tools":[],"nextCursor":"again"}', "no end"),
    ],
    ids=["an error", "no list", "pages in a circle"],
)
def test_a_list_that_cannot_be_had_is_no_empty_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str, kind: str
) -> None:
    """Ours. Else a command would show what was seen long ago as what there is now."""
    monkeypatch.setattr("mcp_proxy.proxy.tools.listing.MOST_PAGES", 5)

    def listed(message: Json) -> bytes:
        body = f'{{"jsonrpc":"2.0","id":"{message["id"]}",{told}}}'.encode()
        return answer(body, "Content-Type: application/json")

    async def scenario() -> None:
        async with (
            Gateway(mcp_gateway(tools_list=listed)) as gateway,
            tapped(profile(gateway.url), tmp_path) as tap,
        ):
            with pytest.raises(RemoteProtocolError, match=kind):
                await tap.tools()

    asyncio.run(scenario())


def test_a_session_that_cannot_be_had_is_said_at_once(tmp_path: Path) -> None:
    """Ours. A command, unlike a host, wants the error and not a stand-in."""

    async def scenario() -> None:
        async with Gateway(sends()) as gateway:
            pass
        with pytest.raises(GatewayUnreachable):
            async with tapped(profile(gateway.url), tmp_path):
                pass

    asyncio.run(scenario())


def test_who_is_not_signed_in_signs_in_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours. At a terminal a person is there to do it; in a pipe nobody is."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            chosen = staff_profile(world)
            with pytest.raises(SignInRequired):
                async with tapped(chosen, tmp_path):
                    pass
            person = Person()
            async with open_tap(
                chosen, home(tmp_path), on_waiting=person.open, complain=print
            ) as tap:
                assert "list_integrations" in [tool.name for tool in await tap.tools()]
            assert len(person.opened) == 1

    asyncio.run(scenario())


def test_a_refused_key_asks_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """systems.md §7.4."""
    monkeypatch.setenv("TEST_TOKEN", "sgk_old")
    auth = Auth(grant="bearer", token=SecretRef("env", "TEST_TOKEN"))
    asked: list[object] = []

    async def scenario() -> None:
        async with Gateway(answer(b"", status="401 Unauthorized")) as gateway:
            chosen = profile(gateway.url, auth=auth)
            with pytest.raises(SignInRequired, match="revoked"):
                async with open_tap(
                    chosen, home(tmp_path), on_waiting=asked.append, complain=print
                ):
                    pass

    asyncio.run(scenario())
    assert asked == []


def test_a_tap_without_a_relay_is_a_slip() -> None:
    """Ours."""
    with pytest.raises(AssertionError):
        _ = Tap().relay
