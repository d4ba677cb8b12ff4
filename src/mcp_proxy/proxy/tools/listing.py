"""The whole list of tools, asked for on our own account."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from mcp_proxy.errors import RemoteProtocolError
from mcp_proxy.proxy.tools import shape
from mcp_proxy.wire import jsonrpc, mcp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp_proxy.policy.model import Tool
    from mcp_proxy.proxy.gateway.side import Way
    from mcp_proxy.proxy.tools.shelf import Shelf

MOST_PAGES = 1000
"""Pages of a list that are asked for: a gateway whose cursors go in a circle ends here."""


class Listing:
    """Asks one gateway for its tools.

    Args:
        gateway: where to ask.
        shelf: learns what is listed.
        stamp: what a request says of the host in its params; empty for a legacy one.
        emit: takes what the gateway sends besides answers.
    """

    def __init__(
        self,
        gateway: Way,
        shelf: Shelf,
        stamp: Callable[[], Mapping[str, Any]],
        emit: Callable[[bytes], None],
    ) -> None:
        self._gateway = gateway
        self._shelf = shelf
        self._stamp = stamp
        self._emit = emit
        self._ids = itertools.count(1)

    async def all(self) -> tuple[Tool, ...]:
        """Ask for every page of the tools and learn them; all that the gateway lists.

        Raises:
            AuthError, GatewayError: the gateway gave no complete list.
        """
        cursor: str | None = None
        for _page in range(MOST_PAGES):
            params = {**self._stamp(), **({} if cursor is None else {"cursor": cursor})}
            line = jsonrpc.request(f"mcp-permit-{next(self._ids)}", mcp.TOOLS_LIST, params)
            answer = await self._gateway.ask(
                jsonrpc.parse(line), repeatable=True, on_message=self._emit
            )
            self._shelf.take(answer, cursor)
            if (told := shape.complaint(answer)) is not None:
                raise RemoteProtocolError(f"The gateway does not list its tools: {told}")
            cursor = shape.next_cursor(answer)
            if cursor is None:
                return self._shelf.view.tools
        raise RemoteProtocolError("The gateway's list of tools has no end")
