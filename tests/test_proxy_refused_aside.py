"""Words of ours before those of the gateway."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mcp_proxy.proxy.refused.aside import META, with_aside

FACTS = {"refused_by": "gateway", "gateway_code": "PERMISSION_DENIED"}


def told(answer: str) -> Any:
    """What becomes of an answer."""
    return json.loads(with_aside(answer.encode(), "No.", FACTS))


def test_a_result_gets_one_block_more_and_says_that_it_failed() -> None:
    """systems.md §7.4: set `isError` if the gateway did not; keep the original text."""
    text = '{"error": {"code": "PERMISSION_DENIED"}}'
    answer = json.dumps(
        {"jsonrpc": "2.0", "id": 1, "result": {"content": [{"type": "text", "text": text}]}}
    )
    assert told(answer)["result"] == {
        "content": [{"type": "text", "text": "No."}, {"type": "text", "text": text}],
        "isError": True,
        "_meta": {META: FACTS},
    }


def test_the_gateways_bytes_stay() -> None:
    """Ours: number spelling, order and unknown members."""
    answer = (
        b'{"jsonrpc":"2.0","id":1,"result":{"content":[ {"type":"text","text":"\\u006eo"} ],'
        b'"structuredContent":{"n":1.50},"isError":true,"_meta":{"x":1e2}}}'
    )
    aside = with_aside(answer, "No.", {})
    for kept in (b'{"type":"text","text":"\\u006eo"}', b'{"n":1.50}', b'"x":1e2'):
        assert kept in aside
    assert aside.count(b'"isError"') == 1


@pytest.mark.parametrize("content", ["[]", "5"])
def test_a_result_without_blocks_gets_ours(content: str) -> None:
    """Ours."""
    result = told(f'{{"jsonrpc":"2.0","id":1,"result":{{"content":{content},"isError":false}}}}')
    assert result["result"]["content"] == [{"type": "text", "text": "No."}]
    assert result["result"]["isError"] is True
    bare = told('{"jsonrpc":"2.0","id":1,"result":{"structuredContent":{}}}')
    assert bare["result"]["content"] == [{"type": "text", "text": "No."}]


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        ("", {META: FACTS}),
        (',"data":null', {META: FACTS}),
        (',"data":{"code":"X"}', {"code": "X", META: FACTS}),
        (',"data":["X"]', ["X"]),
    ],
)
def test_an_error_keeps_its_code_its_words_and_its_data(data: str, kept: object) -> None:
    """systems.md X17: the gateway's own code survives."""
    error = told(f'{{"jsonrpc":"2.0","id":1,"error":{{"code":-32003,"message":"lacks x"{data}}}}}')
    assert error["error"] == {
        "code": -32003,
        "message": "No. The gateway's own words: lacks x",
        "data": kept,
    }


def test_an_error_without_words_gets_ours() -> None:
    """Ours."""
    assert told('{"jsonrpc":"2.0","id":1,"error":{"code":1}}')["error"]["message"] == "No."


def test_an_answer_that_cannot_be_cut_stays_as_it_is() -> None:
    """Ours: readers differ over a name that comes twice."""
    answer = b'{"id":1,"result":{"content":[],"content":[]}}'
    assert with_aside(answer, "No.", FACTS) == answer
