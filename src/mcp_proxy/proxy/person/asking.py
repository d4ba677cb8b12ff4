"""A request put to the gateway, with a sign-in where it wants one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mcp_proxy.errors import (
    AuthorizationRefused,
    InsufficientScope,
    SignInPaused,
    SignInRequired,
)
from mcp_proxy.proxy.person import waiting
from mcp_proxy.proxy.person.step_up import StepUps, operation
from mcp_proxy.wire import jsonrpc

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.proxy.gateway.access import Begun
    from mcp_proxy.proxy.gateway.side import Side
    from mcp_proxy.proxy.person.entrance import Entrance
    from mcp_proxy.wire.jsonrpc import Message


class Asking:
    """Asks one gateway in the name of one client.

    Args:
        gateway: where requests go.
        entrance: the sign-in.
        seconds: how long a request waits for a person.
        emit: takes what the gateway sends besides answers.
    """

    def __init__(
        self,
        gateway: Side,
        entrance: Entrance,
        seconds: Callable[[Message], float],
        emit: Callable[[bytes], None],
    ) -> None:
        self.reached = asyncio.Event()
        """Set when the gateway has answered something."""
        self._gateway = gateway
        self._entrance = entrance
        self._seconds = seconds
        self._emit = emit
        self._step_ups = StepUps()

    async def ask(
        self,
        message: Message,
        body: bytes,
        *,
        repeatable: bool = True,
        begun: Begun | None = None,
    ) -> bytes:
        """The gateway's answer to `body`, after a sign-in where one is needed and ends in time.

        Args:
            message: the client's, whose patience counts.
            body: what is sent for it.
            repeatable: whether a second delivery does no harm.
            begun: what was sent of it already.

        Raises:
            SignInPending: the sign-in goes on, and the client can wait no longer.
            AuthError, GatewayError: there is no answer.
        """
        use, has_entered = operation(message), False
        request = message if body is message.raw else jsonrpc.parse(body)
        while True:
            first, begun = begun, None
            try:
                answer = await self._gateway.ask(
                    request, repeatable=repeatable, on_message=self._emit, begun=first
                )
            except SignInRequired as required:
                if has_entered and not required.was_taken:
                    raise self._entrance.refused() from required
                if has_entered:
                    # Not the sign-in was refused: what came of it has ended since.
                    self._entrance.tried()
                await self.enter(required, self._seconds(message))
                has_entered = True
            except InsufficientScope as lacking:
                self._entrance.tried()
                await self._step_up(use, lacking, self._seconds(message))
            else:
                self.served(use)
                return answer

    def served(self, use: str) -> None:
        """The gateway has answered what `use` names (`step_up.operation`)."""
        self._entrance.tried()
        self._step_ups.worked(use)
        self.reached.set()

    async def enter(self, required: SignInRequired, seconds: float) -> None:
        """Sign in, and wait for that no longer than `seconds`.

        Raises:
            SignInPending: it goes on.
            PermitError: it failed.
        """
        if not await self._entrance.enter(required, seconds):
            raise waiting.pending(self._entrance.page, is_step_up=required.is_step_up)

    async def _step_up(self, use: str, lacking: InsufficientScope, seconds: float) -> None:
        """Have a person agree to what `use` lacks; nobody is asked for the same thing twice."""
        required = self._step_ups.required(use, lacking)
        try:
            await self.enter(required, seconds)
        except SignInPaused:
            raise  # nobody was asked
        except (AuthorizationRefused, InsufficientScope):
            self._step_ups.tried(use, lacking)
            raise
        self._step_ups.tried(use, lacking)
