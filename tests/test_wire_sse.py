"""The bytes of an event stream to events."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_proxy.wire.sse import Event, EventStream

# A slow machine is not a wrong program.
settings.register_profile("calm", deadline=None)
settings.load_profile("calm")

LINES = st.sampled_from(
    [
        b"data: {}",
        b"data:x",
        b"data",
        b"data:  two",
        b"datum: no",
        b"event: endpoint",
        b"event",
        b"id: 7",
        b"id",
        b"id: a\0b",
        b"retry: 10",
        b"retry: soon",
        b": comment",
        b"",
        b"",
        b"\xef\xbb\xbfdata: mark",
        "data: ä😀".encode(),
    ]
)
STREAMS = st.lists(st.tuples(LINES, st.sampled_from([b"\n", b"\r\n", b"\r"])))


def by_the_book(stream: bytes) -> list[tuple[bytes, str]]:
    """The parser of WHATWG HTML §9.2.6, word by word, on a whole stream: data and type."""
    stream = stream.removeprefix(b"\xef\xbb\xbf")
    found, data, kind = [], b"", ""
    for line in stream.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")[:-1]:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if line == b"":
            if data:
                found.append((data[:-1], kind or "message"))
            data, kind = b"", ""
        elif name == b"data":
            data += value + b"\n"
        elif name == b"event":
            kind = value.decode()
    return found


def feed(*chunks: bytes) -> list[Event]:
    stream = EventStream()
    return [event for chunk in chunks for event in stream.feed(chunk)]


@given(STREAMS, st.lists(st.integers(0, 60)))
def test_however_it_is_cut_the_stream_says_the_same(
    lines: list[tuple[bytes, bytes]], cuts: list[int]
) -> None:
    """WHATWG HTML §9.2.6. Also inside CRLF, the byte order mark and characters."""
    stream = b"".join(line + ending for line, ending in lines)
    places = sorted({0, *(cut for cut in cuts if cut < len(stream)), len(stream)})
    chunks = [stream[a:b] for a, b in pairwise(places)]
    expected = by_the_book(stream)
    for cut in (chunks, [stream], [bytes([byte]) for byte in stream]):
        assert [(event.data, event.event) for event in feed(*cut)] == expected


@given(st.lists(st.binary()))
def test_any_bytes_are_taken(chunks: list[bytes]) -> None:
    """WHATWG HTML §9.2.5: there is no wrong stream."""
    feed(*chunks)


def test_an_event_in_one_chunk() -> None:
    """MCP, Streamable HTTP."""
    assert feed(b'event: message\r\ndata: {"a":1}\r\n\r\n') == [Event(b'{"a":1}')]


def test_an_event_has_a_type_and_an_id_in_any_bytes() -> None:
    """WHATWG HTML §9.2.5: what is not UTF-8 is replaced, never refused."""
    assert feed(b"event: end\xffpoint\nid:\xff\ndata: a\n\n") == [
        Event(b"a", "\ufffd", "end\ufffdpoint")
    ]


def test_events_are_given_as_soon_as_they_end() -> None:
    """Ours: a progress notification does not wait for the answer."""
    stream = EventStream()
    assert stream.feed(b"data: 1\n\ndata: 2\n") == [Event(b"1")]
    assert stream.feed(b"\n") == [Event(b"2")]


def test_a_carriage_return_ends_an_event_without_waiting_for_a_line_feed() -> None:
    """WHATWG HTML §9.2.5. The LF that may come is no second end."""
    stream = EventStream()
    assert stream.feed(b"data: 1\r\n\r") == [Event(b"1")]
    assert stream.feed(b"") == []
    assert stream.feed(b"\ndata: 2\r\r") == [Event(b"2")]


def test_lines_of_data_are_joined_by_line_feeds() -> None:
    """WHATWG HTML §9.2.6."""
    assert feed(b"data: a\rdata\r\ndata:b\n\n") == [Event(b"a\n\nb")]


def test_a_comment_and_an_event_without_data_give_nothing() -> None:
    """WHATWG HTML §9.2.6. Its type is forgotten with it."""
    assert feed(b": ping\n\nevent: x\n\ndata: 1\n\n") == [Event(b"1")]


def test_an_event_may_have_empty_data() -> None:
    """MCP 2025-11-25, Transports: the first event has an id and empty data."""
    stream = EventStream()
    assert stream.feed(b"id: e1\nretry: 3000\ndata:\n\n") == [Event(b"", "e1", "message", 3000)]
    assert (stream.last_event_id, stream.retry) == ("e1", 3000)


def test_an_id_counts_once_its_event_has_ended() -> None:
    """WHATWG HTML §9.2.6: half an event must be sent again."""
    stream = EventStream()
    stream.feed(b"id: 1\ndata: a\n\nid: 2\ndata: b\n")
    assert stream.last_event_id == "1"
    stream.feed(b"\n")
    assert stream.last_event_id == "2"
    assert stream.feed(b"data: c\n\n") == [Event(b"c", None)]
    assert stream.last_event_id == "2"


def test_an_id_counts_without_data_and_an_empty_one_takes_it_back() -> None:
    """WHATWG HTML §9.2.6."""
    stream = EventStream()
    stream.feed(b"id: 1\n\n")
    assert stream.last_event_id == "1"
    assert stream.feed(b"id\ndata: a\n\n") == [Event(b"a", None)]
    assert stream.last_event_id is None


def test_an_id_with_a_null_is_ignored() -> None:
    """WHATWG HTML §9.2.6: it could not stand in a header."""
    assert feed(b"id: 1\0\ndata: a\n\n") == [Event(b"a", None)]


@pytest.mark.parametrize(
    "value", [b"", b"-1", b"1.5", b"soon", "\u0661".encode(), b"9" * 10, b"9" * 5000]
)
def test_a_retry_that_is_no_waiting_time_is_ignored(value: bytes) -> None:
    """WHATWG HTML §9.2.6: ASCII digits only."""
    stream = EventStream()
    assert stream.feed(b"retry: 5\n\nretry: " + value + b"\ndata: a\n\n") == [Event(b"a")]
    assert stream.retry == 5


def test_the_longest_retry_is_eleven_days() -> None:
    """Ours."""
    assert feed(b"retry: 999999999\ndata: a\n\n") == [Event(b"a", retry=999_999_999)]


def test_a_byte_order_mark_is_no_data() -> None:
    """WHATWG HTML §9.2.5, at the start only."""
    assert feed(b"\xef", b"\xbb", b"\xbfdata: a\n\n") == [Event(b"a")]
    assert feed(b"\n\xef\xbb\xbfdata: a\n\n") == []


def test_whether_the_stream_ended_between_events() -> None:
    """peers.md behaviour 21: half an event is told from an end."""
    stream = EventStream()
    seen = [stream.is_empty_tail]
    for chunk in (b"\xef", b"\xbb\xbf", b"da", b"ta: 1\n", b"\n", b"id: 1\n", b"\n", b": c", b"\n"):
        stream.feed(chunk)
        seen.append(stream.is_empty_tail)
    assert seen == [True, False, True, False, False, True, False, True, False, True]


def test_a_large_event_is_put_together_once() -> None:
    """performance.md: 5 MB in chunks. Data that came whole is not looked at again."""
    text = b"x" * 5_000_000
    stream = b"event: message\ndata: " + text + b"\n\n"
    chunks = [stream[at : at + 65_536] for at in range(0, len(stream), 65_536)]
    assert feed(*chunks) == [Event(text)]


def test_messages_do_not_fill_the_log() -> None:
    """peers.md behaviour 27."""
    assert "canary" not in repr(Event(b"canary"))
