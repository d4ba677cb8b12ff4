"""Four rate limits over everything that needs a credential, MCP and REST alike (SC-RATE).

Sliding windows of 60 seconds for key, user, tenant and partner. Success and refusal tell how much
is left of the window that has least.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request

from mcp_proxy.demo.scaimcp.refusals import Refused, response

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from mcp_proxy.demo.scaimcp.switches import ScaiFaults

    Payers = Callable[[Request], dict[str, str]]
    """Who pays for a request, by the name of the window; empty for a request of nobody known."""

_WINDOW_SECONDS = 60.0
_HEADER = "X-Scaigrid-Ratelimit-"


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of one window."""

    limit: int
    remaining: int
    reset_seconds: int

    def headers(self) -> dict[str, str]:
        """As every answer has them. That `Reset` is in seconds from now is ours."""
        return {
            f"{_HEADER}Limit": str(self.limit),
            f"{_HEADER}Remaining": str(self.remaining),
            f"{_HEADER}Reset": str(self.reset_seconds),
        }


class Limits:
    """The windows of one world. `now` gives epoch seconds."""

    def __init__(self, payers: Payers, faults: ScaiFaults, now: Callable[[], float]) -> None:
        self._payers, self._faults, self._now = payers, faults, now
        self._windows: dict[tuple[str, str], deque[float]] = {}

    def around(self, app: ASGIApp) -> ASGIApp:
        """`app` behind the limits."""

        async def limited(scope: Scope, receive: Receive, send: Send) -> None:
            left = self._take(self._payers(Request(scope)))
            if left is None:
                await app(scope, receive, send)
            elif left.remaining >= 0:
                await app(scope, receive, _with(left.headers(), send))
            else:
                refused = Refused("RATE_LIMITED", f"More than {left.limit} requests in a minute")
                answer = response(refused, left.headers() | {}, left.reset_seconds)
                await answer(scope, receive, send)

        return limited

    def _take(self, payers: dict[str, str]) -> Left | None:
        """Count one request, unless a window is full; what is left where least is."""
        now = self._now()
        windows = {kind: self._window(kind, name, now) for kind, name in payers.items()}
        left = [self._left(kind, window, now) for kind, window in windows.items()]
        if all(each.remaining >= 0 for each in left):
            for window in windows.values():
                window.append(now)
        return min(left, key=lambda each: each.remaining, default=None)

    def _window(self, kind: str, name: str, now: float) -> deque[float]:
        window = self._windows.setdefault((kind, name), deque())
        while window and now - window[0] >= _WINDOW_SECONDS:
            window.popleft()
        return window

    def _left(self, kind: str, window: deque[float], now: float) -> Left:
        """What is left once this request is counted; below zero: it is one too many."""
        limit = self._faults.limits[kind]
        oldest = window[0] if window else now
        return Left(limit, limit - len(window) - 1, math.ceil(oldest + _WINDOW_SECONDS - now))


def _with(headers: dict[str, str], send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            more = [(name.lower().encode(), text.encode()) for name, text in headers.items()]
            message = {**message, "headers": [*message.get("headers", []), *more]}
        await send(message)

    return sent
