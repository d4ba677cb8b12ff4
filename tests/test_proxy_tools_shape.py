from __future__ import annotations

import json

import pytest

from mcp_proxy.policy.model import Policy
from mcp_proxy.proxy.tools import shape
from mcp_proxy.proxy.tools.view import View

LOOK = b'{ "name":"look", "n":1.50, "x":1e400 }'
DROP = b'{"name":"drop"}'
DOTTED = b'{"name":"a.b","description":"Searches."}'
BARE = b'{"name":"c.d"}'


def answer(*entries: bytes, tail: bytes = b"") -> bytes:
    return b'{"jsonrpc":"2.0","id":1,"result":{"tools":[' + b",".join(entries) + b"]" + tail + b"}}"


def surfaced(policy: Policy, *entries: bytes) -> bytes:
    view = View(policy)
    tools = shape.listed_tools(answer(*entries))
    assert tools is not None
    view.learn(tools)
    return shape.with_surfaced(answer(*entries), tools, view)


def test_permitted_tools_keep_their_bytes() -> None:
    """peers.md §8, behaviour 15. Number spelling and unknown fields included."""
    assert surfaced(Policy(deny=("drop",)), LOOK, DROP) == answer(LOOK)


def test_everything_around_the_list_survives() -> None:
    """Ours. Unknown members of the result are not ours to drop."""
    whole = answer(LOOK, tail=b',"nextCursor":"p2","vendor":{"a":1}')
    tools = shape.listed_tools(whole)
    assert tools is not None
    assert shape.with_surfaced(whole, tools, View(Policy())) == whole


def test_a_renamed_tool_says_what_the_gateway_calls_it() -> None:
    """systems.md X15."""
    view = View(Policy())
    tools = shape.listed_tools(answer(DOTTED, BARE))
    assert tools is not None
    view.learn(tools)
    shown = json.loads(shape.surfaced_array(tools, view))
    assert [entry["name"] for entry in shown] == [view.shown_name("a.b"), view.shown_name("c.d")]
    assert shown[0]["description"] == "Searches.\n\n(The gateway calls this tool a.b.)"
    assert shown[1]["description"] == "(The gateway calls this tool c.d.)"


@pytest.mark.parametrize(
    "not_a_list",
    [
        b'{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}',
        b'{"jsonrpc":"2.0","id":1,"result":[]}',
        b'{"jsonrpc":"2.0","id":1,"result":{"tools":{}}}',
        b'{"jsonrpc":"2.0","id":1,"result":{"tools":[{"title":"nameless"}]}}',
        b'{"jsonrpc":"2.0","id":1,"result":{"tools":[7]}}',
    ],
)
def test_what_is_no_tool_list_is_left_alone(not_a_list: bytes) -> None:
    """Ours. An error, or a shape that no revision knows."""
    assert shape.listed_tools(not_a_list) is None


@pytest.mark.parametrize(
    ("tail", "told"),
    [
        (b'"error":{"code":-32601,"message":"no"}', "no"),
        (b'"error":{"code":-32601}', "it does not say why"),
        (b'"error":7', "it does not say why"),
        (b'"result":{},"error":null', None),
        (b'"result":{}', None),
        (b'"error":{},"error":{}', None),
    ],
)
def test_an_error_answer_says_why(tail: bytes, told: str | None) -> None:
    """JSON-RPC 2.0 §5.1, and what gateways make of it."""
    assert shape.complaint(b'{"jsonrpc":"2.0","id":1,' + tail + b"}") == told


@pytest.mark.parametrize(
    ("tail", "cursor"), [(b"", None), (b',"nextCursor":"p2"', "p2"), (b',"nextCursor":null', None)]
)
def test_the_next_page_is_named_by_its_cursor(tail: bytes, cursor: str | None) -> None:
    """MCP 2025-11-25, Pagination."""
    assert shape.next_cursor(answer(tail=tail)) == cursor


def test_what_is_no_list_has_no_next_page() -> None:
    """Ours."""
    assert shape.next_cursor(b'{"jsonrpc":"2.0","id":1,"result":[]}') is None


@pytest.mark.parametrize("meta", [b"", b'"_meta":null,', b'"_meta":{"vendor":1.0},'])
def test_a_result_of_a_snapshot_tells_from_when_it_is(meta: bytes) -> None:
    """peers.md §8, behaviour 32. What else its `_meta` says stays."""
    told = json.loads(shape.remembered(b"{" + meta + b'"tools":[]}', 5.0, "https://a.example"))
    mark = {"takenAt": 5.0, "gateway": "https://a.example"}
    assert told["_meta"].pop("mcp-permit/snapshot") == mark
    assert told["_meta"] == ({"vendor": 1.0} if b"vendor" in meta else {})
    assert told["tools"] == []


def test_a_waiting_list_holds_one_legal_tool() -> None:
    """peers.md §8, behaviour 8."""
    (helper,) = json.loads(shape.sign_in_list())["tools"]
    assert helper["name"] == shape.SIGN_IN_TOOL
    assert helper["inputSchema"]["type"] == "object"


def test_a_tool_result_of_one_text() -> None:
    """MCP 2025-11-25, Tools, Error Handling."""
    told = json.loads(shape.tool_text(4, "so it is", is_error=True))
    assert told["id"] == 4
    assert told["result"] == {"content": [{"type": "text", "text": "so it is"}], "isError": True}
