"""The desktop program, against a server of the SDK and against our own."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import mcp_types as types
import pytest
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp.shared.memory import create_client_server_memory_streams

from mcp_proxy.demo.host import Host, launched, talking

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from mcp.server.context import ServerRequestContext

    Context = ServerRequestContext[Any, Any]


class SignInServer:
    """Lists one helper tool until somebody says that the person has signed in."""

    def __init__(self) -> None:
        self.is_signed_in = False
        self.asked = asyncio.Event()
        self.context: Context

    async def list_tools(
        self, context: Context, _params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        self.context = context
        self.asked.set()
        names = ["real_one", "real_two"] if self.is_signed_in else ["sign_in"]
        return types.ListToolsResult(
            tools=[types.Tool(name=name, input_schema={"type": "object"}) for name in names]
        )

    async def call_tool(
        self, _context: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        if params.name == "refused":
            raise MCPError(1004, "Not permitted", {"code": "PERMISSION_DENIED"})
        content = types.TextContent(type="text", text=str(params.arguments))
        return types.CallToolResult(content=[content], is_error=params.name == "failing")

    @asynccontextmanager
    async def hosted(self) -> AsyncIterator[Host]:
        server = Server("t", on_list_tools=self.list_tools, on_call_tool=self.call_tool)
        async with create_client_server_memory_streams() as (ours, theirs):
            options = server.create_initialization_options()
            running = asyncio.create_task(server.run(*theirs, options))
            async with talking(*ours) as host:
                yield host
            running.cancel()
            await asyncio.wait([running])


def test_it_waits_for_the_real_tools_until_they_are_announced() -> None:
    """docs/architecture.md, the life of a sign-in: list_changed when the list is live."""

    async def scenario() -> None:
        server = SignInServer()
        async with asyncio.timeout(10), server.hosted() as host:
            assert await host.is_waiting()
            server.asked.clear()
            listing = asyncio.create_task(host.tools())
            await server.asked.wait()
            assert not listing.done()
            server.is_signed_in = True
            await server.context.session.send_tool_list_changed()
            assert await listing == ["real_one", "real_two"]
            assert not await host.is_waiting()

    asyncio.run(scenario())


def test_every_end_of_a_call_is_an_outcome() -> None:
    """MCP 2025-06-18, Tools: results, tool errors, protocol errors."""

    async def scenario() -> None:
        async with asyncio.timeout(10), SignInServer().hosted() as host:
            good = await host.call("good", a=1)
            assert (good.text, good.is_error) == ("{'a': 1}", False)
            assert (await host.call("failing")).is_error
            refused = await host.call("refused")
            assert refused.is_error
            assert refused.refusal["code"] == "PERMISSION_DENIED"

    asyncio.run(scenario())


def test_a_program_that_ends_at_once_is_said_and_its_last_words_are_kept(tmp_path: Path) -> None:
    """Ours: the tour ends with them."""

    async def scenario() -> None:
        environ = {"MCP_PERMIT_HOME": str(tmp_path)}
        async with launched(["serve", "no-such-profile"], environ, tmp_path / "log"):
            pass

    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(scenario())
    assert caught.group_contains(MCPError)
    assert "no-such-profile" in (tmp_path / "log").read_text()
