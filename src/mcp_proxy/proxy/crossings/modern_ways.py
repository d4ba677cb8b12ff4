"""All that is needed at a modern gateway; loaded when there is one, or may be one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mcp_proxy.proxy.crossings.legacy_host import LegacyHost
from mcp_proxy.proxy.crossings.modern_host import ModernHost
from mcp_proxy.proxy.eras import legacy_to_modern
from mcp_proxy.proxy.eras.probe import Verdict, verdict
from mcp_proxy.proxy.gateway.modern import Modern
from mcp_proxy.wire import jsonrpc, mcp, splice
from mcp_proxy.wire.headers import tool_flaw, tool_mirrors

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp_proxy.policy.model import Tool
    from mcp_proxy.proxy.gateway.access import Access
    from mcp_proxy.proxy.gateway.limits import Limits
    from mcp_proxy.proxy.tools.shelf import Shelf
    from mcp_proxy.wire.headers import Mirror


class ModernWays:
    """The ways of messages to a modern gateway.

    Args:
        access: the gateway, asked with valid tokens.
        limits: of the requests under way.
        shelf: what the gateway says of itself and lists.
        relist: learns the gateway's tools anew.
        complain: takes one sentence for the person who reads stderr.
    """

    def __init__(
        self,
        access: Access,
        limits: Limits,
        shelf: Shelf,
        relist: Callable[[], Awaitable[object]],
        complain: Callable[[str], None],
    ) -> None:
        self._wire = Modern(access, limits, self._mirrors, relist)
        self._shelf = shelf
        self._complain = complain
        self._found: Verdict | None = None
        self._told: set[str] = set()
        self.legacy = LegacyHost(self._wire)
        """The way of a legacy host's messages."""
        self.modern = ModernHost(self._wire)
        """The way of a modern host's messages."""

    def greet(self, hello: bytes) -> None:
        """Learn who a legacy host is, and welcome it if the gateway is known already."""
        self.legacy.host.meet(hello)
        if self._found is not None:
            self.meet(self._found)

    async def probe(self) -> Verdict:
        """Ask the gateway what it is.

        Raises:
            AuthError, GatewayError: it did not say, or speaks nothing that we do.
        """
        found = await self._discover()
        if found.era == "modern" and found.discovery is None:
            # It has refused a revision, or a header, and by that told only what it is not.
            again = await self._discover()
            return again if again.era == "modern" else found
        return found

    def meet(self, found: Verdict) -> None:
        """Take in what a modern gateway says of itself."""
        self._found = found
        answer = legacy_to_modern.welcome(found.discovery, self.legacy.host.version)
        self._shelf.met(answer)
        capabilities = splice.member(answer, "result", "capabilities")
        self.legacy.meet(json.loads(capabilities or b"{}"))

    def flaw(self, tool: Tool) -> str | None:
        """Why a tool must be left out; a person is told of each once."""
        words = tool_flaw(tool.raw)
        if words is not None and tool.name not in self._told:
            self._told.add(tool.name)
            self._complain(f"the tool {tool.name} is left out: {words}")
        return words

    async def _discover(self) -> Verdict:
        line = jsonrpc.request(self._wire.new_id(), mcp.DISCOVER)
        return verdict(await self._wire.probe(self.legacy.host.stamped(jsonrpc.parse(line))))

    def _mirrors(self, name: str) -> tuple[Mirror, ...]:
        tool = self._shelf.view.tool(name)
        return () if tool is None else tool_mirrors(tool.raw)
