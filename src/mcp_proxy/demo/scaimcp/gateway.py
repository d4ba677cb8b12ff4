"""ScaiMCP's server: stateless, a list for each caller, and each call checked again (SC-ARCH).

A refusal is the JSON of a successful result, with a code; see `refusals`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mcp_types as types
from mcp.server.lowlevel import Server
from starlette.responses import Response

from mcp_proxy.demo.bearer import called
from mcp_proxy.demo.complaints import complaints
from mcp_proxy.demo.endpoint import Endpoint, altered, page, request_of
from mcp_proxy.demo.scaimcp import consent, remote
from mcp_proxy.demo.scaimcp.catalogue import CATALOGUE
from mcp_proxy.demo.scaimcp.consent import Consent
from mcp_proxy.demo.scaimcp.permissions import REMOTE_USE, covers
from mcp_proxy.demo.scaimcp.refusals import Refused, content, in_result
from mcp_proxy.demo.scaimcp.services import Work, done

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from mcp_proxy.demo.endpoint import Context
    from mcp_proxy.demo.scaimcp.catalogue import Tool
    from mcp_proxy.demo.scaimcp.events import Events
    from mcp_proxy.demo.scaimcp.people import Person
    from mcp_proxy.demo.scaimcp.switches import ScaiFaults
    from mcp_proxy.demo.scaimcp.tenant import Tenant
    from mcp_proxy.demo.switches import Counters

_COMPLETE = {"resultType": "complete"}
"""What a result says of itself from 2026-07-28 on; the SDK takes it out for older revisions."""

_PRIVATE = {"ttlMs": 0, "cacheScope": "private"}
"""The list is resolved afresh on every request, and for one caller (MCP 2026-07-28, Caching)."""

INSTRUCTIONS = "ScaiMCP, a demonstration. me_get tells who you are, modules_list what is enabled."


class Gateway(Endpoint):
    """Serves whoever is let in, without sessions."""

    is_stateless = True

    def __init__(
        self,
        tenant: Tenant,
        registry: remote.Registry,
        events: Events,
        faults: ScaiFaults,
        counters: Counters,
    ) -> None:
        super().__init__()
        self.tenant, self.registry, self.events = tenant, registry, events
        self._faults, self._counters = faults, counters
        self._consent = Consent()

    def server(self) -> Server[Any]:
        """Three methods, as documented."""
        server: Server[Any] = Server("scaimcp", version="1.0", instructions=INSTRUCTIONS)
        server.add_request_handler("tools/list", types.PaginatedRequestParams, self._list_tools)
        server.add_request_handler("tools/call", types.CallToolRequestParams, self._call_tool)
        return server

    async def handle(
        self, scope: Scope, receive: Receive, send: Send, message: dict[str, Any]
    ) -> None:
        """POST only; a call that needs consent asks for it first, where somebody can be asked."""
        if scope["method"] != "POST":
            await Response(status_code=405, headers={"Allow": "POST"})(scope, receive, send)
            return
        if self._consent.takes(message):
            await consent.accepted(scope, receive, send)
            return
        person: Person = scope["identity"]
        self._consent.learn(person.user_id, message)
        if self._is_asked_on_the_stream(person, called(message)):
            found = await self._consent.asked(called(message), receive, send)
            if found is None:
                return
            scope[consent.KEY], receive = found
            send = consent.continued(send)
        await super().handle(scope, receive, send, message)

    def _is_asked_on_the_stream(self, person: Person, name: str) -> bool:
        tool = self.registry.tools(person).get(name)
        needs = tool is not None and tool.tier == "confirm"
        return needs and self._consent.can_ask(person.user_id)

    def listed(self, person: Person) -> list[dict[str, Any]]:
        """The tools of one caller: built-in ones, those of modules, remote ones."""
        own = [
            tool.entry()
            for tool in CATALOGUE.values()
            if self._is_enabled(tool) and covers(person.permissions, tool.required_permission)
        ]
        far = [remote.entry(*each) for each in self._remote(person).items()]
        return altered(own + far, self._faults)

    def _is_enabled(self, tool: Tool) -> bool:
        return tool.module_id is None or tool.module_id in self.tenant.enabled

    def _remote(self, person: Person) -> dict[str, remote.RemoteTool]:
        return self.registry.tools(person) if "scailink" in self.tenant.enabled else {}

    async def _list_tools(
        self, context: Context, params: types.PaginatedRequestParams
    ) -> dict[str, Any]:
        found = page(self.listed(_person(context)), params.cursor, self._faults.page_size)
        return found | _COMPLETE | _PRIVATE

    async def _call_tool(
        self, context: Context, params: types.CallToolRequestParams
    ) -> dict[str, Any]:
        return _COMPLETE | self._called(context, params)

    def _called(self, context: Context, params: types.CallToolRequestParams) -> dict[str, Any]:
        person, name, arguments = _person(context), params.name, params.arguments or {}
        try:
            if name.startswith("remote."):
                return self._far(context, params)
            tool = self._permitted(person, name)
            self._check(arguments, tool.input_schema)
            self._reach(tool)
            work = Work(name, person, self.tenant, self._counters, self.events)
            return content(done(work, arguments))
        except Refused as refused:
            self.events.refused(person, name, refused)
            return in_result(refused, self._faults)

    def _permitted(self, person: Person, name: str) -> Tool:
        """The tool of a call, which is checked again whatever the list has shown."""
        tool = CATALOGUE.get(name)
        if tool is None:
            raise Refused("TOOL_NOT_FOUND", f"Tool '{name}' not found")
        if not self._is_enabled(tool):
            raise self._filtered(
                "MODULE_NOT_ENABLED", f"Module '{tool.module_id}' is not enabled", name
            )
        if not covers(person.permissions, tool.required_permission):
            text = f"Permission '{tool.required_permission}' is required for tool '{name}'"
            raise self._filtered("PERMISSION_DENIED", text, name)
        return tool

    def _reach(self, tool: Tool) -> None:
        """Go on only while what stands behind a tool answers; the open ones need nobody."""
        if self._faults.backend is not None and tool.required_permission:
            raise Refused(self._faults.backend, "The backend did not answer as it should")

    def _filtered(self, code: str, text: str, name: str) -> Refused:
        if self._faults.names_nothing:
            return Refused("TOOL_NOT_FOUND", f"Tool '{name}' not found")
        return Refused(code, text)

    @staticmethod
    def _check(arguments: dict[str, Any], schema: dict[str, Any]) -> None:
        if found := complaints(arguments, schema):
            details = [
                dict(zip(("field", "message"), each.split(": ", 1), strict=True)) for each in found
            ]
            raise Refused("VALIDATION_ERROR", "; ".join(found), details)

    def _far(self, context: Context, params: types.CallToolRequestParams) -> dict[str, Any]:
        """A call that goes to ScaiLink's aggregator."""
        person, name, arguments = _person(context), params.name, params.arguments or {}
        if "scailink" not in self.tenant.enabled:
            raise self._filtered("MODULE_NOT_ENABLED", "Module 'scailink' is not enabled", name)
        if not covers(person.permissions, REMOTE_USE):
            text = f"Permission '{REMOTE_USE}' is required for tool '{name}'"
            raise self._filtered("PERMISSION_DENIED", text, name)
        tool = self._remote(person).get(name)
        if tool is None:
            raise Refused("TOOL_NOT_FOUND", f"Tool '{name}' not found")
        self._check(arguments, remote.entry(name, tool)["inputSchema"])
        if tool.tier == "locked":
            raise Refused("CONSENT_LOCKED", f"Tool '{name}' runs only by hand in ScaiLink")
        if tool.tier == "confirm":
            asks = self._unconfirmed(context, params)
            if asks is not None:
                return asks
        if not tool.is_reading:
            self._counters.effects[name] += 1
            self.events.note(person, "scailink.remote.call", "remote_tool")
        return content({"server": name.split(".")[2], "tool": tool.name, "arguments": arguments})

    def _unconfirmed(
        self, context: Context, params: types.CallToolRequestParams
    ) -> dict[str, Any] | None:
        """None where the person has said yes; else the question, where it can be put this way.

        Raises:
            Refused: the person has said no, or cannot be asked.
        """
        said: bool | None = request_of(context).scope.get(consent.KEY)
        answers = params.input_responses or {}
        if consent.KEY in answers:
            said = consent.is_yes(answers[consent.KEY].model_dump())
        declared = context.session.client_capabilities
        if said is None and declared is not None and declared.elicitation is not None:
            return {
                "resultType": "input_required",
                "inputRequests": {consent.KEY: consent.question(params.name)},
            }
        if said is None:
            raise Refused("CONSENT_REQUIRED", f"Tool '{params.name}' needs a person who confirms")
        if not said:
            raise Refused("CONSENT_DENIED", f"The person did not confirm '{params.name}'")
        return None


def _person(context: Context) -> Person:
    """The caller behind a request; `bearer` has put them there."""
    person: Person = request_of(context).scope["identity"]
    return person
