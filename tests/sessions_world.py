"""A modern host in front of `proxy.crossings.sessions`, in front of a gateway written by hand."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from legacy_gateway import Call, Json, LegacyGateway, text
from mcp_proxy.errors import PermitError
from mcp_proxy.net.link import Link
from mcp_proxy.proxy.crossings.sessions import Sessions
from mcp_proxy.proxy.gateway.access import Access
from mcp_proxy.proxy.gateway.limits import Limits
from mcp_proxy.proxy.gateway.upstream import Upstream
from mcp_proxy.tokens.static import NoTokens
from mcp_proxy.wire import jsonrpc
from modern_host import ModernHost

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ALL: Json = {"elicitation": {"form": {}, "url": {}}, "sampling": {}, "roots": {}}
YES = {"action": "accept", "content": {"name": "A"}}
Story = Callable[["Direct", LegacyGateway], Awaitable[None]]


class Direct(ModernHost):
    """A modern host whose lines go to `Sessions` itself."""

    def __init__(self, **can: Any) -> None:
        super().__init__(self._take, **can)
        self.sessions: Sessions
        self.complaints: list[str] = []
        """What a person would read on stderr; a test takes out what it expects."""
        self.heard: list[Json] = []
        """What belongs to no request."""
        self._tasks: dict[object, asyncio.Task[None]] = {}

    def hear(self, line: bytes) -> None:
        """Take what the relay would judge before the host hears it."""
        self.heard.append(json.loads(line))
        self._news.set()

    def complain(self, sentence: str) -> None:
        """Take what is meant for a person."""
        self.complaints.append(sentence)
        self._news.set()

    def _take(self, line: bytes) -> None:
        message = jsonrpc.parse(line)
        task = asyncio.create_task(self._carry(message))
        self._tasks[message.id] = task

    async def _carry(self, message: jsonrpc.Message) -> None:
        if message.kind != "request":
            await self.sessions.tell(message)
            if isinstance(message.params, dict):
                self._tasks[message.params["requestId"]].cancel()
            return
        try:
            answer = await self.sessions.ask(message, repeatable=False, on_message=self.deliver)
        except PermitError as error:
            answer = jsonrpc.error_answer(message.request_id, error)
        self.deliver(answer)


@asynccontextmanager
async def facing(gateway: LegacyGateway, **can: Any) -> AsyncIterator[Direct]:
    """A host in front of `gateway`."""
    link, limits = Link(gateway.url), Limits(60)
    names = (f"handle-{number}" for number in itertools.count(1))

    def connect(on_met: Callable[[bytes], None]) -> Upstream:
        return Upstream(Access(link, NoTokens(), {}), limits, on_met)

    host = Direct(**can)
    host.sessions = Sessions(connect, lambda: next(names), host.hear, host.complain)
    try:
        async with asyncio.timeout(30):
            yield host
    finally:
        await host.sessions.close()
        link.close()
    assert host.complaints == []


def play(story: Story, can: Json | None = None, **tools: Callable[[Call], Awaitable[Json]]) -> None:
    """Tell `story` between a host and a gateway with these tools."""

    async def scenario() -> None:
        async with (
            LegacyGateway(at=0, **tools) as gateway,
            facing(gateway, **(ALL if can is None else can)) as host,
        ):
            await story(host, gateway)

    asyncio.run(scenario())


async def greet(call: Call) -> Json:
    """Ask who it is, and greet."""
    found = await call.elicit("Who?")
    return text(f"Hello {found['content']['name']}" if found["action"] == "accept" else "Hello")


def words(answer: Json) -> str:
    return str(answer["result"]["content"][0]["text"])
