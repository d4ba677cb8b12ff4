"""The bytes of an event stream to events, as they come in.

Follows the WHATWG HTML standard §9.2 "Server-sent events", as MCP uses it: data
stay bytes, since they are JSON-RPC messages. Pure, and linear: a byte is looked at
once, however the network has cut the stream.
"""

from __future__ import annotations

from typing import Final

from mcp_proxy.values import dataclass, field

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_LONGEST_RETRY: Final = 9
"""Digits; more milliseconds than that are no waiting time."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event, as its empty line has ended it."""

    data: bytes = field(repr=False)
    """The data lines joined by LF; may be empty, as in the first event of MCP 2025-11-25."""
    id: str | None = None
    """The id that this very event carries; None where it has none."""
    event: str = "message"
    """The event's type."""
    retry: int | None = None
    """Milliseconds to wait before a reconnection, where this event says it."""


class EventStream:
    """Feed it chunks; it gives events.

    A comment and an event without data give no event. `last_event_id` and `retry`
    are what a reconnection needs.
    """

    def __init__(self) -> None:
        self.last_event_id: str | None = None
        """The id of the last ended event that had one (`Last-Event-ID`)."""
        self.retry: int | None = None
        """Milliseconds to wait before a reconnection, as last told."""
        self._start: bytes | None = b""
        """The first bytes, as long as they can be a byte order mark."""
        self._line: list[bytes] = []
        """The parts of a line that has not ended."""
        self._skips_line_feed = False
        """Whether the last chunk ended with the CR of what may be a CRLF."""
        self._data: list[bytes] = []
        self._fields: dict[bytes, str] = {}

    @property
    def is_empty_tail(self) -> bool:
        """Whether the stream could end here without cutting an event."""
        return not (self._start or self._line or self._data or self._fields)

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that end in `chunk`."""
        chunk = self._fresh(chunk)
        if b"\r" in chunk:
            self._skips_line_feed = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        events: list[Event] = []
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            if end == start and not self._line:
                events.extend(self._end())
            else:
                self._take(chunk, start, end)
            start = end + 1
        if start < len(chunk):
            self._line.append(chunk[start:])
        return events

    def _fresh(self, chunk: bytes) -> bytes:
        """`chunk` without the mark that may begin a stream, and without half a CRLF."""
        if self._start is not None:
            chunk = self._start + chunk
            if len(chunk) < len(_BYTE_ORDER_MARK) and _BYTE_ORDER_MARK.startswith(chunk):
                self._start = chunk
                return b""
            self._start = None
            return chunk.removeprefix(_BYTE_ORDER_MARK)
        if self._skips_line_feed and chunk:
            self._skips_line_feed = False
            return chunk.removeprefix(b"\n")
        return chunk

    def _take(self, chunk: bytes, start: int, end: int) -> None:
        """Keep what the line says that ends in `chunk`."""
        # The long way of a data line has one copy in it: a message can have 5 MB.
        if not self._line:
            if chunk.startswith(b"data: ", start):
                self._data.append(chunk[start + 6 : end])
            else:
                self._keep(chunk[start:end])
            return
        first, *others = self._line
        self._line = []
        if first.startswith(b"data: "):
            self._data.append(b"".join([first[6:], *others, chunk[start:end]]))
        else:
            self._keep(b"".join([first, *others, chunk[start:end]]))

    def _keep(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
        elif name == b"event" or (name == b"id" and b"\0" not in value):
            self._fields[name] = value.decode(errors="replace")
        elif name == b"retry" and value.isdigit() and len(value) <= _LONGEST_RETRY:
            self.retry = int(value)
            self._fields[name] = value.decode()

    def _end(self) -> list[Event]:
        """The event, if any, that an empty line makes of the lines before it."""
        data, fields = self._data, self._fields
        self._data, self._fields = [], {}
        if b"id" in fields:
            # An empty id takes back the one before.
            self.last_event_id = fields[b"id"] or None
        if not data:
            return []
        retry = self.retry if b"retry" in fields else None
        kind = fields.get(b"event") or "message"
        return [Event(b"\n".join(data), fields.get(b"id") or None, kind, retry)]
