from __future__ import annotations

import json

import pytest

from mcp_proxy.errors import LocalProtocolError
from mcp_proxy.proxy import batch

PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
CALL = b'{"jsonrpc":"2.0","id":"1","method":"tools/call","params":{"n":1.50}}'
NOTE = b'{"jsonrpc":"2.0","method":"notifications/initialized"}'
ANSWER = b'{"jsonrpc":"2.0","id":1,"result":{}}'


def test_an_array_is_a_batch() -> None:
    """MCP 2025-03-26, Overview, "Batching"."""
    assert batch.is_batch(b" [1]")
    assert not batch.is_batch(PING)


def test_each_message_is_read_by_itself() -> None:
    """MCP 2025-03-26, Overview, "Batching". Its own bytes go on."""
    found = batch.parse(b" [ %b , %b,%b , %b ] " % (PING, CALL, NOTE, ANSWER))
    assert all(not isinstance(one, Exception) for one in found)
    raws = [one.raw for one in found if not isinstance(one, Exception)]
    assert raws == [PING, CALL, NOTE, ANSWER]


def test_what_is_wrong_with_one_spoils_no_other() -> None:
    """JSON-RPC 2.0 §6. Read as strictly as alone."""
    first, second, third = batch.parse(b'[1,%b,{"jsonrpc":"2.0","id":9,"id":9}]' % PING)
    assert isinstance(first, LocalProtocolError)
    assert (first.code, first.request_id) == (-32600, None)
    assert not isinstance(second, Exception)
    assert isinstance(third, LocalProtocolError)


def test_a_handshake_comes_alone() -> None:
    """MCP 2025-03-26, Lifecycle: MUST NOT be part of a batch."""
    (found,) = batch.parse(b'[{"jsonrpc":"2.0","id":7,"method":"initialize"}]')
    assert isinstance(found, LocalProtocolError)
    assert (found.code, found.request_id) == (-32600, 7)


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        (b"[]", -32600, "empty"),
        (b"[1", -32700, "not JSON"),
        (b"[%b,%b]" % (PING, PING), -32600, "same id"),
        (b"[%b,%b]" % (PING, PING.replace(b"1,", b"1.0,")), -32600, "same id"),
    ],
)
def test_a_batch_that_cannot_be_answered_is_refused_whole(
    line: bytes, code: int, says: str
) -> None:
    """JSON-RPC 2.0 §6; peers.md §8, behaviour 24."""
    with pytest.raises(LocalProtocolError, match=says) as refusal:
        batch.parse(line)
    assert refusal.value.code == code


def test_requests_and_what_could_not_be_read_are_answered() -> None:
    """JSON-RPC 2.0 §6: a notification and an answer are not."""
    found = batch.parse(b"[%b,%b,%b,1]" % (PING, NOTE, ANSWER))
    assert [batch.wants_answer(one) for one in found] == [True, False, False, True]


def test_the_answers_come_together() -> None:
    """JSON-RPC 2.0 §6: in any order, and none for what was cancelled."""
    lines: list[bytes] = []
    answers = batch.Answers(3, lines.append)
    answers.take(b'{"id":2}')
    answers.take(None)
    assert lines == []
    answers.take(b'{"id":1}')
    assert json.loads(lines[0]) == [{"id": 2}, {"id": 1}]


def test_where_nothing_is_left_to_answer_nothing_is_said() -> None:
    """JSON-RPC 2.0 §6: never an empty array."""
    lines: list[bytes] = []
    batch.Answers(1, lines.append).take(None)
    assert lines == []
