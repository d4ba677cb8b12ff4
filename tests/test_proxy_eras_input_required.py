from __future__ import annotations

import json
from typing import Any

import pytest

from mcp_proxy.errors import RemoteProtocolError
from mcp_proxy.proxy.eras import input_required
from mcp_proxy.proxy.eras.input_required import Wanted, question, retried, wanted
from mcp_proxy.wire.jsonrpc import Message, parse, request

CALL = parse(request(1, "tools/call", {"name": "t", "arguments": {"n": 1}}))
ABLE: dict[str, Any] = {"elicitation": {}, "sampling": {}, "roots": {}}
FORM = b'{"method":"elicitation/create","params":{"message":"Who?","requestedSchema":{"n":1.50}}}'


def asks(inputs: bytes | None = None, state: bytes | None = None) -> bytes:
    members = [b'"resultType":"input_required"']
    members += [] if inputs is None else [b'"inputRequests":%b' % inputs]
    members += [] if state is None else [b'"requestState": %b' % state]
    return b'{"jsonrpc":"2.0","id":1,"result":{%b}}' % b",".join(members)


@pytest.mark.parametrize(
    "answer",
    [
        b'{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","content":[]}}',
        b'{"jsonrpc":"2.0","id":1,"result":{"content":[]}}',
        b'{"jsonrpc":"2.0","id":1,"result":{"content":[{"resultType":"input_required"}]}}',
        b'{"jsonrpc":"2.0","id":1,"result":{"text":"\\"resultType\\":\\"task\\""}}',
        b'{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"","data":{"resultType":"x"}}}',
        b'{"jsonrpc":"2.0","id":1,"result":{"resultType":"x","resultType":"y"}}',
        b'{"jsonrpc":"2.0","id":1,"result":["\\"resultType\\":7"]}',
    ],
)
def test_what_wants_nothing_is_the_last_word(answer: bytes) -> None:
    """MCP 2026-07-28, Overview: an absent `resultType` means complete."""
    assert wanted(answer, CALL, {}) is None


def test_a_long_answer_is_not_read_through() -> None:
    """Issue 5: a long answer passes; this one could not be read at all."""
    deep = b'{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","x":' + b"[" * 200_000
    assert wanted(deep, CALL, {}) is None


@pytest.mark.parametrize(
    ("kind", "capabilities", "is_known"),
    [
        (b'"task"', {}, False),
        (b'"task"', {"extensions": {}}, False),
        (b'"task"', {"extensions": {"vendor/other": {}}}, False),
        (b'"task"', {"extensions": {"io.modelcontextprotocol/tasks": {}}}, True),
        (b'"vendor"', {"extensions": {"vendor/other": {}}}, True),
        (b'"vendor"', {"extensions": ["vendor/other"]}, False),
        (b"7", {}, False),
    ],
)
def test_an_unknown_kind_of_result_needs_an_extension_that_the_host_declared(
    kind: bytes,
    capabilities: dict[str, Any],
    is_known: bool,  # noqa: FBT001 - a table's column
) -> None:
    """MCP 2026-07-28, Overview: an unrecognized `resultType` is invalid; Tasks extension."""
    answer = b'{"jsonrpc":"2.0","id":1,"result":{"resultType":%b}}' % kind
    if is_known:
        assert wanted(answer, CALL, capabilities) is None
    else:
        with pytest.raises(RemoteProtocolError, match="a result of the kind"):
            wanted(answer, CALL, capabilities)


def test_a_wish_for_input_is_taken_apart_and_its_state_not_read() -> None:
    """MCP 2026-07-28, MRTR, Client Requirements 2: the exact value."""
    state = rb'"a\u00e4\/\n\ud800"'
    assert wanted(asks(b'{"who":%b}' % FORM, state), CALL, ABLE) == Wanted((("who", FORM),), state)
    assert wanted(asks(None, state), CALL, {}) == Wanted((), state)


@pytest.mark.parametrize("method", ["tools/list", "resources/list", "completion/complete"])
def test_only_some_requests_may_be_answered_so(method: str) -> None:
    """MCP 2026-07-28, MRTR, Supported Requests."""
    with pytest.raises(RemoteProtocolError, match=f"wants input for {method}"):
        wanted(asks(b"{}", b'"s"'), parse(request(1, method, {})), ABLE)


