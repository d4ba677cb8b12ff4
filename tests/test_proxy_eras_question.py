from __future__ import annotations

import json
from typing import Any

import pytest

from mcp_proxy.proxy.eras import question as questions
from mcp_proxy.wire import jsonrpc


def asked(params: str, method: str = "elicitation/create") -> jsonrpc.Message:
    line = f'{{"jsonrpc":"2.0","id":1e0,"method":"{method}","params":{params}}}'
    return jsonrpc.parse(line.encode())


def test_a_request_of_the_gateway_becomes_a_question() -> None:
    """MCP 2026-07-28, `InputRequests`. What it holds keeps its bytes."""
    request = asked('{"message":"Who?","requestedSchema":{"x":1.50}}')
    found = questions.question(request)
    assert found.request is request
    assert found.text == (
        b'{"method":"elicitation/create","params":{"message":"Who?","requestedSchema":{"x":1.50}}}'
    )


def test_what_the_modern_era_does_not_have_is_left_out() -> None:
    """MCP 2026-07-28, Key Changes, minor 11: `elicitationId`; major 6: tasks."""
    request = asked(
        '{"mode":"url","elicitationId":"e1","task":{"ttl":1},"url":"https://a.example"}'
    )
    told = json.loads(questions.question(request).text)
    assert told["params"] == {"mode": "url", "url": "https://a.example"}


@pytest.mark.parametrize(
    "line",
    [
        b'{"jsonrpc":"2.0","id":1,"method":"roots/list"}',
        b'{"jsonrpc":"2.0","id":1,"method":"roots/list","params":[]}',
    ],
)
def test_a_question_needs_no_parameters(line: bytes) -> None:
    """MCP 2026-07-28, `ListRootsRequest`."""
    assert questions.question(jsonrpc.parse(line)).text == b'{"method":"roots/list"}'


def test_an_error_can_want_pages_opened_first() -> None:
    """MCP 2025-11-25, Elicitation, `URLElicitationRequiredError`."""
    page = {"mode": "url", "url": "https://a.example", "message": "Agree", "elicitationId": "e1"}
    (found,) = questions.pages({"code": -32042, "data": {"elicitations": [page, 7]}})
    assert found.request is None
    assert json.loads(found.text) == {
        "method": "elicitation/create",
        "params": {"mode": "url", "url": "https://a.example", "message": "Agree"},
    }


@pytest.mark.parametrize("data", [None, {}, [], {"elicitations": {}}, {"elicitations": "ab"}])
def test_an_error_without_pages_wants_none(data: Any) -> None:
    """Ours."""
    assert questions.pages({"code": -32042, "data": data}) == []


def test_the_gateway_hears_what_the_host_wrote() -> None:
    """peers.md §8, behaviour 15."""
    line = questions.response(asked("{}"), b'{"action":"accept","content":{"n":1.50}}')
    assert line == (b'{"jsonrpc":"2.0","id":1.0,"result":{"action":"accept","content":{"n":1.50}}}')
    refusal = json.loads(questions.refused(asked("{}")))
    assert (refusal["id"], refusal["error"]["code"]) == (1, -32601)


def test_only_yes_is_yes() -> None:
    """MCP 2026-07-28, Elicitation, "Response Actions"."""
    assert questions.is_accepted(b'{"action":"accept"}')
    for no in (b'{"action":"decline"}', b'{"action":"cancel"}', b"{}"):
        assert not questions.is_accepted(no)
