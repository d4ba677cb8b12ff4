from __future__ import annotations

import json
from typing import Any

import pytest

from mcp_proxy.proxy.eras.envelope import envelope
from mcp_proxy.proxy.eras.plain import bare, hello, not_crossing, who
from mcp_proxy.wire import jsonrpc

M = "io.modelcontextprotocol/"
ALL: dict[str, Any] = {"elicitation": {"form": {}, "url": {}}, "sampling": {}, "roots": {}}


def request(
    request_id: jsonrpc.Id = 1,
    method: str = "tools/call",
    *,
    can: dict[str, Any] | None = None,
    meta: dict[str, Any] | None = None,
) -> jsonrpc.Message:
    said = {
        f"{M}protocolVersion": "2026-07-28",
        f"{M}clientCapabilities": ALL if can is None else can,
    }
    told = {"name": "t", "_meta": said | (meta or {})}
    return jsonrpc.parse(jsonrpc.request(request_id, method, told))


def answer(line: bytes) -> dict[str, Any]:
    return dict(json.loads(line))


def test_a_session_is_opened_in_the_name_of_the_host() -> None:
    """MCP 2025-11-25, Lifecycle; what it declares is what the host declares."""
    info = {"name": "h", "version": "2", "vendor": 1}
    opening = answer(hello(envelope(request(meta={f"{M}clientInfo": info}))))
    assert opening["method"] == "initialize"
    assert opening["params"] == {
        "protocolVersion": "2025-11-25",
        "capabilities": ALL,
        "clientInfo": info,
    }
    nameless = answer(hello(envelope(request())))
    assert nameless["params"]["clientInfo"]["name"] == "mcp-permit"


def test_a_host_that_says_something_else_of_itself_wants_another_session() -> None:
    """protocol.md §1.3."""
    said = envelope(request())
    assert who(said) == who(envelope(request(9, "tools/list", meta={"progressToken": 1})))
    assert who(said) != who(envelope(request(can={})))
    assert who(said) != who(envelope(request(meta={f"{M}clientInfo": {"name": "h"}})))


def test_the_gateway_hears_nothing_of_the_era() -> None:
    """MCP 2026-07-28, Overview, `_meta`. All else keeps its bytes."""
    line = (
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"n":1.50},'
        b'"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","a/b":1.0,'
        b'"io.modelcontextprotocol/clientCapabilities":{},"progressToken":7,'
        b'"io.modelcontextprotocol/logLevel":"info"},"requestState":"h","inputResponses":{}}}'
    )
    assert bare(jsonrpc.parse(line)) == (
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"n":1.50},'
        b'"_meta":{"a/b":1.0,"progressToken":7}}}'
    )


@pytest.mark.parametrize(
    "params", ["", ',"params":[1]', ',"params":{"a":1}', ',"params":{"_meta":1}']
)
def test_a_message_without_an_era_stays_as_it_is(params: str) -> None:
    """Ours."""
    line = f'{{"jsonrpc":"2.0","method":"vendor/note"{params}}}'.encode()
    assert bare(jsonrpc.parse(line)) == line


def test_an_id_that_is_taken_at_the_gateway_is_replaced() -> None:
    """Ours: a parked request keeps its id there, and the host may use it again."""
    body = answer(bare(request(1), "other"))
    assert body["id"] == "other"


def test_tasks_do_not_cross() -> None:
    """MCP 2026-07-28, Key Changes 6: another protocol under the same names."""
    refusal = not_crossing(request(method="tasks/get"))
    assert refusal is not None
    assert answer(refusal)["error"]["code"] == -32601
    assert not_crossing(request()) is None
