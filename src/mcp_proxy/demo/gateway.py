"""The instance's MCP server, on the SDK's low-level server and session manager.

It answers with plain results: the SDK checks them against the revision of the session.
Prompts, resources and completion are ours: the documented gateway has tools only, a proxy
must carry all of it.
"""

from __future__ import annotations

import json
from asyncio import Event
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, cast, get_args

import mcp_types as types
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.exceptions import MCPError

from mcp_proxy.demo import reading, tools
from mcp_proxy.demo.desk import Denied, Desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
    from mcp.server.models import InitializationOptions
    from mcp.server.session import ServerSession
    from starlette.requests import Request

    from mcp_proxy.demo.identities import Identity
    from mcp_proxy.demo.instance import Instance
    from mcp_proxy.demo.switches import Counters, Faults

    Context = ServerRequestContext[Any, Any]

_LEVELS: tuple[str, ...] = get_args(types.LoggingLevel)
_CONFIRMATION = {
    "type": "object",
    "properties": {"confirm": {"type": "boolean", "title": "Yes, delete it"}},
    "required": ["confirm"],
}
INSTRUCTIONS = "Integration Gateway, instance DEV. Ask for confirmation before you delete anything."


@dataclass(slots=True)
class Listener:
    """What one session has asked to hear."""

    session: ServerSession
    level: str = "info"
    uris: set[str] = field(default_factory=set)


class _Server(Server[Any]):
    """The SDK's server, which announces that its tools may change."""

    def create_initialization_options(self, *_args: Any, **_kwargs: Any) -> InitializationOptions:
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


class Gateway:
    """One instance's MCP endpoint; `manager` takes the requests that `front` lets through."""

    def __init__(self, instance: Instance, faults: Faults, counters: Counters) -> None:
        self.instance, self._faults, self._counters = instance, faults, counters
        self.manager: StreamableHTTPSessionManager
        self.approved = Event()
        """Set: runs that wait for an approval go on."""
        self._listeners: dict[str, Listener] = {}

    @asynccontextmanager
    async def running(self, *, json_answers: bool) -> AsyncIterator[None]:
        """Serve while the block lasts; `json_answers`: JSON bodies instead of event streams."""
        security = TransportSecuritySettings(allowed_hosts=["127.0.0.1:*", "localhost:*"])
        self.manager = StreamableHTTPSessionManager(
            self._server(), json_response=json_answers, security_settings=security
        )
        async with self.manager.run():
            yield

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

    async def _saved(self, integration_id: int) -> None:
        uri = reading.integration_uri(integration_id)
        for listener in list(self._listeners.values()):
            if uri in listener.uris:
                await listener.session.send_resource_updated(uri)

    def _server(self) -> Server[Any]:
        server = _Server("integration-gateway", version="4.22.0", instructions=INSTRUCTIONS)
        add = server.add_request_handler
        add("tools/list", types.PaginatedRequestParams, self._list_tools)
        add("tools/call", types.CallToolRequestParams, self._call_tool)
        add("logging/setLevel", types.SetLevelRequestParams, self._set_level)
        add("resources/subscribe", types.SubscribeRequestParams, self._subscribe)
        add("resources/unsubscribe", types.UnsubscribeRequestParams, self._unsubscribe)
        for method, params, read in reading.METHODS:
            add(method, params, partial(self._read, read))
        server.middleware.append(_Hearing(self._listener))
        return server

    def _listener(self, context: Context) -> Listener:
        session_id = _request(context).headers.get("mcp-session-id", "")
        return self._listeners.setdefault(session_id, Listener(context.session))

    async def _read(self, read: reading.Read, context: Context, params: Any) -> dict[str, Any]:
        try:
            return read(self.instance, _identity(context), params)
        except Denied as denied:
            raise MCPError(types.INVALID_PARAMS, str(denied), denied.answer) from denied

    async def _list_tools(
        self, _context: Context, params: types.PaginatedRequestParams
    ) -> dict[str, Any]:
        entries = tools.listed(self.instance)
        start, size = int(params.cursor or 0), self._faults.page_size or len(entries)
        page = {"tools": entries[start : start + size]}
        return page | ({"nextCursor": str(start + size)} if start + size < len(entries) else {})

    async def _call_tool(
        self, context: Context, params: types.CallToolRequestParams
    ) -> dict[str, Any]:
        listener = self._listener(context)
        desk = Desk(
            self.instance,
            _identity(context),
            self._counters,
            params.name,
            progress=partial(self._progress, context, listener),
            confirm=partial(_confirm, context),
            approval=self._approval,
            tools_changed=self.tools_changed,
            saved=self._saved,
        )
        try:
            answer = await tools.call(desk, params.name, params.arguments or {})
        except Denied as denied:
            return _result(denied.answer) | {"isError": True}
        if answer is None:
            raise MCPError(types.INVALID_PARAMS, f"Unknown tool: {params.name}")
        return _result(answer)

    async def _approval(self) -> None:
        await self.approved.wait()

    async def _progress(
        self, context: Context, listener: Listener, done: int, total: int, message: str
    ) -> None:
        await context.session.report_progress(done, total, message)
        if _LEVELS.index(listener.level) <= _LEVELS.index("info"):
            data = {"step": message, "done": done}
            note = types.LoggingMessageNotificationParams(level="info", logger="runs", data=data)
            sent = types.LoggingMessageNotification(params=note)
            await context.session.send_notification(sent, context.request_id)

    async def _set_level(
        self, context: Context, params: types.SetLevelRequestParams
    ) -> dict[str, Any]:
        self._listener(context).level = params.level
        return {}

    async def _subscribe(
        self, context: Context, params: types.SubscribeRequestParams
    ) -> dict[str, Any]:
        self._listener(context).uris.add(params.uri)
        return {}

    async def _unsubscribe(
        self, context: Context, params: types.UnsubscribeRequestParams
    ) -> dict[str, Any]:
        self._listener(context).uris.discard(params.uri)
        return {}


def _request(context: Context) -> Request:
    """The HTTP request that brought a message."""
    return cast("Request", context.request)


def _identity(context: Context) -> Identity:
    """The account behind a request; `front` has put it there."""
    identity: Identity = _request(context).scope["identity"]
    return identity


async def _confirm(context: Context, question: str) -> bool | None:
    """Ask the person, where the host has said that it can (MCP 2025-06-18, Elicitation)."""
    session = context.session
    declared = session.client_capabilities
    # A plain JSON answer leaves no way to ask before it.
    if not session.can_send_request or declared is None or declared.elicitation is None:
        return None
    answer = await session.elicit_form(question, _CONFIRMATION, context.request_id)
    return answer.action == "accept" and (answer.content or {}).get("confirm") is True


def _result(answer: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(answer, ensure_ascii=False)
    return {"content": [{"type": "text", "text": text}], "structuredContent": answer}
