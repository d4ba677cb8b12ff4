"""What a modern gateway tells unasked, for a legacy host, which has never asked for it.

One stream stands for all that the host would have heard in a session: changed lists, and
the resources that it subscribed to one by one. Where they change, the next stream begins
before the one before it ends.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mcp_proxy.errors import PermitError, RemoteProtocolError
from mcp_proxy.proxy.crossings.listening import listen
from mcp_proxy.proxy.eras import changes
from mcp_proxy.proxy.gateway.modern import restored
from mcp_proxy.wire import jsonrpc, mcp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from mcp_proxy.proxy.eras.changes import Filter
    from mcp_proxy.proxy.eras.legacy_to_modern import Host
    from mcp_proxy.proxy.gateway.modern import Modern
    from mcp_proxy.wire.jsonrpc import Message

    Agreed = asyncio.Future[Filter | bytes]
    """What the gateway agrees to, or its refusal."""


class Subscription:
    """The standing subscription of one legacy host.

    Args:
        wire: the gateway.
        host: in whose name.
    """

    def __init__(self, wire: Modern, host: Host) -> None:
        self._wire = wire
        self._host = host
        self._capabilities: Mapping[str, Any] = {}
        self._uris: frozenset[str] = frozenset()
        self._emit: Callable[[bytes], None] | None = None
        self._group: asyncio.TaskGroup | None = None
        self._stream: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._met = asyncio.Event()

    def meet(self, capabilities: Mapping[str, Any]) -> None:
        """Learn what the gateway can tell of."""
        self._capabilities = capabilities
        self._met.set()

    async def run(self, emit: Callable[[bytes], None]) -> None:
        """Hand on what comes, until this is cancelled."""
        await self._met.wait()
        try:
            async with asyncio.TaskGroup() as group:
                async with self._turn:
                    self._group, self._emit = group, emit
                    self._stream = self._begin(self._uris, None)
                await asyncio.Event().wait()
        finally:
            self._group = self._stream = None

    async def change(self, request: Message) -> bytes:
        """The answer to `resources/subscribe` or `resources/unsubscribe`.

        Raises:
            AuthError, GatewayError: the gateway could not be asked.
        """
        uri = request.params.get("uri") if isinstance(request.params, dict) else None
        if not isinstance(uri, str):
            text = "The request names no uri"
            return jsonrpc.failure(request.request_id, mcp.INVALID_PARAMS, text)
        async with self._turn:
            if request.method == mcp.RESOURCES_UNSUBSCRIBE:
                refusal = await self._replace(self._uris - {uri}, None)
            else:
                refusal = await self._replace(self._uris | {uri}, uri)
        if refusal is not None:
            return restored(refusal, request.request_id)
        return jsonrpc.result(request.request_id, {})

    async def _replace(self, uris: frozenset[str], new: str | None) -> bytes | None:
        """Hear of these resources from now on; the gateway's refusal, if it refuses."""
        # A host that has not said that it is ready hears nothing yet: the stream that
        # begins then will have them all.
        if self._group is not None and uris != self._uris:
            agreed: Agreed = asyncio.get_running_loop().create_future()
            stream = self._begin(uris, agreed)
            try:
                refusal = _refusal(await agreed, new) if stream is not None else None
            except BaseException:
                _end(stream)
                raise
            if refusal is not None:
                _end(stream)
                return refusal
            _end(self._stream)
            self._stream = stream
        self._uris = uris
        return None

    def _begin(self, uris: frozenset[str], agreed: Agreed | None) -> asyncio.Task[None] | None:
        wanted = changes.standing_filter(self._capabilities, uris)
        if self._group is None or not wanted:
            return None
        return self._group.create_task(self._keep(wanted, agreed))

    async def _keep(self, wanted: Filter, agreed: Agreed | None) -> None:
        """Listen as long as it goes; `agreed` hears how it begins, or why it does not."""
        line = changes.listen_request(wanted, self._wire.new_id())
        request = self._host.stamped(jsonrpc.parse(line))

        def begun(found: Filter, _line: bytes, was_away: bool) -> None:  # noqa: FBT001 - `OnAgreed`
            if was_away:
                for told in changes.missed(found):
                    self._say(told)
            elif agreed is not None and not agreed.done():
                agreed.set_result(found)

        def heard(told: bytes) -> None:
            self._say(changes.untagged(told))

        try:
            answer = await listen(
                self._wire, request, begun, heard, insists=agreed is None, goes_on=True
            )
        except PermitError as error:
            if agreed is not None and not agreed.done():
                agreed.set_exception(error)
        else:
            if agreed is not None and not agreed.done():
                agreed.set_result(answer)

    def _say(self, line: bytes) -> None:
        if self._emit is not None:
            self._emit(line)


def _refusal(outcome: Filter | bytes, new: str | None) -> bytes | None:
    if isinstance(outcome, bytes):
        return outcome
    if new is not None and not changes.honours(outcome, new):
        raise RemoteProtocolError("The gateway does not tell of changes to this resource")
    return None


def _end(stream: asyncio.Task[None] | None) -> None:
    if stream is not None:
        stream.cancel()
