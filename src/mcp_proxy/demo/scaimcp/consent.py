"""Asking the person behind a caller before a tool of the tier `confirm` runs (SL-TUT).

A stateless gateway keeps no session: up to 2025-11-25 it asks on the answer stream of the call,
and the answer comes with a POST of its own; from 2026-07-28 on it asks with an interim result.
How ScaiLink asks through MCP is not documented: all of this is ours.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Message, Receive, Scope, Send

KEY = "consent"
_SCHEMA = {
    "type": "object",
    "properties": {"confirm": {"type": "boolean", "title": "Yes, run it"}},
    "required": ["confirm"],
}
_STREAM = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache")]


class Consent:
    """Questions that wait for their answers, and who can be asked."""

    def __init__(self) -> None:
        self._able: set[str] = set()
        self._waiting: dict[str, asyncio.Future[bool]] = {}

    def learn(self, user_id: str, message: Mapping[str, Any]) -> None:
        """Note from an `initialize` whether this caller's client can ask its person."""
        if message.get("method") != "initialize":
            return
        params = message.get("params") or {}
        can_ask = "elicitation" in (params.get("capabilities") or {})
        (self._able.add if can_ask else self._able.discard)(user_id)

    def can_ask(self, user_id: str) -> bool:
        """Whether this caller's client has last said that it can ask its person."""
        return user_id in self._able

    def takes(self, message: Mapping[str, Any]) -> bool:
        """Whether this is the answer to a question that is open; whoever waits for it goes on."""
        waiting = (
            self._waiting.pop(str(message.get("id")), None) if "method" not in message else None
        )
        if waiting is None:
            return False
        if not waiting.done():
            waiting.set_result(is_yes(message.get("result")))
        return True

    async def asked(self, name: str, receive: Receive, send: Send) -> tuple[bool, Receive] | None:
        """Whether the person says yes, and what gives the request's body again.

        None where the caller has gone. The answer stream is open from here on.
        """
        question_id = "consent-" + secrets.token_urlsafe(16)
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[question_id] = answer
        body = await receive()
        asks = {"jsonrpc": "2.0", "id": question_id} | question(name)
        await send({"type": "http.response.start", "status": 200, "headers": _STREAM})
        await send({"type": "http.response.body", "body": _event(asks), "more_body": True})
        gone = asyncio.ensure_future(receive())
        try:
            await asyncio.wait((answer, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._waiting.pop(question_id, None)
            gone.cancel()
        return (answer.result(), _again(body, receive)) if answer.done() else None


def question(name: str) -> dict[str, Any]:
    """What is asked: an elicitation without its envelope (MCP 2025-06-18, 2026-07-28)."""
    params = {"message": f"Run {name}?", "requestedSchema": _SCHEMA, "mode": "form"}
    return {"method": "elicitation/create", "params": params}


def is_yes(answer: object) -> bool:
    """Whether the answer to an elicitation confirms."""
    if not isinstance(answer, dict) or answer.get("action") != "accept":
        return False
    return (answer.get("content") or {}).get("confirm") is True


def continued(send: Send) -> Send:
    """A `send` for an answer whose beginning has been sent already."""

    async def sent(message: Message) -> None:
        if message["type"] != "http.response.start":
            await send(message)

    return sent


async def accepted(scope: Scope, receive: Receive, send: Send) -> None:
    """202 for an answer that was waited for."""
    await Response(status_code=202)(scope, receive, send)


def _event(message: dict[str, Any]) -> bytes:
    return f"event: message\r\ndata: {json.dumps(message)}\r\n\r\n".encode()


def _again(body: Message, receive: Receive) -> Receive:
    parts = [body]

    async def again() -> Message:
        return parts.pop() if parts else await receive()

    return again
