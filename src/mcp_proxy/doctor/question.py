"""What is asked on the walk, as flows; what the answers mean is the steps' business.

Pure. Follows MCP 2025-11-25, "Lifecycle" and "Transports", RFC 6749 §4.1.1 and
RFC 7591 §3.1.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mcp_proxy.oauth.http import HttpRequest
from mcp_proxy.version import VERSION
from mcp_proxy.wire import jsonrpc, mcp
from mcp_proxy.wire.sse import EventStream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.oauth.http import Flow, HttpResponse

_ACCEPT = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


def hello(url: str, headers: Mapping[str, str]) -> Flow[HttpResponse]:
    """Open a session, or be told why not."""
    who = {"name": "mcp-permit", "version": VERSION}
    params = {"protocolVersion": mcp.LATEST_LEGACY, "capabilities": {}, "clientInfo": who}
    return post(url, headers, jsonrpc.request(1, mcp.INITIALIZE, params))


def post(url: str, headers: Mapping[str, str], body: bytes) -> Flow[HttpResponse]:
    """Send one message."""
    return (yield HttpRequest("POST", url, {**_ACCEPT, **headers}, body))


def farewell(url: str, headers: Mapping[str, str]) -> Flow[HttpResponse]:
    """End a session."""
    return (yield HttpRequest("DELETE", url, dict(headers)))


def page(url: str) -> Flow[HttpResponse]:
    """Ask for a page as a browser would that nobody sits at."""
    return (yield HttpRequest("GET", url, {"Accept": "text/html"}))


def impossible_registration(endpoint: str) -> Flow[HttpResponse]:
    """A registration that no server may carry out: it names no redirect (RFC 7591 §2).

    A server that registers clients says what is wrong with it (400); one that does not
    register us refuses us. Nothing is made either way.
    """
    body = json.dumps({"client_name": "mcp-permit", "redirect_uris": []}).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    return (yield HttpRequest("POST", endpoint, headers, body))


def message_of(response: HttpResponse) -> dict[str, Any] | None:
    """The JSON-RPC answer in a body or in an event stream; None where there is none."""
    if not response.headers.get("content-type", "").startswith("text/event-stream"):
        return _answer(response.body)
    events = EventStream().feed(response.body)
    found = (_answer(event.data) for event in events)
    return next((message for message in found if message is not None), None)


def _answer(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    is_answer = isinstance(value, dict) and ("result" in value or "error" in value)
    return value if is_answer else None
