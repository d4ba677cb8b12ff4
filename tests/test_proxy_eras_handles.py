from __future__ import annotations

from typing import Any

import pytest

from mcp_proxy.errors import LocalProtocolError
from mcp_proxy.proxy.eras.handles import GOOD_SECONDS, MOST, Handles, responses_of
from mcp_proxy.wire import jsonrpc


def call(state: object = None, method: str = "tools/call", **params: Any) -> jsonrpc.Message:
    told = {"name": "t", "arguments": {"a": 1}} | params
    if state is not None:
        told["requestState"] = state
    return jsonrpc.parse(jsonrpc.request(7, method, told))


def minted() -> Handles[str]:
    handles = iter(f"h{number}" for number in range(100))
    return Handles(lambda: next(handles))


def test_a_request_goes_on_where_it_stopped() -> None:
    """MCP 2026-07-28, Multi Round-Trip Requests. Another id, other `_meta`, and the answers."""
    kept = minted()
    handle = kept.give(call(_meta={"progressToken": 1}), "stream", now=0)
    assert handle == "h0"
    again = call(handle, _meta={"progressToken": 2}, inputResponses={"1": {}})
    assert kept.take(again) == "stream"


def test_a_handle_is_good_for_one_retry() -> None:
    """Ours: what it opened may have moved on."""
    kept = minted()
    handle = kept.give(call(), "stream", now=0)
    assert kept.take(call(handle)) == "stream"
    assert kept.take(call(handle)) is None


@pytest.mark.parametrize(
    "other",
    [{"name": "u"}, {"arguments": {"a": True}}, {"arguments": {"a": 1.0}}, {"more": 0}],
)
def test_a_handle_is_good_for_its_own_request_alone(other: dict[str, Any]) -> None:
    """MCP 2026-07-28, Multi Round-Trip Requests: bound to the originating request."""
    kept = minted()
    handle = kept.give(call(), "stream", now=0)
    for foreign in (call(handle, **other), call(handle, "prompts/get")):
        with pytest.raises(LocalProtocolError, match="another request") as refusal:
            kept.take(foreign)
        assert refusal.value.code == -32602
        assert refusal.value.request_id == 7
    assert kept.take(call(handle)) == "stream", "a stranger does not use it up"


def test_forged_handles_open_nothing() -> None:
    """MCP 2026-07-28, Multi Round-Trip Requests: attacker-controlled input."""
    kept = minted()
    kept.give(call(), "stream", now=0)
    assert kept.take(call("h1")) is None
    assert kept.take(call()) is None
    with pytest.raises(LocalProtocolError, match="not a string"):
        kept.take(call(["h0"]))
    nameless = jsonrpc.parse(b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":[]}')
    assert kept.take(nameless) is None
    assert kept.give(nameless, "x", now=0) == "h1"


def test_answers_come_as_the_host_wrote_them() -> None:
    """peers.md §8, behaviour 15."""
    params = b'{"inputResponses":{"q":{"n":1.50}}}'
    again = jsonrpc.parse(b'{"jsonrpc":"2.0","id":7,"method":"m","params":' + params + b"}")
    assert responses_of(again) == {"q": b'{"n":1.50}'}
    assert responses_of(call()) == {}


@pytest.mark.parametrize("responses", [[], None, {"q": 1}, {"q": None}])
def test_answers_that_are_none_are_malformed(responses: object) -> None:
    """MCP 2026-07-28, Multi Round-Trip Requests, "Error Handling"."""
    with pytest.raises(LocalProtocolError, match="inputResponses") as refusal:
        responses_of(call("h0", inputResponses=responses))
    assert (refusal.value.code, refusal.value.request_id) == (-32602, 7)


def test_nobody_is_waited_for_longer_than_a_person_thinks() -> None:
    """Ours."""
    kept = minted()
    handle = kept.give(call(), "first", now=0)
    kept.give(call(), "second", now=1)
    assert kept.overdue(GOOD_SECONDS - 1) == []
    assert kept.overdue(GOOD_SECONDS) == ["first"]
    assert kept.take(call(handle)) is None


def test_what_waits_longest_makes_room() -> None:
    """Ours: a host need not come back."""
    kept = minted()
    for number in range(MOST + 2):
        kept.give(call(), str(number), now=number)
    assert kept.overdue(MOST) == ["0", "1"]
    assert kept.overdue(MOST) == []
