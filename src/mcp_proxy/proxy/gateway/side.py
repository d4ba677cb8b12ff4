"""The gateway's side, as the relay and the responder see it.

`crossroads` is what they see: it knows which of the ways a message takes. One is
`upstream`, a session of 2025-11-25 and before; the others are crossings, which make one
era look like the other. On the wire of 2026-07-28, `modern`, each request goes by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.proxy.gateway.access import Begun
    from mcp_proxy.wire.jsonrpc import Message


class Way(Protocol):
    """What messages take from a host to a gateway.

    A message goes as `message.raw`; what was read of it (method, params, id) is there to
    be judged. `mcp.era(message)` tells in which era it speaks.
    """

    async def ask(
        self, request: Message, *, repeatable: bool, on_message: Callable[[bytes], None]
    ) -> bytes:
        """Send a request; its answer, with the request's own id.

        Whoever stops waiting (cancels this) lets go of the request. Requests and
        notifications of the gateway that come meanwhile go to `on_message`, one line each.

        Raises:
            AuthError, GatewayError: there is no answer.
        """

    async def tell(self, message: Message) -> None:
        """Send a notification, or an answer to a request of the gateway."""

    async def listen(self, on_message: Callable[[bytes], None]) -> None:
        """Hand on what the gateway sends unasked; returns when it never will."""


class Side(Way, Protocol):
    """Somebody who speaks for the gateway."""

    async def ask(
        self,
        request: Message,
        *,
        repeatable: bool,
        on_message: Callable[[bytes], None],
        begun: Begun | None = None,
    ) -> bytes:
        """As `Way.ask`; `begun` is what `Crossroads.begin` has sent of it."""

    def greet(self, hello: bytes) -> None:
        """Keep the host's `initialize`, or ours: it opens every session."""

    async def open(self) -> None:
        """Meet the gateway, which leads to `on_met` with an answer to `initialize`.

        Where the gateway is modern, that answer is built from `server/discover`.

        Raises:
            AuthError, GatewayError: it is not to be had.
        """

    async def settle(self, line: bytes) -> None:
        """Take the host's `notifications/initialized`."""

    async def close(self) -> None:
        """Leave the gateway; what is open is closed."""
