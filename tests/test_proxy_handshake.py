from __future__ import annotations

import json

import mcp_types as types
import pytest

from mcp_proxy.catalog.model import Head
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
    head = Head("https://a.example", "jo", 5.0, "", RESULT, {"2025-11-25": "2025-06-18"})
    assert handshake.remembered_result("2025-03-26", head) is None
    guess = handshake.remembered_result("2025-03-26", head, may_guess=True)
    assert json.loads(guess or b"")["protocolVersion"] == "2025-03-26"
    assert json.loads(handshake.remembered_result("2025-11-25", head) or b"") == {
        "protocolVersion": "2025-06-18",
        "capabilities": {"tools": {"listChanged": True}},
        "vendor": 1.0,
        "_meta": {"mcp-permit/snapshot": {"takenAt": 5.0, "gateway": "https://a.example"}},
    }


@pytest.mark.parametrize("useless", [b"{}", b"[]", b'{"capabilities":{},"capabilities":{}}'])
def test_what_is_no_answer_is_not_said_again(useless: bytes) -> None:
    """Ours. A snapshot of a list whose gateway was never greeted, or a damaged one."""
    head = Head("https://a.example", "jo", 5.0, "", useless)
    assert handshake.remembered_result("2025-11-25", head, may_guess=True) is None


@pytest.mark.parametrize(
    ("params", "version"),
    [({"protocolVersion": "2024-11-05"}, "2024-11-05"), ({}, "2025-11-25"), ([], "2025-11-25"),
     ({"protocolVersion": 5}, "2025-11-25"), (None, "2025-11-25")],
)  # fmt: skip
def test_a_client_that_names_no_revision_is_taken_for_a_new_one(
    params: object, version: str
) -> None:
    """MCP 2025-11-25, Lifecycle: the server may answer with any that it supports."""
    assert handshake.requested_version(params) == version


def test_what_a_client_does_not_know_of_is_named() -> None:
    """Ours."""
    told, now = (
        b'{"capabilities":{"tools":{},"x":{}}}',
        b'{"capabilities":{"b":1,"a":{},"tools":{}}}',
    )
    assert handshake.untold_capabilities(told, now) == ["a", "b"]
    assert handshake.untold_capabilities(now, b"{}") == []


HELLO = (
    b'{"protocolVersion":"2025-11-25","capabilities":{"tools":{"x":1.0},"logging":{},"tasks":{}},'
    b'"serverInfo":{"name":"g","version":"1","vendor":1.0},"instructions":"Use it.","more":[1.0]}'
)


def test_discovery_tells_what_the_handshake_told() -> None:
    """MCP 2026-07-28, Discovery. What is unknown stays, and number spelling too."""
    found = handshake.discover_result(HELLO)
    assert json.loads(found) == {
        "resultType": "complete",
        "supportedVersions": ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"],
        "capabilities": {"tools": {"x": 1.0, "listChanged": True}, "logging": {}},
        "instructions": "Use it.",
        "more": [1.0],
        "ttlMs": 0,
        "cacheScope": "private",
        "_meta": {
            "io.modelcontextprotocol/serverInfo": {"name": "g", "version": "1", "vendor": 1.0}
        },
    }
    assert b'"more":[1.0]' in found


def test_discovery_is_what_the_schema_of_its_revision_has() -> None:
    """MCP 2026-07-28, `DiscoverResult`."""
    for told in (HELLO, b"{}", handshake.own_result("2025-11-25")):
        types.DiscoverResult.model_validate_json(handshake.discover_result(told))


def test_tasks_of_one_era_are_not_offered_in_the_other() -> None:
    """MCP 2026-07-28, Key Changes 6: an extension, and another protocol than before."""
    told = (
        b'{"capabilities":{"tasks":{"list":{}},"extensions":'
        b'{"io.modelcontextprotocol/tasks":{},"io.modelcontextprotocol/ui":{}}},"_meta":{"a/b":1}}'
    )
    found = json.loads(handshake.discover_result(told))
    assert found["capabilities"] == {"extensions": {"io.modelcontextprotocol/ui": {}}}
    assert found["_meta"]["a/b"] == 1


def test_a_gateway_never_heard_is_discovered_as_ours() -> None:
    """Ours: every kind of list, as for `initialize`."""
    found = json.loads(handshake.discover_result(b"{}"))
    assert found["capabilities"]["prompts"] == {"listChanged": True}
    assert found["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "mcp-permit"


def test_what_a_modern_gateway_offers_is_offered_whole() -> None:
    """MCP 2026-07-28, Versioning: its tasks are an extension like others."""
    told = b'{"capabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}},"resultType":"x"}'
    found = json.loads(handshake.discover_result(told))
    assert found["capabilities"] == {"extensions": {"io.modelcontextprotocol/tasks": {}}}


@pytest.mark.parametrize(
    "capabilities", [b'{"tools":null,"extensions":null}', b'{"tools":true,"extensions":[]}']
)
def test_odd_capabilities_are_no_fault_of_ours(capabilities: bytes) -> None:
    """Ours: a snapshot holds what a gateway said, whatever that was."""
    found = json.loads(handshake.discover_result(b'{"capabilities":%b}' % capabilities))
    assert found["capabilities"]["extensions"] == {}
    told = json.loads(handshake.discover_result(b'{"_meta":null}'))
    assert list(told["_meta"]) == ["io.modelcontextprotocol/serverInfo"]


def remembered(initialize: bytes) -> Head:
    return Head("https://g.example/mcp", "default", 7.0, "", initialize)


def test_discovery_can_be_remembered_and_says_so() -> None:
    """peers.md §8, behaviour 32."""
    found = handshake.remembered_discovery(remembered(HELLO))
    assert found is not None
    told = json.loads(found)
    assert told["instructions"] == "Use it."
    assert told["_meta"]["mcp-permit/snapshot"]["takenAt"] == 7.0


@pytest.mark.parametrize("initialize", [b"{}", b"[]", b'{"capabilities":{},"capabilities":{}}'])
def test_what_is_no_handshake_is_not_remembered_as_one(initialize: bytes) -> None:
    """Ours."""
    assert handshake.remembered_discovery(remembered(initialize)) is None


def test_who_answers_is_the_gateway_if_it_was_heard() -> None:
    """MCP 2026-07-28, Overview, `serverInfo`."""
    assert handshake.server_info(HELLO) == b'{"name":"g","version":"1","vendor":1.0}'
    for unheard in (None, b"{}"):
        assert json.loads(handshake.server_info(unheard))["name"] == "mcp-permit"
