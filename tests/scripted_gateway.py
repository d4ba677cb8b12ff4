"""A small gateway in a thread that answers as a test says, and asks nobody to sign in."""

from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Answer = Mapping[str, Any] | Callable[[Mapping[str, Any]], Mapping[str, Any]]

HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {"tools": {}, "resources": {}, "prompts": {}},
    "serverInfo": {"name": "scripted", "version": "1"},
}


@dataclass
class Script:
    """What it answers, and what it heard."""

    url: str
    results: dict[str, Answer]
    """A result for each method, or what makes one of the params; an `error` is one."""
    heard: list[dict[str, Any]] = field(default_factory=list)
    """The messages that came, in their order."""
    progress: list[dict[str, Any]] = field(default_factory=list)
    """What is said of each call before its result."""

    def params(self, method: str) -> list[dict[str, Any]]:
        """What came with each request of a method."""
        return [message["params"] for message in self.heard if message.get("method") == method]

    def answer(self, message: Mapping[str, Any]) -> dict[str, Any]:
        found = self.results.get(message["method"])
        params = message.get("params") or {}
        result = found(params) if callable(found) else found
        base = {"jsonrpc": "2.0", "id": message["id"]}
        if result is None:
            return base | {"error": {"code": -32601, "message": "Method not found"}}
        return base | ({"error": result["error"]} if "error" in result else {"result": result})

    def events(self, message: Mapping[str, Any]) -> bytes:
        """The answer as an event stream, after the progress of the call."""
        token = message["params"].get("_meta", {}).get("progressToken")
        said = [
            {
                "jsonrpc": "2.0",
                "method": "notifications/progress",
                "params": {"progressToken": token, **one},
            }
            for one in self.progress
        ]
        return b"".join(
            b"data: %s\n\n" % json.dumps(one).encode() for one in [*said, self.answer(message)]
        )


@contextlib.contextmanager
def scripted_gateway(**results: Answer) -> Iterator[Script]:
    """A gateway whose answers are given by method, with `_` for `/`."""
    script = Script("", {name.replace("_", "/"): answer for name, answer in results.items()})
    script.results.setdefault("initialize", HELLO)

    class Gateway(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            script.heard.append(message)
            if "id" not in message or "method" not in message:
                self.tell(202, "text/plain", b"")
            elif message["method"] == "tools/call" and script.progress:
                self.tell(200, "text/event-stream", script.events(message))
            else:
                self.tell(200, "application/json", json.dumps(script.answer(message)).encode())

        def do_GET(self) -> None:
            self.tell(405, "text/plain", b"")

        def tell(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Nothing: the tests read what was heard."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    script.url = f"http://127.0.0.1:{server.server_address[1]}/mcp"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def one_page(member: str, *entries: Mapping[str, Any]) -> dict[str, Any]:
    """A complete list."""
    return {member: list(entries)}
