"""A desktop program, as far as it matters here: launches a server over stdio and uses its tools.

On the `mcp` SDK's own client, so that whoever is launched meets a client that nobody here wrote.
"""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import mcp_types as types
from mcp import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.shared.exceptions import MCPError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from mcp.shared._stream_protocols import ReadStream, WriteStream
    from mcp.shared.message import SessionMessage

SIGN_IN_TOOL = "sign_in"
"""The one tool of a list that waits for a person (docs/architecture.md, the life of a sign-in)."""

NAME = types.Implementation(name="demo-desktop", version="1.0")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call came to: a text, or the code and the reason of a refusal."""

    text: str
    is_error: bool = False
    refusal: Mapping[str, Any] = field(default_factory=dict)
    """`data` of a JSON-RPC error."""


class Host:
    """One launched server. `greeted_seconds`: how long it took to answer the handshake."""

    def __init__(self, session: ClientSession, changed: asyncio.Event) -> None:
        self._session, self._changed = session, changed
        self.greeted_seconds = 0.0

    async def greet(self) -> None:
        """Shake hands."""
        began_at = time.perf_counter()
        await self._session.initialize()
        self.greeted_seconds = time.perf_counter() - began_at

    async def tools(self) -> list[str]:
        """The names of all tools, after a person has signed in where that is needed."""
        names = await self._listed()
        while names == [SIGN_IN_TOOL]:
            await self._changed.wait()
            self._changed.clear()
            names = await self._listed()
        return names

    async def is_waiting(self) -> bool:
        """Whether the server waits for a person to sign in."""
        return await self._listed() == [SIGN_IN_TOOL]

    async def _listed(self) -> list[str]:
        return [tool.name for tool in (await self._session.list_tools()).tools]

    async def call(self, tool: str, **arguments: object) -> Outcome:
        """Call a tool; an error is an outcome too."""
        try:
            result = await self._session.call_tool(tool, arguments)
        except MCPError as error:
            return Outcome(error.message, True, error.data or {})
        texts = [each.text for each in result.content if isinstance(each, types.TextContent)]
        return Outcome("\n".join(texts), bool(result.is_error))


@asynccontextmanager
async def launched(arguments: list[str], environ: dict[str, str], log: Path) -> AsyncIterator[Host]:
    """`mcp-permit` with these arguments, launched as a desktop program does; stderr goes to `log`.

    Raises:
        MCPError: it does not shake hands.
    """
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "mcp_proxy", *arguments], env=environ
    )
    with log.open("a") as errors:
        async with stdio_client(server, errors) as streams, talking(*streams) as host:
            yield host


@asynccontextmanager
async def talking(
    read_stream: ReadStream[SessionMessage | Exception], write_stream: WriteStream[SessionMessage]
) -> AsyncIterator[Host]:
    """A host that has shaken hands with whoever is at the other end of these streams.

    Raises:
        MCPError: nobody, or nobody who wants to.
    """
    changed = asyncio.Event()

    async def hear(message: object) -> None:
        if isinstance(message, types.ToolListChangedNotification):
            changed.set()

    async with ClientSession(
        read_stream, write_stream, message_handler=hear, client_info=NAME
    ) as session:
        host = Host(session, changed)
        await host.greet()
        yield host
