"""What stands before the gateway's MCP server: the bearer check, and the faults.

Reads each POST whole, because what to do depends on its JSON-RPC method. The order is that of
a real gateway: broken things answer nobody; then the token, then the account, then the
protocol revision. Speaks ASGI to both sides.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from mcp_proxy.demo.gateway import Gateway
    from mcp_proxy.demo.ledger import Family, Ledger
    from mcp_proxy.demo.metadata import Metadata
    from mcp_proxy.demo.switches import Counters, Faults

REVISIONS = ("2025-03-26", "2025-06-18", "2025-11-25")
"""MCP revisions that the gateway can be told to speak up to."""

_HALF_EVENT = b'event: message\r\ndata: {"jsonrpc":"2.0","id":'


class Front:
    """The ASGI application at the MCP endpoint; `revision` is the newest one it speaks."""

    def __init__(
        self,
        gateway: Gateway,
        metadata: Metadata,
        ledger: Ledger,
        faults: Faults,
        counters: Counters,
        revision: str,
    ) -> None:
        self._gateway, self._metadata, self._ledger = gateway, metadata, ledger
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
        refused = _broken(fault) or self._admit(request, message)
        if refused is not None:
            await refused(scope, receive, send)
            return
        self._count(request.method, method, message)
        again = _replay(self._known(message, body), receive)
        if fault == "cut-after":
            await self._gateway.manager.handle_request(scope, again, _swallow)
            scope["cut"]()
        else:
            answer = self._counted(send) if request.method == "GET" else send
            await self._gateway.manager.handle_request(scope, again, answer)

    def _admit(self, request: Request, message: dict[str, Any]) -> Response | None:
        """None for a request that may go on, with its account in the scope; else the refusal."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        family = self._ledger.bearer(token) if scheme.lower() == "bearer" else None
        if family is None or family.resource != self._metadata.resource:
            self._counters.unauthorized += 1
            return self._challenge(is_known_end=bool(token))
        if not family.identity.is_staff:
            text = f"{family.identity.name} is neither Staff nor Superuser; MCP is closed to it"
            return JSONResponse({"error": "forbidden", "error_description": text}, 403)
        if request.headers.get("mcp-protocol-version", self._revisions[-1]) not in self._revisions:
            return _rpc_error(
                f"Unsupported protocol version; this gateway speaks {', '.join(self._revisions)}"
            )
        lacking = self._faults.scopes.get(_tool(message))
        if lacking is not None and lacking not in family.scope.split():
            self._counters.scope_refusals += 1
            return self._scope_challenge(lacking)
        request.scope["identity"] = family.identity
        request.scope["user"] = _user(family, token, self._metadata.issuer)
        return None

    def _challenge(self, *, is_known_end: bool) -> Response:
        """401 as RFC 6750 §3 has it, with RFC 9728's pointer where the gateway is described."""
        parts = ['realm="integration-gateway"']
        if is_known_end:
            parts += ['error="invalid_token"', 'error_description="The access token has ended"']
        if self._metadata.resource_url is not None:
            parts += [f'resource_metadata="{self._metadata.resource_url}"']
        challenge = {"WWW-Authenticate": "Bearer " + ", ".join(parts)}
        return JSONResponse({"error": "invalid_token"}, 401, challenge)

    def _scope_challenge(self, scope: str) -> Response:
        """403 as MCP 2025-11-25 has it, "Scope Challenge Handling"."""
        parts = ['Bearer error="insufficient_scope"', f'scope="{scope}"']
        if self._metadata.resource_url is not None:
            parts += [f'resource_metadata="{self._metadata.resource_url}"']
        challenge = {"WWW-Authenticate": ", ".join(parts)}
        return JSONResponse({"error": "insufficient_scope"}, 403, challenge)

    def _count(self, verb: str, method: str, message: dict[str, Any]) -> None:
        self._counters.deletes += verb == "DELETE"
        self._counters.sessions += method == "initialize"
        if verb == "POST":
            self._counters.posts[method] += 1
        if method == "tools/call":
            self._counters.calls[_tool(message)] += 1

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
        if params.get("protocolVersion") in self._revisions:
            return body
        return json.dumps(
            message | {"params": params | {"protocolVersion": self._revisions[-1]}}
        ).encode()


def _broken(fault: str) -> Response | None:
    """What a gateway answers that has gone wrong; None for one that has not."""
    match fault:
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


def _tool(message: dict[str, Any]) -> str:
    """The tool that a message calls; empty where it calls none."""
    is_call = message.get("method") == "tools/call"
    return str((message.get("params") or {}).get("name")) if is_call else ""


def _user(family: Family, token: str, issuer: str) -> AuthenticatedUser:
    """Whom the SDK binds a session to: the account, whatever its token is today."""
    name, claims = family.identity.name, {"iss": issuer, "sub": family.identity.name}
    access = AccessToken(token=token, client_id=family.client_id, scopes=[], subject=name)
    return AuthenticatedUser(access.model_copy(update={"claims": claims}))


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
