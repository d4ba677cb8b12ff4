"""One MCP endpoint on the SDK's low-level server and session manager; what it serves is told it.

Keeps who listens, to tell them what changes. The SDK checks answers against the revision of
the session.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from mcp.server.lowlevel import NotificationOptions, Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
    from mcp.server.models import InitializationOptions
    from mcp.server.session import ServerSession
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from mcp_proxy.demo.switches import Faults

    Context = ServerRequestContext[Any, Any]

_CONFIRMATION = {
    "type": "object",
    "properties": {"confirm": {"type": "boolean", "title": "Yes, do it"}},
    "required": ["confirm"],
}


@dataclass(slots=True)
class Listener:
    """What one session has asked to hear."""

    session: ServerSession
    level: str = "info"
    uris: set[str] = field(default_factory=set)


class AnnouncingServer(Server[Any]):
    """The SDK's server, which announces that its tools may change."""

    def create_initialization_options(self, *_args: Any, **_kwargs: Any) -> InitializationOptions:
        """As the SDK's, with `listChanged` for tools."""
        return super().create_initialization_options(NotificationOptions(tools_changed=True))


@dataclass(frozen=True, slots=True)
class _Hearing:
    """Makes every session known from its first message on, to tell it what changes."""

    listener: Callable[[Context], Listener]

    async def __call__(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """The SDK's shape of a middleware."""
        # The request that asks for a session has none yet.
        if ctx.method != "initialize":
            self.listener(ctx)
        return await call_next(ctx)


class Endpoint(ABC):
    """Takes the requests that `front` lets through, as `manager`."""

    is_stateless = False

    def __init__(self) -> None:
        self.manager: StreamableHTTPSessionManager
        self._listeners: dict[str, Listener] = {}

    @abstractmethod
    def server(self) -> Server[Any]:
        """A new server with all its methods."""

    @asynccontextmanager
    async def running(self, *, json_answers: bool) -> AsyncIterator[None]:
        """Serve while the block lasts; `json_answers`: JSON bodies instead of event streams."""
        security = TransportSecuritySettings(allowed_hosts=["127.0.0.1:*", "localhost:*"])
        server = self.server()
        if not self.is_stateless:
            server.middleware.append(_Hearing(self.listener))
        self.manager = StreamableHTTPSessionManager(
            server,
            json_response=json_answers,
            stateless=self.is_stateless,
            security_settings=security,
        )
        async with self.manager.run():
            yield

    async def handle(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        message: dict[str, Any],  # noqa: ARG002 - for endpoints that look at it first
    ) -> None:
        """Serve one request that was let in; `message` is its body, parsed."""
        await self.manager.handle_request(scope, receive, send)

    async def forget_sessions(self) -> None:
        """End all sessions as a restart does: their ids are unknown from now on."""
        # The SDK itself ends a session from the server's side only for idleness.
        transports = self.manager._server_instances  # noqa: SLF001 - as just said
        for transport in list(transports.values()):
            await transport.terminate()
        self._listeners.clear()

    async def tools_changed(self) -> None:
        """Tell every session that there are other tools now."""
        for listener in list(self._listeners.values()):
            await listener.session.send_tool_list_changed()

    async def resource_updated(self, uri: str) -> None:
        """Tell who has subscribed to `uri`."""
        for listener in list(self._listeners.values()):
            if uri in listener.uris:
                await listener.session.send_resource_updated(uri)

    def listener(self, context: Context) -> Listener:
        """What the session of a message has asked to hear."""
        session_id = request_of(context).headers.get("mcp-session-id", "")
        return self._listeners.setdefault(session_id, Listener(context.session))


def request_of(context: Context) -> Request:
    """The HTTP request that brought a message."""
    return cast("Request", context.request)


async def confirmed(context: Context, question: str) -> bool | None:
    """Ask the person, where the host has said that it can (MCP 2025-06-18, Elicitation)."""
    session = context.session
    declared = session.client_capabilities
    # A plain JSON answer leaves no way to ask before it.
    if not session.can_send_request or declared is None or declared.elicitation is None:
        return None
    answer = await session.elicit_form(question, _CONFIRMATION, context.request_id)
    return answer.action == "accept" and (answer.content or {}).get("confirm") is True


def result(answer: dict[str, Any]) -> dict[str, Any]:
    """A tool's answer as text and as structure (MCP 2025-06-18, Structured Content)."""
    text = json.dumps(answer, ensure_ascii=False)
    return {"content": [{"type": "text", "text": text}], "structuredContent": answer}


def page(entries: list[dict[str, Any]], cursor: str | None, size: int | None) -> dict[str, Any]:
    """One page of `tools/list`; `size` None: all on one page (MCP 2025-06-18, Pagination)."""
    start, size = int(cursor or 0), size or max(len(entries), 1)
    found: dict[str, Any] = {"tools": entries[start : start + size]}
    return found | ({"nextCursor": str(start + size)} if start + size < len(entries) else {})


def altered(entries: list[dict[str, Any]], faults: Faults) -> list[dict[str, Any]]:
    """The entries of a list, with what the faults say: other words, and more tools."""
    words = faults.descriptions
    told = [
        each | {"description": words.get(each["name"], each["description"])} for each in entries
    ]
    new = {"description": "It was not there before.", "inputSchema": {"type": "object"}}
    return told + [{"name": name} | new for name in faults.extra_tools]
