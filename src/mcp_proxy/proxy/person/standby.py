"""A modern host's subscription, kept also while the gateway cannot be asked.

A sign-in changes the tools, and nobody could tell the host if its subscription had failed
before. So it is acknowledged here, and handed on once another request has got through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.errors import AuthError, GatewayUnreachable, OutcomeUnknown
from mcp_proxy.proxy.eras import subscriptions

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from mcp_proxy.proxy.gateway.side import Way
    from mcp_proxy.wire.jsonrpc import Message

_LISTS: dict[str, object] = {"prompts": {}, "resources": {}}
"""What may turn out to change, for all that is known."""


async def listen(
    gateway: Way, request: Message, say: Callable[[bytes], None], reached: asyncio.Event
) -> bytes:
    """Listen as long as it goes; the gateway's answer, should it end the subscription.

    `reached` is set whenever the gateway has answered something.

    Raises:
        AuthError, GatewayError: the gateway will not have it.
        LocalProtocolError: it is no subscription.
    """
    asked = subscriptions.wanted(request)
    while True:
        try:
            return await gateway.ask(request, repeatable=False, on_message=say)
        except (AuthError, GatewayUnreachable, OutcomeUnknown):
            # Told once: whoever says it reads which have been acknowledged.
            agreed = subscriptions.agreed(asked, _LISTS, ())
            say(subscriptions.acknowledgement(request.request_id, agreed))
            reached.clear()
            await reached.wait()
