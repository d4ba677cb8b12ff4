"""A modern host at a modern gateway: does what `eras.modern_to_modern` decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.proxy.crossings.listening import listen
from mcp_proxy.proxy.eras import changes, modern_to_modern
from mcp_proxy.proxy.gateway.modern import restored
from mcp_proxy.wire import mcp

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.proxy.eras.changes import Filter
    from mcp_proxy.proxy.gateway.modern import Modern
    from mcp_proxy.wire.jsonrpc import Message


class ModernHost:
    """The way of a modern host's messages.

    Args:
        wire: the gateway.
    """

    def __init__(self, wire: Modern) -> None:
        self._wire = wire

    async def ask(
        self, request: Message, *, repeatable: bool, on_message: Callable[[bytes], None]
    ) -> bytes:
        """Send a request as it is; its answer.

        Raises:
            AuthError, GatewayError: there is no answer.
        """
        if request.method == mcp.LISTEN:
            return await self._subscribe(request, on_message)
        answer = await self._wire.ask(request, repeatable=repeatable, on_message=on_message)
        if request.method == mcp.DISCOVER:
            answer = modern_to_modern.discovered(answer)
        return modern_to_modern.refused_version(answer)

    async def tell(self, message: Message) -> None:
        """Do nothing: a modern host's one notification is a cancellation.

        Whoever sees it stops waiting, which closes the stream.
        """

    async def listen(self, on_message: Callable[[bytes], None]) -> None:
        """Do nothing: a modern host says by a request what it wants to hear."""

    async def _subscribe(self, request: Message, emit: Callable[[bytes], None]) -> bytes:
        """Hold a subscription as long as it goes; the host knows it by one id throughout."""
        name = request.request_id

        def begun(found: Filter, line: bytes, was_away: bool) -> None:  # noqa: FBT001 - `OnAgreed`
            if not was_away:
                emit(changes.tagged(line, name))
                return
            for told in changes.missed(found, name):
                emit(told)

        def heard(line: bytes) -> None:
            emit(changes.tagged(line, name))

        answer = await listen(self._wire, request, begun, heard)
        return restored(changes.tagged(answer, name), name)
