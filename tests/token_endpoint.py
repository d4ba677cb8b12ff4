"""A token endpoint on loopback for processes: rotation, and reuse ends the family."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Iterator


class Ledger:
    """What the endpoint knows: the number of the refresh token that still works."""

    def __init__(self) -> None:
        self.valid = 1
        self.spent: list[str] = []
        self.ended = False
        self.grants_grace = False
        """Whether the token spent last is taken again, for the same answer."""
        self.swallows = 0
        """How many requests to leave unanswered, as if they had been lost on their way."""
        self.swallowed = Event()
        self.answering = Event()
        """Set when a refresh token is spent, before the answer goes out."""
        self.open = Event()
        """Cleared, answers wait for it."""
        self.open.set()
        self.closing = Event()
        self._lock = Lock()

    def answer(self, token: str) -> tuple[int, dict[str, object]]:
        with self._lock:
            self.spent.append(token)
            if self.grants_grace and token == f"refresh-{self.valid - 1}":
                self.valid -= 1
            if self.ended or token != f"refresh-{self.valid}":
                self.ended = True
                return 400, {"error": "invalid_grant"}
            self.valid += 1
            found = {"access_token": f"access-{self.valid}", "token_type": "Bearer"}
            # With and without an end, in turn.
            life: dict[str, object] = {"expires_in": 3600} if self.valid % 2 else {}
            return 200, {**found, "refresh_token": f"refresh-{self.valid}", **life}

    def is_lost(self) -> bool:
        with self._lock:
            self.swallows -= 1
            return self.swallows >= 0


@contextmanager
def token_endpoint() -> Iterator[tuple[str, Ledger]]:
    """Its URL and its ledger, as long as the context lasts."""
    ledger = Ledger()

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
            assert form["grant_type"] == ["refresh_token"]
            if ledger.is_lost():
                ledger.swallowed.set()
                ledger.closing.wait()
                return
            status, content = ledger.answer(form["refresh_token"][0])
            ledger.answering.set()
            ledger.open.wait()
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests are silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/token", ledger
    finally:
        ledger.closing.set()
        ledger.open.set()
        server.shutdown()
        server.server_close()
        thread.join()
