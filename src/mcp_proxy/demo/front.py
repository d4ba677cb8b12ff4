"""What stands before a gateway's MCP server: the faults, who may come in, and the count.

Reads each POST whole, because what to do depends on its JSON-RPC method. The order is that of
a real gateway: broken things answer nobody; then the credential and the account, which the
world judges, then the protocol revision. Speaks ASGI to both sides.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from mcp_proxy.demo.bearer import called

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from mcp_proxy.demo.endpoint import Endpoint
    from mcp_proxy.demo.switches import Counters, Faults

    Admit = Callable[[Request, dict[str, Any]], Response | None]
    """None for a request with this message that may go on, with its account in the scope (see
    `bearer`); else the refusal."""

REVISIONS = ("2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28")
"""MCP revisions that the gateway can be told to speak up to."""

_MODERN = "2026-07-28"
"""The first one without a handshake."""

_HALF_EVENT = b'event: message\r\ndata: {"jsonrpc":"2.0","id":'


class Front:
    """The ASGI application at the MCP endpoint; `revision` is the newest one it speaks."""

    def __init__(
        self,
        endpoint: Endpoint,
        admit: Admit,
        faults: Faults,
        counters: Counters,
        revision: str,
    ) -> None:
        self._endpoint, self._admit = endpoint, admit
        self._faults, self._counters = faults, counters
        self._revisions = REVISIONS[: REVISIONS.index(revision) + 1]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request to the MCP endpoint."""
        request = Request(scope, receive)
        self._counters.last_headers = dict(request.headers)
        body = await request.body()
        message = _parsed(body)
        method = str(message.get("method", "response")) if request.method == "POST" else ""
        fault = self._faults.answer(method) if method else "well"
        if fault == "cut-before":
            scope["cut"]()
            return
        refused = _broken(fault) or self._admit(request, message) or self._judged(request)
        if refused is not None:
            await refused(scope, receive, send)
            return
        self._count(request.method, method, message)
        again = _replay(self._known(message, body), receive)
        if fault == "cut-after":
            await self._endpoint.handle(scope, again, _swallow, message)
            scope["cut"]()
        else:
            answer = self._counted(send) if request.method == "GET" else send
            await self._endpoint.handle(scope, again, answer, message)

    def _judged(self, request: Request) -> Response | None:
        """400 for a revision that is not spoken here (MCP 2025-06-18, Transports)."""
        if request.headers.get("mcp-protocol-version", self._revisions[-1]) in self._revisions:
            return None
        return _rpc_error(
            f"Unsupported protocol version; this gateway speaks {', '.join(self._revisions)}"
        )

    def _count(self, verb: str, method: str, message: dict[str, Any]) -> None:
        self._counters.deletes += verb == "DELETE"
        self._counters.sessions += method == "initialize"
        if verb == "POST":
            self._counters.posts[method] += 1
        if method == "tools/call":
            self._counters.calls[called(message)] += 1
        if method == "initialize":
            self._counters.clients.append(str(_client(message).get("name")))

    def _counted(self, send: Send) -> Send:
        """A `send` that counts the event stream when it is open."""

        async def sent(message: Message) -> None:
            await send(message)
            is_start = message["type"] == "http.response.start"
            self._counters.streams += is_start and message["status"] == HTTPStatus.OK

        return sent

    def _known(self, message: dict[str, Any], body: bytes) -> bytes:
        """The body, with an unknown revision in `initialize` replaced by our newest.

        The SDK would agree to any legacy revision; the documented gateway counter-offers its own.
        """
        params = message.get("params")
        if message.get("method") != "initialize" or not isinstance(params, dict):
            return body
        offered = [each for each in self._revisions if each < _MODERN]
        if params.get("protocolVersion") in offered:
            return body
        return json.dumps(message | {"params": params | {"protocolVersion": offered[-1]}}).encode()


def _broken(fault: str) -> Response | None:
    """What a gateway answers that has gone wrong; None for one that has not."""
    match fault:
        case "429":
            return JSONResponse({"error": "too_many_requests"}, 429, {"Retry-After": "1"})
        case "500":
            return HTMLResponse("<h1>Server Error</h1>", 500)
        case "html":
            return HTMLResponse("<h1>Signed out</h1>")
        case "half-event":
            return StreamingResponse(iter([_HALF_EVENT]), media_type="text/event-stream")
    return None


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        message = json.loads(body)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _client(message: dict[str, Any]) -> dict[str, Any]:
    """Who a client says it is."""
    found = (message.get("params") or {}).get("clientInfo")
    return found if isinstance(found, dict) else {}


def _rpc_error(text: str) -> Response:
    return JSONResponse(
        {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": text}}, 400
    )


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body which was read already, then whatever comes."""
    parts = [body]

    async def again() -> Message:
        if parts:
            return {"type": "http.request", "body": parts.pop(), "more_body": False}
        return await receive()

    return again


async def _swallow(_message: Message) -> None:
    """Where an answer goes that nobody is to get."""


def with_cuts(app: ASGIApp) -> ASGIApp:
    """`app` on uvicorn, with a way to cut a connection in the scope, which ASGI has none for."""

    async def outermost(scope: Scope, receive: Receive, send: Send) -> None:
        scope["cut"] = send.__self__.transport.abort  # type: ignore[attr-defined]  # a bound method
        await app(scope, receive, send)

    return outermost
