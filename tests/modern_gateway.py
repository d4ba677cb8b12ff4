"""A gateway of MCP 2026-07-28 that takes nothing which is not as it must be.

async def greet(call: Call) -> Json:
    call.tell("notifications/message", {...})
    return {"content": [...]}

async with ModernGateway(greet=greet) as gateway: ...

What a request must look like is judged by the code of the `mcp` SDK's server.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from mcp.shared.inbound import (
    ERROR_CODE_HTTP_STATUS,
    InboundLadderRejection,
    classify_inbound_request,
    find_duplicated_routing_header,
    validate_mcp_param_headers,
)

from net_world import answer, read_request

if TYPE_CHECKING:
    from typing import Self

Json = dict[str, Any]

REVISION = "2026-07-28"
M = "io.modelcontextprotocol/"
TAG = f"{M}subscriptionId"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
INFO = {f"{M}serverInfo": {"name": "strict", "version": "1"}}
CHANGING = {"listChanged": True}
CAPABILITIES: Json = {
    "tools": CHANGING,
    "prompts": {},
    "resources": {"subscribe": True, "listChanged": True},
    "logging": {},
}


class RpcError(Exception):
    """What a request fails with."""

    def __init__(self, code: int, message: str = "no", data: object = None) -> None:
        super().__init__(message)
        self.error = {"code": code, "message": message} | ({} if data is None else {"data": data})


class Call:
    """One request under way, and the stream that answers it."""

    def __init__(
        self, message: Json, headers: dict[str, str], writer: asyncio.StreamWriter
    ) -> None:
        self.message = message
        self.headers = headers
        self.id = message["id"]
        self.params: Json = message.get("params", {})
        self.is_streaming = False
        self.was_left = False
        """Whether the client has let go of it."""
        self._writer = writer

    def tell(self, method: str, params: Json | None = None) -> None:
        """Send a notification on the request's own stream."""
        self.send({"jsonrpc": "2.0", "method": method, "params": params or {}})

    def send(self, message: Json) -> None:
        """Send anything there."""
        if not self.is_streaming:
            self.is_streaming = True
            self._writer.write(HEAD)
        event = b"data: " + json.dumps(message).encode() + b"\n\n"
        self._writer.write(b"%x\r\n%b\r\n" % (len(event), event))

    def break_off(self) -> None:
        """Lose the connection."""
        self._writer.transport.abort()

    def finish(self, message: Json, status: int) -> None:
        """Send the answer, and no more."""
        if self.is_streaming:
            self.send(message)
            self._writer.write(b"0\r\n\r\n")
            return
        body = json.dumps(message).encode()
        self._writer.write(answer(body, "Content-Type: application/json", status=f"{status} X"))


Tool = Callable[[Call], Awaitable[Json]]


def tool(name: str, **properties: Json) -> Json:
    """An entry of the list."""
    return {"name": name, "inputSchema": {"type": "object", "properties": properties}}


def wants(state: str | None = None, **inputs: Json) -> Json:
    """A result that wants input."""
    found: Json = {"resultType": "input_required"}
    found |= {"inputRequests": inputs} if inputs else {}
    return found | ({} if state is None else {"requestState": state})


