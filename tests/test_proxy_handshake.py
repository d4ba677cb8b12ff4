from __future__ import annotations

import json

import pytest

from mcp_proxy.errors import RemoteProtocolError
from mcp_proxy.proxy import handshake

RESULT = b'{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"vendor":1.0}'


def answer(result: bytes) -> bytes:
    return b'{"jsonrpc":"2.0","id":0,"result":' + result + b"}"


def test_the_gateways_revision_is_the_one_that_counts() -> None:
    """MCP 2025-11-25, Lifecycle: the server may counter-offer."""
    assert handshake.agreed_version(answer(RESULT)) == "2025-06-18"


@pytest.mark.parametrize(
    "useless",
    [
        b"[]",
        b"null",
        b"{}",
        b'{"protocolVersion":1,"capabilities":{}}',
        b'{"protocolVersion":"2025-06-18","capabilities":[]}',
        b'{"protocolVersion":"2025-06-18","capabilities":{"tools":true}}',
    ],
)
def test_an_answer_that_settles_nothing_is_an_error(useless: bytes) -> None:
    """Ours."""
    with pytest.raises(RemoteProtocolError):
        handshake.agreed_version(answer(useless))


@pytest.mark.parametrize(
    "error", ['{"code":-32602,"message":"Unsupported protocol version"}', '"Unsupported"']
)
def test_a_refusal_is_told_in_the_gateways_words(error: str) -> None:
    """Ours. Where the error is an object, as JSON-RPC 2.0 §5.1 has it."""
    refusal = f'{{"jsonrpc":"2.0","id":0,"error":{error}}}'.encode()
    with pytest.raises(RemoteProtocolError, match="refused to initialize"):
        handshake.agreed_version(refusal)


def test_changed_lists_can_always_be_announced() -> None:
    """Ours. All else of the answer keeps its bytes."""
    changed = handshake.with_list_changed(answer(RESULT))
    assert changed == answer(RESULT.replace(b'"tools":{}', b'"tools":{"listChanged":true}'))


def test_a_gateway_without_tools_gets_none() -> None:
    """Ours."""
    bare = answer(b'{"protocolVersion":"2025-06-18","capabilities":{}}')
    assert handshake.with_list_changed(bare) == bare


@pytest.mark.parametrize(
    ("asked", "told"), [("2025-03-26", "2025-03-26"), ("2031-01-01", "2025-11-25")]
)
def test_without_a_gateway_the_client_hears_its_own_revision(asked: str, told: str) -> None:
    """MCP 2025-11-25, Lifecycle: the client's revision if it is supported, else our latest."""
    own = json.loads(handshake.own_result(asked))
    assert own["protocolVersion"] == told
    assert own["capabilities"]["tools"] == {"listChanged": True}


def test_what_the_gateway_said_last_is_said_again() -> None:
    """peers.md §8, behaviour 32."""
    told = json.loads(handshake.remembered_result("2025-11-25", RESULT))
    assert told == {
        "protocolVersion": "2025-11-25",
        "capabilities": {"tools": {"listChanged": True}},
        "vendor": 1.0,
    }
