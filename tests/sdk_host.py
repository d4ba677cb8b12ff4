"""A host on the `mcp` SDK's client that uses all of a server and writes down what it got."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import mcp_types as types
from mcp import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from pydantic import FileUrl

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable
    from pathlib import Path

    from mcp.client.context import ClientRequestContext
    from pydantic import BaseModel

from serve_process import surroundings


class Diary:
    """What came in, as JSON; the callbacks answer as a person and a model would."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.heard: list[Any] = []
        """Notifications, in their order."""
        self.asked: list[Any] = []
        """Requests of the server."""

    async def elicited(
        self, context: ClientRequestContext, params: types.ElicitRequestParams
    ) -> types.ElicitResult:
        """The person's answer."""
        del context
        self.asked.append(_plain(params))
        return types.ElicitResult(action="accept", content={"name": "Ünal"})

    async def sampled(
        self, context: ClientRequestContext, params: types.CreateMessageRequestParams
    ) -> types.CreateMessageResult:
        """The model's answer."""
        del context
        self.asked.append(_plain(params))
        text = types.TextContent(type="text", text="Deep thought")
        return types.CreateMessageResult(role="assistant", content=text, model="test-model")

    async def rooted(self, context: ClientRequestContext) -> types.ListRootsResult:
        """The host's folders."""
        del context
        self.asked.append("roots")
        return types.ListRootsResult(roots=[types.Root(uri=FileUrl("file:///work"), name="work")])

    async def logged(self, params: types.LoggingMessageNotificationParams) -> None:
        """A log message."""
        self.heard.append(_plain(params))

    async def progressed(self, progress: float, total: float | None, message: str | None) -> None:
        """A step of a call."""
        self.heard.append([progress, total, message])

    async def note(self, deed: Awaitable[BaseModel]) -> None:
        """Do it and write down what came of it."""
        try:
            self.answers.append(_plain(await deed))
        except MCPError as error:
            self.answers.append([error.code, error.message, error.data])


def _plain(found: BaseModel) -> Any:
    return found.model_dump(mode="json", by_alias=True, exclude_none=True)


async def use_all(session: ClientSession, diary: Diary) -> None:
    """Something of each kind, one after the other."""
    await diary.note(session.initialize())
    await diary.note(session.list_tools())
    await diary.note(session.call_tool("add", {"first": 1, "second": 2}))
    await diary.note(session.call_tool("add", {"first": "one"}))
    await diary.note(session.call_tool("fail"))
    await diary.note(session.call_tool("nothing"))
    await diary.note(session.call_tool("draw"))
    await diary.note(session.call_tool("repeat", {"count": 300_000}))
    await diary.note(session.list_resources())
    await diary.note(session.list_resource_templates())
    await diary.note(session.read_resource("memo://page"))
    await diary.note(session.read_resource("memo://second"))
    await diary.note(session.read_resource("else://where"))
    await diary.note(session.list_prompts())
    await diary.note(session.get_prompt("greeting", {"name": "Ada"}))
    await diary.note(session.get_prompt("nobody"))
    prompt = types.PromptReference(type="ref/prompt", name="greeting")
    await diary.note(session.complete(prompt, {"name": "style", "value": "p"}))
    await diary.note(session.send_ping())


async def use_both_ways(session: ClientSession, diary: Diary) -> None:
    """What a server asks and tells while it works; needs a stream to the host."""
    count = session.call_tool("countdown", {"steps": 3}, progress_callback=diary.progressed)
    await diary.note(count)
    await diary.note(session.call_tool("ask_name"))
    await diary.note(session.call_tool("ask_model", {"question": "Why?"}))
    await diary.note(session.call_tool("ask_roots"))
    calls = [session.call_tool("add", {"first": n, "second": n}) for n in range(20)]
    diary.answers.extend(map(_plain, await asyncio.gather(*calls)))


@asynccontextmanager
async def _session(streams: Any, diary: Diary) -> AsyncIterator[ClientSession]:
    read, write = streams[:2]
    async with ClientSession(
        read,
        write,
        sampling_callback=diary.sampled,
        elicitation_callback=diary.elicited,
        list_roots_callback=diary.rooted,
        logging_callback=diary.logged,
    ) as session:
        yield session


@asynccontextmanager
async def straight(url: str, diary: Diary) -> AsyncIterator[ClientSession]:
    """A session with the server itself."""
    async with (
        streamable_http_client(url) as streams,
        _session(streams, diary) as session,
    ):
        yield session


@asynccontextmanager
async def through(url: str, home: Path, diary: Diary) -> AsyncIterator[ClientSession]:
    """A session with the server behind `mcp-permit serve`."""
    words = ["-m", "mcp_proxy", "serve", url]
    server = StdioServerParameters(command=sys.executable, args=words, env=surroundings(home))
    async with stdio_client(server) as streams, _session(streams, diary) as session:
        yield session
