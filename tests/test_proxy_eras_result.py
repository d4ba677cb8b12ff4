from __future__ import annotations

import json
from typing import Any

import pytest

from mcp_proxy.proxy.eras import result
from mcp_proxy.wire import jsonrpc

INFO = b'{"name":"g","version":"1"}'
META = {"io.modelcontextprotocol/serverInfo": {"name": "g", "version": "1"}}


def completed(answer: bytes, method: str = "tools/call") -> dict[str, Any]:
    whole = json.loads(result.complete(answer, method, INFO))
    assert whole["id"] == 1
    return dict(whole["result"])


@pytest.mark.parametrize(
    "answer",
    [
        b'{"jsonrpc":"2.0","id":1,"result":{"content":[]}}',
        b' { "id" : 1 , "result" : { "content" : [] } , "jsonrpc" : "2.0" } ',
        b'{"result":{"content":[]},"id":1}',
        b'{"vendor":{},"id":1,"result":{"content":[]}}',
    ],
)
def test_a_result_says_that_it_is_complete_and_who_says_so(answer: bytes) -> None:
    """MCP 2026-07-28, Overview: `resultType` is a MUST, `serverInfo` a SHOULD."""
    told = completed(answer)
    assert told == {"resultType": "complete", "content": [], "_meta": META}


def test_what_a_result_holds_keeps_its_bytes() -> None:
    """peers.md §8, behaviour 15."""
    holds = b'"content":[{"n":1.50,"big":' + b"9" * 5000 + b"}]"
    answer = b'{"jsonrpc":"2.0","id":1,"result":{' + holds + b"}}"
    assert holds in result.complete(answer, "tools/call", INFO)
    marked = b'{"jsonrpc":"2.0","id":1,"result":{' + holds + b',"_meta":{"a/b":1.0}}}'
    found = result.complete(marked, "tools/call", INFO)
    assert holds in found
    assert b'"_meta":{"a/b":1.0,' in found


def test_a_long_answer_is_not_taken_apart() -> None:
    """Issue 5, large results: who says it is a SHOULD, and not worth a copy in memory."""
    long = b'"text":"%b"' % (b"x" * result.LONG)
    told = completed(b'{"id":1,"result":{"_meta":{"a/b":1},' + long + b"}}")
    assert told["resultType"] == "complete"
    assert told["_meta"] == {"a/b": 1}
    assert completed(b'{"id":1,"result":{' + long + b"}}")["_meta"] == META
    said = completed(b'{"id":1,"result":{"resultType":"task",' + long + b"}}")
    assert said["resultType"] == "task"


@pytest.mark.parametrize("empty", [b"{}", b"{ }"])
def test_an_empty_result_stays_json(empty: bytes) -> None:
    """Ours."""
    told = completed(b'{"jsonrpc":"2.0","id":1,"result":' + empty + b"}")
    assert told == {"resultType": "complete", "_meta": META}


@pytest.mark.parametrize(
    "method",
    ["tools/list", "prompts/list", "resources/list", "resources/templates/list", "resources/read"],
)
def test_lists_and_readings_are_at_once_stale_and_private(method: str) -> None:
    """MCP 2026-07-28, Caching: a legacy gateway tells of changes, not of times."""
    told = completed(b'{"id":1,"result":{}}', method)
    assert (told["ttlMs"], told["cacheScope"]) == (0, "private")
    assert "ttlMs" not in completed(b'{"id":1,"result":{}}', "prompts/get")


@pytest.mark.parametrize(
    "said",
    [
        {"resultType": "complete", "ttlMs": 9, "cacheScope": "public", "_meta": META},
        {"resultType": "task", "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "h"}}},
    ],
)
def test_what_a_result_says_itself_stands(said: dict[str, Any]) -> None:
    """Ours: our own answers and those of a bolder gateway are not changed twice."""
    answer = jsonrpc.result(1, said)
    assert completed(answer, "tools/list") | said == completed(answer, "tools/list")
    disguised = answer.replace(b'"resultType"', b'"\\u0072esultType"')
    assert completed(disguised, "tools/list")["resultType"] == said["resultType"]


@pytest.mark.parametrize(
    "answer",
    [
        b'{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}',
        b'{"jsonrpc":"2.0","id":1,"result":[]}',
        b'{"jsonrpc":"2.0","id":1,"result":{"a":1,"_meta":7}}',
        b'{"jsonrpc":"2.0","id":1,"result":{"_meta":{},"_meta":{}}}',
        b"nonsense",
    ],
)
def test_what_is_no_result_stays_as_it_is(answer: bytes) -> None:
    """Ours."""
    assert result.complete(answer, "tools/list", INFO) == answer


def test_results_are_told_from_errors_by_their_beginning() -> None:
    """Ours: a large answer is not read for that."""
    assert result.is_result(b'{"jsonrpc":"2.0","id":"a\\"b","result":{')
    assert not result.is_result(b'{"jsonrpc":"2.0","id":1,"error":{"code":1}}')


@pytest.mark.parametrize(
    ("old", "new"),
    [(-32002, -32602), (-32042, -32603), (-32050, -32603), (-32022, -32603), (-32021, -32603)],
)
def test_codes_that_mean_something_else_now_are_changed(old: int, new: int) -> None:
    """MCP 2026-07-28, Overview, "Error Codes". Message and data stay."""
    answer = jsonrpc.failure(1, old, "m", {"uri": "a://b"})
    error = result.error_of(answer)
    assert error is not None
    changed = json.loads(result.modern_error(answer, error))
    assert changed["error"] == {"code": new, "message": "m", "data": {"uri": "a://b"}}


@pytest.mark.parametrize("code", [-32601, -32019, -32000, 7, "x", None])
def test_other_codes_stay(code: object) -> None:
    """peers.md §8, behaviour 15: error code and data arrive."""
    answer = json.dumps({"id": 1, "error": {"code": code, "message": "m"}}).encode()
    error = result.error_of(answer)
    assert error is not None
    assert result.modern_error(answer, error) == answer


@pytest.mark.parametrize(
    "answer",
    [b'{"id":1,"result":{}}', b'{"error":[]}', b"no", b'{"error":' + b'{"a":' * 100_000],
)
def test_what_is_no_error_has_none(answer: bytes) -> None:
    """Ours."""
    assert result.error_of(answer) is None


def test_a_gateway_may_name_what_it_lacks_itself() -> None:
    """MCP 2026-07-28, Overview: the code with its own meaning."""
    answer = result.lacking(1, {"sampling": {}})
    error = result.error_of(answer)
    assert error is not None
    assert result.modern_error(answer, error) == answer


def test_what_the_host_does_not_declare_is_named() -> None:
    """MCP 2026-07-28, Overview: -32021 with `requiredCapabilities`."""
    error = json.loads(result.lacking(1, {"sampling": {}, "roots": {}}))["error"]
    assert error["code"] == -32021
    assert error["data"] == {"requiredCapabilities": {"sampling": {}, "roots": {}}}
    assert "sampling, roots" in error["message"]
