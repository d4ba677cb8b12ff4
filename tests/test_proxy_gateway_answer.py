from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.errors import OutcomeUnknown, StoreError
from mcp_proxy.net.link import Link
from mcp_proxy.proxy.gateway.answer import read_answer
from net_world import Gateway, answer, sends
from relay_world import (
    Client,
    Json,
    body_of,
    header_of,
    json_answer,
    mcp_gateway,
    talk,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mcp_proxy.net.reply import Reply
    from net_world import Play


STREAM = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
NUMBERED = b"id: e1\nretry: 1\ndata: \n\n"
NO_STREAM = answer(b"", status="405 Method Not Allowed")


@pytest.fixture
def brief_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams are taken up again at once."""
    monkeypatch.setattr("mcp_proxy.proxy.gateway.stream.FIRST_PAUSE", 0.001)


def broken_call(first: bytes, *following: bytes, end: str = "close") -> tuple[Play, list[str]]:
    """A gateway that breaks off the answer to a call, and what to answer to whoever goes on.

    The list names each event after which somebody wanted to go on.
    """
    wanted: list[str] = []
    replies = iter(following)

    async def resumed(writer: asyncio.StreamWriter, gateway: Gateway) -> None:
        last = header_of(gateway.requests[-1], "last-event-id")
        if last is None:
            writer.write(NO_STREAM)
            return
        wanted.append(last)
        await sends(next(replies), then="close")(writer, gateway)

    script = mcp_gateway(
        GET=lambda _message: resumed,
        tools_call=lambda _message: sends(STREAM.encode(), first, then=end),
    )
    return script, wanted


def events(*events: bytes) -> bytes:
    """An event stream that ends after these events."""
    return STREAM.encode() + b"".join(events)


ANSWER = b'data: {"jsonrpc":"2.0","id":2,"result":{"content":[]}}\n\n'


@pytest.mark.parametrize("end", ["close", "reset"])
def test_an_answer_that_breaks_off_is_taken_up_where_it_ended(tmp_path: Path, end: str) -> None:
    """MCP 2025-11-25, Resumability and Redelivery; SEP-1699: the gateway may hang up to poll."""
    progress = b'{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1}}'
    second = events(b"id: e2\ndata: " + progress + b"\n\n")
    script, wanted = broken_call(NUMBERED, second, events(ANSWER), end=end)

    async def story(client: Client, _gateway: Gateway) -> None:
        assert (await client.call("change"))["result"] == {"content": []}
        assert client.lines[-2] == progress

    gateway = talk(tmp_path, script, story)
    assert wanted == ["e1", "e2"]
    assert sum(b'"tools/call"' in request for request in gateway.requests) == 1
    resumed = [request for request in gateway.requests if b"last-event-id" in request.lower()]
    assert {header_of(request, "mcp-session-id") for request in resumed} == {"s1"}


def test_an_answer_that_breaks_off_is_not_taken_up_before_the_time_that_the_gateway_names(
    tmp_path: Path,
) -> None:
    """MCP 2025-11-25, Resumability: the client must respect `retry`."""
    script, _wanted = broken_call(b"id: e1\nretry: 300\ndata: \n\n", events(ANSWER))

    async def story(client: Client, _gateway: Gateway) -> None:
        begun = asyncio.get_running_loop().time()
        assert "result" in await client.call("change")
        assert asyncio.get_running_loop().time() - begun >= 0.3

    talk(tmp_path, script, story)


UNTOLD: dict[str, tuple[bytes, list[bytes], int]] = {
    "no event has a number": (b"data: \n\n", [], 0),
    "there are no such streams": (NUMBERED, [NO_STREAM], 1),
    "the session has ended": (NUMBERED, [answer(b"", status="404 Not Found")], 1),
    "nobody is signed in any more": (NUMBERED, [answer(b"", status="401 Unauthorized")], 1),
    "nothing comes any more": (NUMBERED, [events()] * 9, 4),
    "the gateway is overloaded": (
        NUMBERED, [answer(b"", status="503 Service Unavailable")] * 9, 4
    ),
    "the gateway cuts every connection": (NUMBERED, [b"HTTP/1.1 200 O"] * 9, 4),
}  # fmt: skip


@pytest.mark.usefixtures("brief_pauses")
@pytest.mark.parametrize("why", UNTOLD)
def test_an_answer_that_cannot_be_taken_up_is_an_open_outcome(tmp_path: Path, why: str) -> None:
    """peers.md §8, behaviours 19 and 21: one answer, and the tool is not run again."""
    first, following, tries = UNTOLD[why]
    script, wanted = broken_call(first, *following)

    async def story(client: Client, _gateway: Gateway) -> None:
        await client.tools()
        error = (await client.call("change"))["error"]
        assert error["data"]["type"] == "OutcomeUnknown"

    gateway = talk(tmp_path, script, story)
    assert wanted == ["e1"] * tries
    assert sum(b'"tools/call"' in request for request in gateway.requests) == 1


def test_no_token_for_the_rest_of_an_answer_is_an_open_outcome() -> None:
    """peers.md §8, behaviour 19: the tool may have run, whatever keeps us from hearing of it."""

    async def nothing(_last_event_id: str | None) -> Reply:
        raise StoreError("The keyring is locked")

    async def scenario() -> None:
        async with Gateway(sends(events(NUMBERED), then="close")) as gateway:
            link = Link(gateway.url)
            reply = await link.send("POST", (), b"{}")
            with pytest.raises(OutcomeUnknown):
                await read_answer(reply, 2, lambda _message: None, nothing)
            link.close()

    asyncio.run(scenario())


BROKEN: dict[str, bytes | Play] = {
    "HTTP 500": answer(b"oh no", status="500 Internal Server Error"),
    "a page": answer(b"<html>Hello</html>", "Content-Type: text/html"),
    "nothing": answer(b"", "Content-Type: application/json"),
    "half a document": answer(b'{"jsonrpc":"2.0","id":2,"resu', "Content-Type: application/json"),
    "another's answer": answer(
        b'{"jsonrpc":"2.0","id":99,"result":{}}', "Content-Type: application/json"
    ),
    "half an event": answer(b'data: {"jsonrpc"', "Content-Type: text/event-stream"),
    "an event that is not MCP": answer(b"data: hello\n\n", "Content-Type: text/event-stream"),
    "a cut stream": sends(STREAM.encode(), b'data: {"jsonrpc"', then="reset"),
    "a cut connection": sends(b"HTTP/1.1 200 OK\r\nContent-", then="reset"),
    "a cut body": sends(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", then="close"),
    "no HTTP": sends(b"SSH-2.0-OpenSSH\r\n", then="close"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_answer_becomes_one_error_and_the_next_call_works(
    tmp_path: Path, broken: str
) -> None:
    """peers.md §8, behaviour 21."""
    replies: Iterator[bytes | Play] = iter([BROKEN[broken]])

    def called(message: Json) -> bytes | Play:
        for reply in replies:
            return reply
        return json_answer(message, {"content": []})

    async def story(client: Client, _gateway: Gateway) -> None:
        await client.tools()
        error = (await client.call("change"))["error"]
        assert error["code"] == 1005
        assert error["data"]["source"] == "mcp-permit"
        assert "result" in await client.call("change")

    talk(tmp_path, mcp_gateway(tools_call=called), story)


def test_what_comes_beside_the_answer_reaches_the_client_first(tmp_path: Path) -> None:
    """MCP 2025-11-25, Transports: progress and the gateway's own requests on a call's stream."""
    progress = b'{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"t"}}'
    question = b'{"jsonrpc":"2.0","id":"g1","method":"elicitation/create","params":{}}'
    answered = asyncio.Event()

    def called(message: Json) -> Play:
        async def asking(writer: asyncio.StreamWriter, _gateway: Gateway) -> None:
            done = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": {}}).encode()
            head = (
                b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
            )
            writer.write(head + b"data: " + progress + b"\n\ndata: " + question + b"\n\n")
            await answered.wait()
            writer.write(b"data: " + done + b"\n\n")
            writer.close()

        return asking

    def responded(_message: Json) -> bytes:
        answered.set()
        return answer(b"", status="202 Accepted")

    async def story(client: Client, gateway: Gateway) -> None:
        call = client.begin("tools/call", {"name": "change"})
        await client.until(lambda: client.asked)
        assert client.lines[-2:] == [progress, question]
        client.send({"id": "g1", "result": {"action": "accept"}})
        assert (await call)["result"] == {}
        assert body_of(gateway.requests[-1])["result"] == {"action": "accept"}

    talk(tmp_path, mcp_gateway(tools_call=called, POST=responded), story)


def test_a_gateway_that_wants_another_account_is_explained(tmp_path: Path) -> None:
    """systems.md §7.2: 403 after a good sign-in."""

    async def story(client: Client, _gateway: Gateway) -> None:
        error = (await client.call("look"))["error"]
        assert error["data"]["status"] == 403
        assert "sign in as somebody else" in error["data"]["do"]

    refused = answer(b"", status="403 Forbidden")
    talk(tmp_path, mcp_gateway(tools_call=lambda _message: refused), story)


def test_a_json_rpc_error_in_an_http_error_is_the_answer(tmp_path: Path) -> None:
    """peers.md L28: code and data of the gateway survive."""

    def called(message: Json) -> bytes:
        error = {"code": -32042, "message": "no", "data": {"deep": [1]}}
        body = json.dumps({"jsonrpc": "2.0", "id": message["id"], "error": error}).encode()
        return answer(body, "Content-Type: application/json", status="400 Bad Request")

    async def story(client: Client, _gateway: Gateway) -> None:
        error = (await client.call("look"))["error"]
        assert error == {"code": -32042, "message": "no", "data": {"deep": [1]}}

    talk(tmp_path, mcp_gateway(tools_call=called), story)
