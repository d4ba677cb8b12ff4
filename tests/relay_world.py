"""A desktop client in the test's own process, in front of a real relay."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from mcp_proxy.config.model import Auth, Network, Profile
from mcp_proxy.config.paths import paths
from mcp_proxy.policy.model import Policy
from mcp_proxy.proxy.assembly import assembled
from net_world import Gateway, answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from mcp_proxy.config.paths import Paths
    from mcp_proxy.login.person import SignInPage
    from mcp_proxy.proxy.relay import Relay
    from net_world import Play

PATIENCE = 20.0
"""Seconds that no step of a test takes, even on a busy machine."""

Json = dict[str, Any]
Talk = Callable[["Client", Gateway], Awaitable[None]]


class Client:
    """Sends lines, sorts what comes back. `lines` holds every line as it was received."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.complaints: list[str] = []
        self.pages: list[str] = []
        """Addresses that a person was asked to open."""
        self.asked: list[Json] = []
        """Requests of the gateway."""
        self.told: list[Json] = []
        """Notifications of the gateway."""
        self._ids = itertools.count(1)
        self._answers: dict[object, asyncio.Future[Json]] = {}
        self._news = asyncio.Event()
        self.relay: Relay

    def deliver(self, line: bytes) -> None:
        """Take one line of the relay."""
        assert b"\n" not in line
        self.lines.append(line)
        message = json.loads(line)
        if "method" not in message:
            waiting = self._answers.get(message["id"])
            if waiting is not None:
                assert not waiting.done(), "a second answer to one request"
                waiting.set_result(message)
        elif "id" in message:
            self.asked.append(message)
        else:
            self.told.append(message)
        self._news.set()

    def hear(self, sentence: str) -> None:
        """Take what is meant for the person who reads stderr."""
        self.complaints.append(sentence)
        self._news.set()

    def send(self, message: Json) -> None:
        """Send a message that wants no answer here."""
        self.relay.receive(json.dumps({"jsonrpc": "2.0"} | message).encode())

    def begin(self, method: str, params: Json | None = None) -> asyncio.Future[Json]:
        """Send a request; its answer to come."""
        request_id = next(self._ids)
        future = self._answers[request_id] = asyncio.get_running_loop().create_future()
        self.send({"id": request_id, "method": method, "params": params or {}})
        return future

    async def ask(self, method: str, params: Json | None = None) -> Json:
        """Send a request; its answer, an error included."""
        async with asyncio.timeout(PATIENCE):
            return await self.begin(method, params)

    async def call(self, tool: str, **arguments: object) -> Json:
        """Call a tool; the whole answer."""
        return await self.ask("tools/call", {"name": tool, "arguments": arguments})

    async def tools(self) -> list[str]:
        """The names on the list."""
        answer = await self.ask("tools/list")
        return [tool["name"] for tool in answer["result"]["tools"]]

    async def greet(self) -> Json:
        """The handshake."""
        who = {"name": "test", "version": "1"}
        params = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": who}
        answer = await self.ask("initialize", params)
        self.send({"method": "notifications/initialized"})
        return answer

    async def until(self, happened: Callable[[], object]) -> None:
        """Wait until something the relay sends has made `happened` true."""
        async with asyncio.timeout(PATIENCE):
            while not happened():
                self._news.clear()
                await self._news.wait()


def home(folder: Path) -> Paths:
    """State in a folder of the test's own."""
    return paths({"MCP_PERMIT_HOME": str(folder)})


def profile(
    url: str, *, auth: Auth | None = None, policy: Policy | None = None, **network: Any
) -> Profile:
    """A profile for `url`; without `auth` the gateway asks for no token."""
    return Profile(
        name="test",
        url=url,
        auth=auth or Auth(grant="none"),
        permissions=policy or Policy(),
        network=Network(**network),
    )


@asynccontextmanager
async def client_of(
    chosen: Profile,
    folder: Path,
    *,
    on_page: Callable[[SignInPage], object] = lambda _page: None,
    client: Client | None = None,
) -> AsyncIterator[Client]:
    """A client in front of a relay for `chosen`; `on_page` is the person."""
    client = client or Client()

    def waiting(page: SignInPage) -> None:
        client.pages.append(page.url)
        on_page(page)

    async with assembled(
        chosen,
        home(folder),
        emit=client.deliver,
        on_waiting=waiting,
        complain=client.hear,
    ) as relay:
        client.relay = relay
        yield client


def body_of(request: bytes) -> Json:
    """The JSON-RPC message of an HTTP request; empty where it has no body."""
    body = request.partition(b"\r\n\r\n")[2]
    return dict(json.loads(body)) if body else {}


def header_of(request: bytes, name: str) -> str | None:
    """A header of an HTTP request."""
    for line in request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]:
        key, _, value = line.partition(":")
        if key.lower() == name.lower():
            return value.strip()
    return None


def json_answer(message: Json, result: object, *headers: str) -> bytes:
    """An HTTP answer with a JSON-RPC result."""
    body = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}).encode()
    return answer(body, "Content-Type: application/json", *headers)


def event_stream(*events: bytes) -> bytes:
    """An HTTP answer with an event stream."""
    body = b"".join(b"data: " + event + b"\n\n" for event in events)
    return answer(body, "Content-Type: text/event-stream")


def mcp_gateway(**by_method: Callable[[Json], bytes | Play]) -> Play:
    """A gateway that shakes hands, and does for each method (`/` written `_`) as told."""

    async def play(writer: asyncio.StreamWriter, gateway: Gateway) -> None:
        request = gateway.requests[-1]
        message = body_of(request)
        reply = _reply(request, message, by_method)
        if isinstance(reply, bytes):
            writer.write(reply)
        else:
            await reply(writer, gateway)

    return play


def _reply(
    request: bytes, message: Json, by_method: Mapping[str, Callable[[Json], bytes | Play]]
) -> bytes | Play:
    method = message.get("method", request.split(b" ", 1)[0].decode())
    told = by_method.get(method.replace("/", "_"))
    if told is not None:
        return told(message)
    match method:
        case "initialize":
            return json_answer(message, HELLO, "Mcp-Session-Id: s1")
        case "GET":
            return answer(b"", status="405 Method Not Allowed")
        case "tools/list":
            return json_answer(message, {"tools": TOOLS})
        case "tools/call":
            return json_answer(message, {"content": [], "called": message["params"]["name"]})
    return answer(b"", status="202 Accepted")


HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "scripted", "version": "1"},
}
TOOLS = [
    {"name": "look", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": True}},
    {"name": "change", "inputSchema": {"type": "object"}},
    {"name": "remote.pages.search", "inputSchema": {"type": "object"}},
]


def talk(folder: Path, script: Play, story: Talk, **chosen: Any) -> Gateway:
    """Play `story` between a client and a scripted gateway; `chosen` is the profile's."""

    async def scenario() -> Gateway:
        async with (
            Gateway(script) as gateway,
            client_of(profile(gateway.url, **chosen), folder) as client,
        ):
            await client.greet()
            await story(client, gateway)
        return gateway

    return asyncio.run(scenario())


def methods(gateway: Gateway) -> list[str]:
    """What the gateway was asked, in order."""
    return [body_of(request).get("method", "?") for request in gateway.requests]
