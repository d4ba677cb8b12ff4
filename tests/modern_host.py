"""A host of MCP 2026-07-28 that checks each line it gets against the rules of its revision."""

from __future__ import annotations

import asyncio
import itertools
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from mcp_types import methods

from mcp_proxy.proxy.assembly import assembled
from relay_world import home

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from mcp_proxy.config.model import Profile
    from mcp_proxy.login.person import SignInPage

PATIENCE = 20.0
"""Seconds that no step of a test takes, even on a busy machine."""
REVISION = "2026-07-28"
M = "io.modelcontextprotocol/"
Json = dict[str, Any]


class ModernHost:
    """Sends requests, each with all that it has to say, and sorts what comes back.

    Args:
        send: takes one line for the server.
        can: the host's capabilities.
    """

    def __init__(self, send: Callable[[bytes], None], **can: Any) -> None:
        self.send_line = send
        self.can: Json = can
        self.info: Json | None = {"name": "strict", "version": "1"}
        self.lines: list[bytes] = []
        self.told: list[Json] = []
        """Notifications, in their order."""
        self._ids = itertools.count(1)
        self._waiting: dict[object, asyncio.Future[Json]] = {}
        self._methods: dict[object, str] = {}
        self._done: set[object] = set()
        self._tokens: dict[object, object] = {}
        """Progress tokens, and the requests that they belong to."""
        self._with_logs: set[object] = set()
        self._acknowledged: set[object] = set()
        self._news = asyncio.Event()

    # ---- what it says -----------------------------------------------------------------------

    def meta(self, **more: Any) -> Json:
        """The `_meta` of a request."""
        info = {} if self.info is None else {f"{M}clientInfo": self.info}
        return {f"{M}protocolVersion": REVISION, f"{M}clientCapabilities": self.can} | info | more

    def send(self, message: Json) -> None:
        """Send any message."""
        self.send_line(json.dumps({"jsonrpc": "2.0"} | message).encode())

    def begin(
        self,
        method: str,
        params: Json | None = None,
        *,
        request_id: int | str | None = None,
        token: int | str | None = None,
        log: str | None = None,
    ) -> asyncio.Future[Json]:
        """Send a request; its answer to come, with the request's id as `future.request_id`."""
        name = next(self._ids) if request_id is None else request_id
        more: Json = {} if token is None else {"progressToken": token}
        if log is not None:
            more[f"{M}logLevel"] = log
            self._with_logs.add(name)
        if token is not None:
            self._tokens[token] = name
        future: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[name], self._methods[name] = future, method
        self._done.discard(name)
        future.request_id = name  # type: ignore[attr-defined]  # for who cancels it
        body = {
            "id": name,
            "method": method,
            "params": (params or {}) | {"_meta": self.meta(**more)},
        }
        self.send(body)
        return future

    async def ask(self, method: str, params: Json | None = None, **how: Any) -> Json:
        """Send a request; its whole answer."""
        async with asyncio.timeout(PATIENCE):
            return await self.begin(method, params, **how)

    async def call(self, tool: str, arguments: Json | None = None, **how: Any) -> Json:
        """Call a tool; the whole answer."""
        return await self.ask("tools/call", {"name": tool, "arguments": arguments or {}}, **how)

    async def retry(
        self,
        tool: str,
        wish: Json,
        answers: Json | None = None,
        *,
        arguments: Json | None = None,
        **how: Any,
    ) -> Json:
        """Call a tool again with the answers to what it wished for."""
        state = wish["result"]["requestState"]
        told = {"name": tool, "arguments": arguments or {}, "requestState": state}
        more = {} if answers is None else {"inputResponses": answers}
        return await self.ask("tools/call", told | more, **how)

    def cancel(self, future: asyncio.Future[Json]) -> None:
        """Let go of a request."""
        name = future.request_id  # type: ignore[attr-defined]  # as above
        self._done.add(name)
        self._waiting.pop(name, None)
        self.send({"method": "notifications/cancelled", "params": {"requestId": name}})

    async def until(self, happened: Callable[[], object]) -> None:
        """Wait until something that came has made `happened` true."""
        async with asyncio.timeout(PATIENCE):
            while not happened():
                self._news.clear()
                await self._news.wait()

    # ---- what it hears ----------------------------------------------------------------------

    def deliver(self, line: bytes) -> None:
        """Take one line."""
        assert b"\n" not in line
        self.lines.append(line)
        message = json.loads(line)
        assert message["jsonrpc"] == "2.0"
        if "method" not in message:
            self._answered(message)
        else:
            assert "id" not in message, "a server of this revision writes no requests"
            self._notified(message)
            self.told.append(message)
        self._news.set()

    def _answered(self, message: Json) -> None:
        name = message["id"]
        assert name not in self._done, "nothing more comes for a request that is over"
        if name is None:
            return
        self._done.add(name)
        if "result" in message:
            _check_result(self._methods[name], message["result"])
        else:
            code = message["error"]["code"]
            assert code not in {-32002, -32042}, "codes of earlier revisions"
            assert code not in range(-32099, -32019) or code in {-32020, -32021, -32022}
        self._waiting.pop(name).set_result(message)

    def _notified(self, message: Json) -> None:
        method, params = message["method"], message.get("params", {})
        subscription = params.get("_meta", {}).get(f"{M}subscriptionId")
        if method == "notifications/progress":
            owner = self._tokens[params["progressToken"]]
            assert owner not in self._done, "progress belongs to a request that runs"
        elif method == "notifications/message":
            assert self._with_logs - self._done, "nobody wants logs"
        elif method == "notifications/subscriptions/acknowledged":
            assert subscription in self._waiting
            assert subscription not in self._acknowledged
            self._acknowledged.add(subscription)
        elif method.endswith("/list_changed") or method == "notifications/resources/updated":
            assert subscription in self._acknowledged, "told before it was acknowledged"
            assert subscription not in self._done, "told after its end"
        else:
            assert method.startswith("vendor/"), f"{method} has no place in this revision"


def _check_result(method: str, result: Json) -> None:
    kind = result["resultType"]
    assert kind in {"complete", "input_required"}
    assert result["_meta"][f"{M}serverInfo"]["name"]
    if kind == "input_required":
        assert method in {"tools/call", "prompts/get", "resources/read"}
        assert result.get("inputRequests") or result.get("requestState")
    if method in CACHEABLE and kind == "complete":
        assert result["ttlMs"] >= 0
        assert result["cacheScope"] in {"public", "private"}
    if not method.startswith("vendor/"):
        methods.validate_server_result(method, REVISION, result)


class Relayed(ModernHost):
    """A strict host in front of a relay in the test's own process."""

    def __init__(self, **can: Any) -> None:
        super().__init__(lambda _line: None, **can)
        self.pages: list[SignInPage] = []
        """What a person was asked to open."""
        self.complaints: list[str] = []
        self.finish: Callable[[], Awaitable[None]]
        """Hang up politely."""

    def show(self, page: SignInPage) -> None:
        """Take a page to open."""
        self.pages.append(page)
        self._news.set()


@asynccontextmanager
async def relayed(chosen: Profile, folder: Path, **can: Any) -> AsyncIterator[Relayed]:
    """A strict host that can do this, in front of a relay for `chosen`."""
    host = Relayed(**can)
    async with assembled(
        chosen,
        home(folder),
        emit=host.deliver,
        on_waiting=host.show,
        complain=host.complaints.append,
    ) as relay:
        host.send_line = relay.receive
        host.finish = relay.finish
        yield host


CACHEABLE = {
    "server/discover",
    "tools/list",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
    "resources/read",
}