@pytest.mark.parametrize(
    "answer",
    [
        asks(),
        asks(b"[]"),
        asks(b'{"a":{},"a":{}}'),
        asks(b'{"a":7}'),
        asks(b'{"a":{"method":7}}'),
        asks(b'{"a":{"method":"roots/list","params":7}}'),
        asks(b'{"a":{"params":{}}}'),
    ],
)
def test_a_wish_that_says_nothing_is_no_mcp(answer: bytes) -> None:
    """MCP 2026-07-28, MRTR, Server Requirements 2 and 6."""
    with pytest.raises(RemoteProtocolError):
        wanted(answer, CALL, ABLE)


@pytest.mark.parametrize(
    ("asked", "capabilities", "what"),
    [
        (b'{"method":"roots/list"}', {"sampling": {}}, "roots"),
        (b'{"method":"sampling/createMessage","params":{}}', {"roots": {}}, "sampling"),
        (FORM, {"elicitation": {"url": {}}}, "form"),
        (b'{"method":"elicitation/create","params":{"mode":"url"}}', {"elicitation": {}}, "url"),
        (b'{"method":"ping"}', ABLE, "ping"),
    ],
)
def test_what_the_host_never_declared_is_not_asked_of_it(
    asked: bytes, capabilities: dict[str, Any], what: str
) -> None:
    """MCP 2026-07-28, MRTR, Server Requirements 7."""
    with pytest.raises(RemoteProtocolError, match="has not declared") as raised:
        wanted(asks(b'{"a":%b}' % asked), CALL, capabilities)
    assert what in str(raised.value)


def test_a_question_keeps_the_gateways_words() -> None:
    """Issue 5: unknown fields and number spelling survive."""
    assert question(FORM, "q1") == (
        b'{"method":"elicitation/create","params":{"message":"Who?","requestedSchema":{"n":1.50}},'
        b'"jsonrpc":"2.0","id":"q1"}'
    )
    assert json.loads(question(b'{"method":"roots/list","id":7}', "q1"))["id"] == "q1"


def test_a_page_gets_the_id_that_a_legacy_host_wants() -> None:
    """MCP 2025-11-25, Elicitation, URL mode: `elicitationId` is required; 2026-07-28 has none."""
    asked = (
        b'{"method":"elicitation/create","params":{"mode":"url","url":"https://x","message":""}}'
    )
    assert json.loads(question(asked, "q1"))["params"]["elicitationId"] == "q1"
    own = asked.replace(b'"mode"', b'"elicitationId":"e","mode"')
    assert json.loads(question(own, "q1"))["params"]["elicitationId"] == "e"


def test_a_retry_is_the_first_request_with_what_was_asked_for() -> None:
    """MCP 2026-07-28, MRTR, Client Requirements: another id, the exact state."""
    want = Wanted((("b", FORM), ("a", FORM)), rb'"s\u00e4"')
    again = retried(CALL, want, [b'{"action":"accept","n":1.0}', b"{}"], "r2")
    assert again.raw == (
        b'{"jsonrpc":"2.0","id":"r2","method":"tools/call","params":{"name":"t","arguments":{"n":1},'
        b'"inputResponses":{"b":{"action":"accept","n":1.0},"a":{}},"requestState":"s\\u00e4"}}'
    )
    assert again.request_id == "r2"
    assert again.params == CALL.params


def test_a_retry_says_nothing_that_was_not_asked_for() -> None:
    """MCP 2026-07-28, MRTR, Client Requirements 2 and 4: nor what an earlier round had."""
    plain = retried(CALL, Wanted((), None), [], "r2")
    assert json.loads(plain.raw)["params"] == {"name": "t", "arguments": {"n": 1}}


def response(body: bytes) -> Message:
    return parse(b'{"jsonrpc":"2.0","id":"q1",%b}' % body)


def test_the_hosts_answer_is_a_result_or_a_refusal() -> None:
    """MCP 2025-11-25, Sampling, Error Handling: a person may reject the request."""
    assert input_required.said(response(b'"result": {"n":1.50} ')) == b'{"n":1.50}'
    refusal = response(b'"error":{"code":-1,"message":"User rejected","data":{"n":1.50}}')
    assert input_required.said(refusal) is None
    assert input_required.refused_by_host(refusal, "x") == (
        b'{"jsonrpc":"2.0","id":"x","error":'
        b'{"code":-1,"message":"User rejected","data":{"n":1.50}}}'
    )