class ModernGateway:
    """The gateway; each keyword is a tool.

    Args:
        tools: its list, where that is not the keywords' names.
        versions: those it speaks.
        capabilities: what it declares.
    """

    def __init__(
        self,
        *,
        tools: list[Json] | None = None,
        versions: tuple[str, ...] = (REVISION,),
        capabilities: Json = CAPABILITIES,
        **calls: Tool,
    ) -> None:
        self.tools = [tool(name) for name in calls] if tools is None else tools
        self.versions = versions
        self.capabilities = capabilities
        self.calls = calls
        self.asked: list[Call] = []
        """Every request that was as it must be, in order."""
        self.refused: list[Json] = []
        """What was not, and why."""
        self.told: list[Json] = []
        """Notifications of the client."""
        self.methods: dict[str, Tool] = {}
        """What is answered by something else than usual."""
        self.listening: list[Call] = []
        """The subscriptions that stand."""
        self.honours: Callable[[Json], Json] = lambda wanted: wanted
        """What of a subscription's filter is agreed to."""
        self.news = asyncio.Condition()
        self._visits: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self.server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/mcp"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.close()
        for visit in list(self._visits):
            visit.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)

    def names(self) -> list[str]:
        """The methods it was asked, in order."""
        return [call.message["method"] for call in self.asked]

    def last(self, method: str) -> Call:
        """The last request of a method."""
        return [call for call in self.asked if call.message["method"] == method][-1]

    async def until(self, happened: Callable[[], object]) -> None:
        """Wait until something that came, or went, has made `happened` true."""
        async with asyncio.timeout(20), self.news:
            await self.news.wait_for(lambda: bool(happened()))

    def announce(self, method: str, **params: Any) -> None:
        """Tell all subscriptions of something."""
        for call in self.listening:
            call.tell(method, params | {"_meta": {TAG: call.id}})

    # ---- connections ----------------------------------------------------------------------------

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = asyncio.create_task(self._visit(reader, writer))
        self._visits.add(visit)
        visit.add_done_callback(self._visits.discard)

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while True:
                    await self._serve(await read_request(reader), reader, writer)
        finally:
            writer.transport.abort()

    async def _serve(
        self, request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = [(line.split(": ", 1)[0].lower(), line.split(": ", 1)[1]) for line in lines]
        if not first.startswith("POST "):
            writer.write(answer(b"", status="405 Method Not Allowed"))
            return
        message = json.loads(body)
        if "id" not in message:
            self.told.append(message)
            writer.write(answer(b"", status="202 Accepted"))
            await self._tell()
            return
        call = Call(message, dict(pairs), writer)
        if (rejection := self._rejection(message, pairs)) is not None:
            self.refused.append({"message": message, "why": rejection.message})
            error = {"code": rejection.code, "message": rejection.message, "data": rejection.data}
            _end(call, error=error)
            await self._tell()
            return
        self.asked.append(call)
        await self._tell()
        await self._work(call, reader)

    async def _work(self, call: Call, reader: asyncio.StreamReader) -> None:
        working = asyncio.ensure_future(self._carry_out(call))
        leaving = asyncio.ensure_future(reader.read(1))
        await asyncio.wait([working, leaving], return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            # Closing the stream is the cancellation.
            call.was_left = True
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            await self._tell()
            raise ConnectionError
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        working.result()

    def _rejection(
        self, message: Json, headers: list[tuple[str, str]]
    ) -> InboundLadderRejection | None:
        double = find_duplicated_routing_header(headers)
        if double is not None:
            return InboundLadderRejection(-32020, f"{double} twice")
        found = classify_inbound_request(
            message, headers=dict(headers), supported_modern_versions=self.versions
        )
        if isinstance(found, InboundLadderRejection):
            return found
        params = message["params"]
        for entry in self.tools:
            if message["method"] == "tools/call" and entry["name"] == params["name"]:
                schema, arguments = entry["inputSchema"], params.get("arguments", {})
                return validate_mcp_param_headers(schema, arguments, dict(headers))
        return None

    async def _carry_out(self, call: Call) -> None:
        try:
            result = await self._result(call)
        except RpcError as failed:
            _end(call, error=failed.error)
        else:
            _end(call, result={"resultType": "complete", "_meta": INFO} | result)

    async def _result(self, call: Call) -> Json:
        method = call.message["method"]
        if method in self.methods:
            return await self.methods[method](call)
        match method:
            case "server/discover":
                hints = {"ttlMs": 0, "cacheScope": "private"}
                return hints | {
                    "supportedVersions": list(self.versions),
                    "capabilities": self.capabilities,
                }
            case "tools/list":
                return {"tools": self.tools, "ttlMs": 0, "cacheScope": "private"}
            case "tools/call" if call.params["name"] in self.calls:
                return await self.calls[call.params["name"]](call)
            case "subscriptions/listen":
                return await self._listen(call)
        raise RpcError(-32601, "Method not found")

    async def _listen(self, call: Call) -> Json:
        agreed = self.honours(call.params["notifications"])
        tag = {"_meta": {TAG: call.id}}
        call.tell("notifications/subscriptions/acknowledged", {"notifications": agreed} | tag)
        self.listening.append(call)
        await self._tell()
        try:
            call.over = asyncio.get_running_loop().create_future()  # type: ignore[attr-defined]
            await call.over  # type: ignore[attr-defined]
        finally:
            self.listening.remove(call)
        return {"_meta": INFO | {TAG: call.id}}

    async def _tell(self) -> None:
        async with self.news:
            self.news.notify_all()


def _end(call: Call, **outcome: Json) -> None:
    code = outcome.get("error", {}).get("code")
    status = 200 if code is None else ERROR_CODE_HTTP_STATUS.get(code, 200)
    call.finish({"jsonrpc": "2.0", "id": call.id} | outcome, status)


def text(words: str) -> Json:
    """A tool result of one text."""
    return {"content": [{"type": "text", "text": words}]}
