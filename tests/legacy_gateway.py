"""A gateway of MCP 2025-11-25, written by hand: sessions, a stream for each call, one of its own.

async def greet(call: Call) -> Json:
    name = await call.ask("elicitation/create", {...})
    return {"content": [...]}

async with LegacyGateway(greet=greet) as gateway: ...
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from net_world import answer, read_request

if TYPE_CHECKING:
    from typing import Self

Json = dict[str, Any]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n%b\r\n"
CAPABILITIES = {
    "tools": {"listChanged": True},
    "prompts": {},
    "resources": {"subscribe": True, "listChanged": True},
    "logging": {},
    "tasks": {},
}


class RpcError(Exception):
    """What a call fails with."""

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(message)
        self.error = {"code": code, "message": message, "data": data}


class Stream:
    """An event stream to the client."""

    def __init__(self, writer: asyncio.StreamWriter, *headers: bytes) -> None:
        self._writer = writer
        writer.write(HEAD % b"".join(line + b"\r\n" for line in headers))

    def send(self, message: Json) -> None:
        """Send one message."""
        self.send_raw(json.dumps({"jsonrpc": "2.0"} | message).encode())

    def send_raw(self, text: bytes) -> None:
        """Send any text as an event."""
        event = b"data: " + text + b"\n\n"
        self._writer.write(b"%x\r\n%b\r\n" % (len(event), event))

    def end(self) -> None:
        """Send no more."""
        self._writer.write(b"0\r\n\r\n")


class Session:
    """What one `initialize` has opened."""

    def __init__(self, name: str, params: Json) -> None:
        self.name = name
        self.params = params
        """Of the `initialize`."""
        self.heard: list[Json] = []
        """Every message of the client, in order."""
        self.uris: list[str] = []
        self.own_stream: asyncio.Future[Stream] = asyncio.get_running_loop().create_future()
        self.is_deleted = False
        self.answers: dict[object, asyncio.Future[Json]] = {}

    def methods(self) -> list[str]:
        """What it was told, in order."""
        return [message["method"] for message in self.heard if "method" in message]


class Call:
    """A request under way."""

    def __init__(self, gateway: LegacyGateway, session: Session, message: Json) -> None:
        self.gateway = gateway
        self.session = session
        self.message = message
        self.params: Json = message.get("params", {})
        self.stream: Stream

    def tell(self, method: str, **params: object) -> None:
        """Send a notification on the call's stream."""
        self.stream.send({"method": method, "params": params})

    def progress(self, progress: float) -> None:
        """Report a step, under the token that the call came with."""
        token = self.params["_meta"]["progressToken"]
        self.tell("notifications/progress", progressToken=token, progress=progress)

    async def ask(self, method: str, params: Json, *, aside: bool = False) -> Json:
        """Ask the host, on the call's stream or on the gateway's own; its whole answer."""
        request_id = f"g{next(self.gateway.ids)}"
        waiting = self.session.answers[request_id] = asyncio.get_running_loop().create_future()
        stream = await self.session.own_stream if aside else self.stream
        stream.send({"id": request_id, "method": method, "params": params})
        found: Json = await waiting
        return found

    async def elicit(self, message: str, **more: Any) -> Json:
        """Ask the person; the answer's result."""
        params = {"message": message, "requestedSchema": {"type": "object", "properties": {}}}
        found = await self.ask("elicitation/create", params | more)
        if "error" in found:
            raise RpcError(-32000, f"I need to know: {found['error']['code']}")
        return dict(found["result"])


Tool = Callable[[Call], Awaitable[Json]]


