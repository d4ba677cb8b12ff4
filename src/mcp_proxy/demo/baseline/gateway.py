"""The MCP server of the demo's Stable Baseline, for the revision 2025-03-26: text results only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import mcp_types as types
from mcp.shared.exceptions import MCPError

from mcp_proxy.demo.baseline import calls, reading
from mcp_proxy.demo.baseline.catalogue import BY_NAME
from mcp_proxy.demo.baseline.desk import Desk
from mcp_proxy.demo.baseline.refusals import Refused
from mcp_proxy.demo.endpoint import AnnouncingServer, Endpoint, altered, page, request_of

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

    from mcp_proxy.demo.baseline.estate import Estate
    from mcp_proxy.demo.baseline.grants import Credential
    from mcp_proxy.demo.baseline.orders import Orders
    from mcp_proxy.demo.baseline.signup import SignUps
    from mcp_proxy.demo.baseline.switches import BaselineFaults
    from mcp_proxy.demo.endpoint import Context
    from mcp_proxy.demo.switches import Counters

INSTRUCTIONS = "Stable Baseline, a demonstration. Call listOrganisations first."
_NOT_FOUND = -32002
"""MCP 2025-03-26, Resources, Error Handling."""


class Gateway(Endpoint):
    """Lists for whoever is let in, and calls judged one by one.

    Args:
        estate: what the tools read and write.
        orders: previews that wait to be applied.
        sign_ups: codes that wait for a person.
        sign_up_page: where a person enters one.
        faults: how it misbehaves.
        counters: where effects are counted.
    """

    def __init__(
        self,
        estate: Estate,
        orders: Orders,
        sign_ups: SignUps,
        sign_up_page: str,
        faults: BaselineFaults,
        counters: Counters,
    ) -> None:
        super().__init__()
        self.estate, self.orders, self.sign_ups = estate, orders, sign_ups
        self._page, self._faults, self._counters = sign_up_page, faults, counters

    def server(self) -> Server[Any]:
        """Tools, prompts and resources."""
        server = AnnouncingServer("stable-baseline", version="1.0", instructions=INSTRUCTIONS)
        add, paged = server.add_request_handler, types.PaginatedRequestParams
        add("tools/list", paged, self._list_tools)
        add("tools/call", types.CallToolRequestParams, self._call_tool)
        add("prompts/list", paged, self._list_prompts)
        add("prompts/get", types.GetPromptRequestParams, self._get_prompt)
        add("resources/list", paged, self._list_resources)
        add("resources/templates/list", paged, self._list_templates)
        add("resources/read", types.ReadResourceRequestParams, self._read_resource)
        return server

    async def _list_tools(
        self, context: Context, params: types.PaginatedRequestParams
    ) -> dict[str, Any]:
        agent = request_of(context).headers.get("user-agent", "")
        entries = calls.listed(_credential(context), agent, self._faults)
        return page(altered(entries, self._faults), params.cursor, self._faults.page_size)

    async def _call_tool(
        self, context: Context, params: types.CallToolRequestParams
    ) -> dict[str, Any]:
        tool = BY_NAME.get(params.name)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, f"Unknown tool: {params.name}")
        desk = Desk(
            self.estate,
            _credential(context),
            self._counters,
            tool,
            self.orders,
            self.sign_ups,
            self._page,
        )
        try:
            return _result(calls.answer(desk, params.arguments or {}))
        except Refused as refused:
            mark = {"isError": True} if self._faults.marks_refusals else {}
            return _result(refused.answer) | mark

    async def _list_prompts(self, _context: Context, _params: Any) -> dict[str, Any]:
        return {"prompts": reading.prompts()}

    async def _get_prompt(
        self, _context: Context, params: types.GetPromptRequestParams
    ) -> dict[str, Any]:
        try:
            return reading.prompt(params.name, params.arguments or {})
        except reading.NotThere as error:
            raise MCPError(types.INVALID_PARAMS, str(error)) from error

    async def _list_resources(self, _context: Context, _params: Any) -> dict[str, Any]:
        return {"resources": reading.resources()}

    async def _list_templates(self, _context: Context, _params: Any) -> dict[str, Any]:
        return {"resourceTemplates": reading.templates()}

    async def _read_resource(
        self, context: Context, params: types.ReadResourceRequestParams
    ) -> dict[str, Any]:
        try:
            return reading.resource(str(params.uri), self.estate, _credential(context))
        except reading.NotThere as error:
            raise MCPError(_NOT_FOUND, str(error)) from error


def _credential(context: Context) -> Credential | None:
    """Whose request it is; `bearer` has put it there, unless nobody was asked."""
    found: Credential | None = request_of(context).scope.get("identity")
    return found


def _result(answer: dict[str, Any]) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": json.dumps(answer, ensure_ascii=False)}]}
