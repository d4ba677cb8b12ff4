"""The instance's MCP server: its tools, and prompts, resources and completion beside them.

It answers with plain results: the SDK checks them against the revision of the session.
Prompts, resources and completion are ours: the documented gateway has tools only, a proxy
must carry all of it.
"""

from __future__ import annotations

from asyncio import Event
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

import mcp_types as types
from mcp.shared.exceptions import MCPError

from mcp_proxy.demo.endpoint import (
    AnnouncingServer,
    Endpoint,
    altered,
    confirmed,
    page,
    request_of,
    result,
)
from mcp_proxy.demo.integration import reading, tools
from mcp_proxy.demo.integration.desk import Denied, Desk
from mcp_proxy.demo.integration.listing import listed

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

    from mcp_proxy.demo.endpoint import Context, Listener
    from mcp_proxy.demo.integration.identities import Identity
    from mcp_proxy.demo.integration.instance import Instance
    from mcp_proxy.demo.integration.switches import IntegrationFaults
    from mcp_proxy.demo.switches import Counters

_LEVELS: tuple[str, ...] = get_args(types.LoggingLevel)
INSTRUCTIONS = (
    "Integration Gateway, instance {label}. Ask for confirmation before you delete anything."
)


class Gateway(Endpoint):
    """One instance's MCP endpoint."""

    def __init__(self, instance: Instance, faults: IntegrationFaults, counters: Counters) -> None:
        super().__init__()
        self.instance, self._faults, self._counters = instance, faults, counters
        self.approved = Event()
        """Set: runs that wait for an approval go on."""
        self.waiting = Event()
        """Set: a run has come to where it waits for one."""

    async def tools_changed(self) -> None:
        """Tell every session that there are other tools now; nobody where it is not done."""
        if self._faults.announces_tools:
            await super().tools_changed()

    async def _saved(self, integration_id: int) -> None:
        await self.resource_updated(reading.integration_uri(integration_id))

    def server(self) -> Server[Any]:
        """The documented tools; and what a proxy must carry besides."""
        words = INSTRUCTIONS.format(label=self.instance.label)
        server = AnnouncingServer("integration-gateway", version="4.22.0", instructions=words)
        add = server.add_request_handler
        add("tools/list", types.PaginatedRequestParams, self._list_tools)
        add("tools/call", types.CallToolRequestParams, self._call_tool)
        add("logging/setLevel", types.SetLevelRequestParams, self._set_level)
        add("resources/subscribe", types.SubscribeRequestParams, self._subscribe)
        add("resources/unsubscribe", types.UnsubscribeRequestParams, self._unsubscribe)
        for method, params, read in reading.METHODS:
            add(method, params, partial(self._read, read))
        return server

    async def _read(self, read: reading.Read, context: Context, params: Any) -> dict[str, Any]:
        try:
            return read(self.instance, _identity(context), params)
        except Denied as denied:
            raise MCPError(types.INVALID_PARAMS, str(denied), denied.answer) from denied

    async def _list_tools(
        self, context: Context, params: types.PaginatedRequestParams
    ) -> dict[str, Any]:
        entries = listed(
            self.instance, _identity(context), only_permitted=self._faults.only_permitted
        )
        return page(altered(entries, self._faults), params.cursor, self._faults.page_size)

    async def _call_tool(
        self, context: Context, params: types.CallToolRequestParams
    ) -> dict[str, Any]:
        listener = self.listener(context)
        desk = Desk(
            self.instance,
            _identity(context),
            self._counters,
            params.name,
            progress=partial(self._progress, context, listener),
            confirm=partial(confirmed, context),
            approval=self.approval,
            tools_changed=self.tools_changed,
            saved=self._saved,
        )
        try:
            if (page_permission := self._faults.page_permissions.get(params.name)) is not None:
                desk.account(page_permission)
            answer = await tools.call(desk, params.name, params.arguments or {})
        except Denied as denied:
            return result(denied.answer) | {"isError": True}
        if answer is None:
            raise MCPError(types.INVALID_PARAMS, f"Unknown tool: {params.name}")
        return result(answer)

    async def approval(self) -> None:
        """Wait until waiting runs are approved."""
        self.waiting.set()
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
        self.listener(context).level = params.level
        return {}

    async def _subscribe(
        self, context: Context, params: types.SubscribeRequestParams
    ) -> dict[str, Any]:
        self.listener(context).uris.add(params.uri)
        return {}

    async def _unsubscribe(
        self, context: Context, params: types.UnsubscribeRequestParams
    ) -> dict[str, Any]:
        self.listener(context).uris.discard(params.uri)
        return {}


def _identity(context: Context) -> Identity:
    """The account behind a request; `bearer` has put it there."""
    identity: Identity = request_of(context).scope["identity"]
    return identity
