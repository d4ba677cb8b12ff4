"""The gateway's side with its HTTP refusals in clear words, asked again where it asks for that.

A gateway that limits how often it is asked says when to come again (RFC 9110 §10.2.3,
SC-RATE). What does no harm twice is asked again after that, if it is not long; anything else
is answered with the seconds.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NoReturn

from mcp_proxy.errors import GatewayRefused
from mcp_proxy.wire import mcp

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp_proxy.proxy.gateway.access import Begun
    from mcp_proxy.proxy.gateway.side import Side
    from mcp_proxy.proxy.refused.refusals import Refusals
    from mcp_proxy.wire.jsonrpc import Message

MOST_SECONDS: Final = 5.0
"""That a request waits for all its pauses together (ours: hosts give up after ten)."""
MOST_PAUSES: Final = 3
_BUSY: Final = frozenset({429, 503})


class Patient:
    """`side`, with patience and explanations; `sleep` takes seconds."""

    def __init__(
        self,
        side: Side,
        refusals: Refusals,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._side = side
        self._refusals = refusals
        self._sleep = sleep

    async def ask(
        self,
        request: Message,
        *,
        repeatable: bool,
        on_message: Callable[[bytes], None],
        begun: Begun | None = None,
    ) -> bytes:
        """The answer, as `Side.ask`.

        Raises:
            NotPermitted: the gateway refuses it by an HTTP status.
        """
        waited, answer = 0.0, b""
        for count in range(MOST_PAUSES + 1):
            refused: GatewayRefused | None = None
            try:
                answer = await self._side.ask(
                    request, repeatable=repeatable, on_message=on_message, begun=begun
                )
                pause = self._refusals.pause(answer) if repeatable else None
            except GatewayRefused as error:
                refused, pause = error, _pause(error) if repeatable else None
            if pause is None or waited + pause > MOST_SECONDS or count == MOST_PAUSES:
                break
            waited, begun = waited + pause, None
            await self._sleep(pause)
        if refused is not None:
            self._explain(_tool(request), refused)
        return answer

    async def open(self) -> None:
        """As `Side.open`.

        Raises:
            NotPermitted: the gateway refuses this identity altogether.
        """
        try:
            await self._side.open()
        except GatewayRefused as refused:
            self._explain(None, refused)

    async def tell(self, message: Message) -> None:
        """As `Side.tell`."""
        await self._side.tell(message)

    async def listen(self, on_message: Callable[[bytes], None]) -> None:
        """As `Side.listen`."""
        await self._side.listen(on_message)

    def greet(self, hello: bytes) -> None:
        """As `Side.greet`."""
        self._side.greet(hello)

    async def settle(self, line: bytes) -> None:
        """As `Side.settle`."""
        await self._side.settle(line)

    async def close(self) -> None:
        """As `Side.close`."""
        await self._side.close()

    def _explain(self, tool: str | None, refused: GatewayRefused) -> NoReturn:
        error = self._refusals.explained(tool, refused)
        # Nothing is its own cause.
        raise error from (None if error is refused else refused)


def _pause(refused: GatewayRefused) -> float | None:
    # A start does not pay for refusals.
    from mcp_proxy.policy.refusals import seconds  # noqa: PLC0415

    return seconds(refused.headers.get("retry-after")) if refused.status in _BUSY else None


def _tool(request: Message) -> str | None:
    """The tool that a request calls."""
    params = request.params
    is_call = request.method == mcp.TOOLS_CALL and isinstance(params, dict)
    name = params.get("name") if is_call and isinstance(params, dict) else None
    return name if isinstance(name, str) else None