class LegacyGateway:
    """Serves on loopback; each keyword is a tool."""

    def __init__(self, *, at: int = 0, **tools: Tool) -> None:
        self.at = at
        """Its port; 0 is any."""
        self.tools = tools
        self.capabilities: Json = dict(CAPABILITIES)
        self.refused: set[str] = set()
        """Methods that are answered with an error."""
        self.ids = itertools.count(1)
        self.sessions: list[Session] = []
        self.news = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self._calls: dict[tuple[str, object], asyncio.Task[None]] = {}
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", self.at)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/mcp"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Serve no more, and drop all connections."""
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def session(self) -> Session:
        """The last one."""
        return self.sessions[-1]

    async def until(self, happened: Callable[[], object]) -> None:
        """Wait until something that was heard has made `happened` true."""
        async with self.news:
            await self.news.wait_for(happened)

    async def say(self, method: str, **params: object) -> None:
        """Send a notification on the own stream of the last session."""
        (await self.session.own_stream).send({"method": method, "params": params})

    def forget(self) -> None:
        """Forget all sessions."""
        for session in self.sessions:
            session.is_deleted = True

    # ---- HTTP -----------------------------------------------------------------------------------

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head, _, body = (await read_request(reader)).partition(b"\r\n\r\n")
                await self._serve(head.decode().split("\r\n"), body, writer)

    async def _serve(self, head: list[str], body: bytes, writer: asyncio.StreamWriter) -> None:
        headers = dict(line.lower().split(": ", 1) for line in head[1:])
        verb = head[0].split(" ")[0]
        name = headers.get("mcp-session-id")
        session = next((one for one in self.sessions if one.name == name), None)
        if verb == "POST":
            await self._post(json.loads(body), session, writer)
        elif session is None or session.is_deleted:
            writer.write(answer(b"", status="404 Not Found"))
        elif verb == "GET":
            if session.own_stream.done():
                writer.write(answer(b"", status="409 Conflict"))
                return
            session.own_stream.set_result(Stream(writer))
        else:
            session.is_deleted = True
            writer.write(answer(b"", status="204 No Content"))
            await self._tell()

    async def _post(
        self, message: Json, session: Session | None, writer: asyncio.StreamWriter
    ) -> None:
        if message.get("method") == "initialize":
            session = Session(f"s{len(self.sessions) + 1}", message["params"])
            self.sessions.append(session)
        if session is None or session.is_deleted:
            writer.write(answer(b"", status="404 Not Found"))
            return
        session.heard.append(message)
        if "method" in message and "id" in message:
            task = asyncio.create_task(self._run(Call(self, session, message), writer))
            self._tasks.add(task)
            self._calls[session.name, message["id"]] = task
            await self._tell()
            await asyncio.wait([task])
            return
        if "method" not in message and message["id"] in session.answers:
            session.answers.pop(message["id"]).set_result(message)
        gone = message.get("params", {}).get("requestId")
        if (session.name, gone) in self._calls:
            self._calls[session.name, gone].cancel()
        writer.write(answer(b"", status="202 Accepted"))
        await self._tell()

    async def _run(self, call: Call, writer: asyncio.StreamWriter) -> None:
        call.stream = Stream(writer, b"Mcp-Session-Id: " + call.session.name.encode())
        try:
            told: Json = {"result": await self._result(call)}
        except RpcError as failed:
            told = {"error": failed.error}
        call.stream.send({"id": call.message["id"]} | told)
        call.stream.end()
        await self._tell()

    async def _tell(self) -> None:
        async with self.news:
            self.news.notify_all()

    # ---- MCP ------------------------------------------------------------------------------------

    async def _result(self, call: Call) -> Json:  # noqa: C901, PLR0911 - one for each method
        match call.message["method"]:
            case method if method in self.refused:
                raise RpcError(-32603, "refused")
            case "initialize":
                return {
                    "protocolVersion": "2025-11-25",
                    "capabilities": self.capabilities,
                    "serverInfo": {"name": "by hand", "version": "1"},
                    "instructions": "Use it.",
                }
            case "tools/list":
                schema = {"type": "object"}
                return {"tools": [{"name": name, "inputSchema": schema} for name in self.tools]}
            case "tools/call" if call.params["name"] in self.tools:
                return await self.tools[call.params["name"]](call)
            case "prompts/list":
                return {"prompts": []}
            case "resources/read":
                raise RpcError(-32002, "no such resource", {"uri": call.params["uri"]})
            case "resources/subscribe":
                if call.params["uri"].startswith("no://"):
                    raise RpcError(-32002, "no such resource")
                call.session.uris.append(call.params["uri"])
                return {}
            case "resources/unsubscribe":
                call.session.uris.remove(call.params["uri"])
                return {}
            case "logging/setLevel":
                return {}
        raise RpcError(-32601, "Method not found")


def text(words: str) -> Json:
    """A tool result."""
    return {"content": [{"type": "text", "text": words}]}
