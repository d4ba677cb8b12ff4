"""A server of the `mcp` SDK that speaks the eras it is told to, and asks and tells in both."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any

import mcp_types as types
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.resolve import Elicit, ListRoots, Resolve, Sample
from pydantic import BaseModel

from mcp_proxy.demo.embedded import EmbeddedServer, bound

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp, Receive, Scope, Send

MODERN = "2026-07-28"


class Name(BaseModel):
    """What a person is asked for."""

    name: str


def _name() -> Elicit[Name]:
    return Elicit("Who are you?", Name)


def _thought() -> Sample:
    text = types.TextContent(type="text", text="Why?")
    return Sample([types.SamplingMessage(role="user", content=text)], max_tokens=10)


def _folders() -> ListRoots:
    return ListRoots()


async def interview(
    who: Annotated[Name, Resolve(_name)],
    thought: Annotated[types.CreateMessageResult, Resolve(_thought)],
    folders: Annotated[types.ListRootsResult, Resolve(_folders)],
) -> str:
    """Ask the person, the model and the host."""
    assert isinstance(thought.content, types.TextContent)
    return f"{who.name}: {thought.content.text} in {folders.roots[0].name}"


async def countdown(steps: int, ctx: Context[Any, Any]) -> str:
    """Report each step."""
    for step in range(steps):
        await ctx.report_progress(step + 1, steps, f"step {step + 1}")
    return f"counted {steps}"


async def note(ctx: Context[Any, Any]) -> str:
    """Log."""
    for level in ("debug", "warning"):
        await ctx.log(level, {"said": level})
    return "noted"


def add(first: int, second: int) -> dict[str, int]:
    """Add; the result is structured as well."""
    return {"sum": first + second}


async def touch(ctx: Context[Any, Any]) -> str:
    """Say that a resource and the tools have changed, to those of either era who listen."""
    await ctx.notify_resource_updated("memo://page")
    await ctx.notify_tools_changed()
    await ctx.request_context.session.send_resource_updated("memo://page")
    await ctx.request_context.session.send_tool_list_changed()
    return "touched"


def greeting(name: str) -> str:
    """A greeting."""
    return f"Greet {name}."


async def complete(
    _ref: types.PromptReference | types.ResourceTemplateReference,
    argument: types.CompletionArgument,
    _context: types.CompletionContext | None,
) -> types.Completion:
    """What may be meant."""
    return types.Completion(values=[f"{argument.value}!"], total=1, has_more=False)


async def _nothing(_ctx: Any, _params: Any) -> types.EmptyResult:
    return types.EmptyResult()


def _server() -> MCPServer[Any]:
    server: MCPServer[Any] = MCPServer("eras", version="3", log_level="CRITICAL")
    for deed in (interview, countdown, note, add, touch):
        server.add_tool(deed)
    server.resource("memo://page", name="page")(lambda: "the page")
    server.prompt()(greeting)
    server.completion()(complete)  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
    low = server._lowlevel_server
    low.add_request_handler("logging/setLevel", types.SetLevelRequestParams, _nothing)
    low.add_request_handler("resources/subscribe", types.SubscribeRequestParams, _nothing)
    low.add_request_handler("resources/unsubscribe", types.UnsubscribeRequestParams, _nothing)
    return server


def _only(app: ASGIApp, eras: set[str]) -> ASGIApp:
    """Refuse the other era, as servers of one era do."""

    async def judge(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _era(scope) not in eras:
            await _refuse(send, is_modern=eras == {"modern"})
        else:
            await app(scope, receive, send)

    return judge


def _era(scope: Scope) -> str:
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    return "modern" if headers.get("mcp-protocol-version", "") >= MODERN else "legacy"


async def _refuse(send: Send, *, is_modern: bool) -> None:
    if is_modern:
        error: dict[str, Any] = {"code": -32022, "message": "Unsupported protocol version"}
        error["data"] = {"supported": [MODERN], "requested": "?"}
    else:
        error = {"code": -32600, "message": "Bad Request: Unsupported protocol version"}
    body = json.dumps({"jsonrpc": "2.0", "id": "server-error", "error": error}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def gateway_of(*eras: str) -> AsyncIterator[str]:
    """The URL of a server that speaks these eras and no other."""
    socket = bound(0)
    server = _server()
    app = _only(server.streamable_http_app(), set(eras))
    embedded = EmbeddedServer(app)
    async with server.session_manager.run():
        serving = asyncio.create_task(embedded.serve([socket]))
        await embedded.ready.wait()
        try:
            yield f"http://127.0.0.1:{socket.getsockname()[1]}/mcp"
        finally:
            embedded.leave.set()
            await serving
