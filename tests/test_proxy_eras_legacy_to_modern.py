from __future__ import annotations

import json
from typing import Any

import mcp_types
import pytest

from mcp_proxy.errors import LocalProtocolError, RemoteProtocolError
from mcp_proxy.proxy.eras.legacy_to_modern import Host, welcome
from mcp_proxy.proxy.handshake import agreed_version
from mcp_proxy.version import VERSION
from mcp_proxy.wire.jsonrpc import Message, parse

META = "io.modelcontextprotocol/"
HELLO = (
    b'{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18",'
    b'"capabilities":{"roots":{"listChanged":true},"experimental":{"n":1.50}},'
    b'"clientInfo":{"name":"h\\u00f6st","version":"2"}}}'
)
STAMPS = (
    b'"io.modelcontextprotocol/protocolVersion":"2026-07-28",'
    b'"io.modelcontextprotocol/clientInfo":{"name":"h\\u00f6st","version":"2"},'
    b'"io.modelcontextprotocol/clientCapabilities":'
    b'{"roots":{"listChanged":true},"experimental":{"n":1.50}}'
)


def host() -> Host:
    found = Host()
    found.meet(HELLO)
    return found


def line(params: bytes) -> Message:
    return parse(b'{ "jsonrpc":"2.0", "id":7, "method":"vendor/odd"%b }' % params)


@pytest.mark.parametrize(
    ("params", "sent"),
    [
        (b"", b',"params":{"_meta":{%b}}'),
        (b', "params":null', b', "params":{"_meta":{%b}}'),
        (b', "params":{}', b', "params":{"_meta":{%b}}'),
        (b', "params":{"n":1.50 }', b', "params":{"n":1.50,"_meta":{%b} }'),
        (b', "params":{"_meta":{},"n":1}', b', "params":{"_meta":{%b},"n":1}'),
        (b', "params":{"_meta":7}', b', "params":{"_meta":{%b}}'),
        (
            b', "params":{"_meta":{"progressToken":12345678901234567890}}',
            b', "params":{"_meta":{"progressToken":12345678901234567890,%b}}',
        ),
    ],
)
def test_every_request_says_who_asks_and_keeps_its_other_bytes(params: bytes, sent: bytes) -> None:
    """MCP 2026-07-28, Overview, `_meta`; issue 5: big integers and unknown fields survive."""
    stamped = host().stamped(line(params))
    assert stamped.raw == b'{ "jsonrpc":"2.0", "id":7, "method":"vendor/odd"%b }' % (sent % STAMPS)
    assert stamped.request_id == 7
    assert isinstance(stamped.params, dict)
    assert stamped.params["_meta"][f"{META}protocolVersion"] == "2026-07-28"


def test_what_a_host_says_itself_stays() -> None:
    """Ours: no name may stand twice in one object."""
    own = b', "params":{"_meta":{"%bclientInfo":{"name":"other"}}}' % META.encode()
    meta = json.loads(host().stamped(line(own)).raw)["params"]["_meta"]
    assert meta[f"{META}clientInfo"] == {"name": "other"}
    assert meta[f"{META}protocolVersion"] == "2026-07-28"


def test_params_that_are_an_array_are_no_request_of_mcp() -> None:
    """MCP: params are objects; there is no place for `_meta` in an array."""
    with pytest.raises(LocalProtocolError) as raised:
        host().stamped(line(b', "params":[1]'))
    assert raised.value.code == -32602
    assert raised.value.request_id == 7


def test_before_any_host_has_spoken_we_ask_in_our_own_name() -> None:
    """MCP 2026-07-28, Overview: `clientInfo` SHOULD be there, the capabilities MUST."""
    meta = json.loads(Host().stamped(line(b"")).raw)["params"]["_meta"]
    assert meta == {
        f"{META}protocolVersion": "2026-07-28",
        f"{META}clientInfo": {"name": "mcp-permit", "version": VERSION},
        f"{META}clientCapabilities": {},
    }


@pytest.mark.parametrize(
    "hello",
    [
        b'{"jsonrpc":"2.0","id":0,"method":"initialize"}',
        b'{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":7}}',
        b'{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":[]}}',
        b'{"jsonrpc":"2.0","id":0,"method":"initialize","params":["2025-06-18"]}',
    ],
)
def test_a_handshake_that_says_nothing_teaches_nothing(hello: bytes) -> None:
    """Ours: it is for the gateway to judge, and a modern one never sees it."""
    found = Host()
    found.meet(hello)
    assert found.version == "2025-11-25"
    assert found.capabilities == {}


def test_a_level_is_told_with_each_request_from_then_on() -> None:
    """MCP 2026-07-28, Logging: a level in `_meta` in place of `logging/setLevel`."""
    found = host()
    asked = parse(
        b'{"jsonrpc":"2.0","id":"l","method":"logging/setLevel","params":{"level":"info"}}'
    )
    assert json.loads(found.set_level(asked)) == {"jsonrpc": "2.0", "id": "l", "result": {}}
    meta = json.loads(found.stamped(line(b"")).raw)["params"]["_meta"]
    assert meta[f"{META}logLevel"] == "info"


@pytest.mark.parametrize("params", [b"", b',"params":{"level":"loud"}', b',"params":["info"]'])
def test_a_level_that_is_none_is_refused(params: bytes) -> None:
    """MCP 2025-11-25, Logging, Error Handling: -32602."""
    found = host()
    asked = parse(b'{"jsonrpc":"2.0","id":"l","method":"logging/setLevel"%b}' % params)
    assert json.loads(found.set_level(asked))["error"]["code"] == -32602
    assert f"{META}logLevel" not in json.loads(found.stamped(line(b"")).raw)["params"]["_meta"]


def test_a_handshake_can_be_read_in_both_eras() -> None:
    """Ours: a gateway that speaks only the modern era refuses the revision, and nothing else."""
    body, headers = host().greeting()
    told = json.loads(body)
    assert told["params"] | {"_meta": None} == json.loads(HELLO)["params"] | {"_meta": None}
    assert told["params"]["_meta"][f"{META}protocolVersion"] == "2025-06-18"
    assert dict(headers) == {"MCP-Protocol-Version": "2025-06-18", "Mcp-Method": "initialize"}


def test_who_has_no_host_shakes_hands_all_the_same() -> None:
    """Ours."""
    told = json.loads(Host().greeting()[0])
    assert told["method"] == "initialize"
    assert told["params"]["clientInfo"]["name"] == "mcp-permit"


def read(answer: bytes) -> dict[str, Any]:
    """The `initialize` result, as the gateway's own would have to be."""
    assert agreed_version(answer) == "2025-06-18"
    result = json.loads(answer)["result"]
    mcp_types.InitializeResult.model_validate(result)
    return dict(result)


def test_a_discovery_becomes_a_welcome() -> None:
    """MCP 2025-11-25, Lifecycle; MCP 2026-07-28, Discovery."""
    discovery = json.dumps({
        "resultType": "complete",
        "supportedVersions": ["2026-07-28"],
        "capabilities": {"tools": {"listChanged": True}, "vendor": {"n": 1}},
        "instructions": "Use it.",
        "ttlMs": 60,
        "_meta": {f"{META}serverInfo": {"name": "gate", "version": "3"}, "x": 1},
    }).encode()  # fmt: skip
    found = read(welcome(discovery, "2025-06-18"))
    assert found["serverInfo"] == {"name": "gate", "version": "3"}
    assert found["capabilities"] == {"tools": {"listChanged": True}, "vendor": {"n": 1}}
    assert found["instructions"] == "Use it."
    assert found["ttlMs"] == 60
    assert found["_meta"]["x"] == 1
    assert "supportedVersions" not in found


def test_a_gateway_that_says_who_it_is_in_the_old_place_is_heard() -> None:
    """Drafts of MCP 2026-07-28 had `serverInfo` beside the capabilities."""
    info = {"name": "gate", "version": "3"}
    found = read(welcome(json.dumps({"serverInfo": info}).encode(), "2025-06-18"))
    assert found["serverInfo"] == info
    assert found["capabilities"]["tools"] == {"listChanged": True}


def test_without_a_discovery_the_welcome_is_ours() -> None:
    """Ours: an error has shown the era, and nothing more."""
    assert read(welcome(None, "2025-06-18"))["serverInfo"]["name"] == "mcp-permit"


@pytest.mark.parametrize("discovery", [b"[]", b'{"a":1,"a":2}', b'{"_meta":7}'])
def test_a_discovery_that_cannot_be_read_is_no_mcp(discovery: bytes) -> None:
    """Ours: readers differ over which of two counts."""
    with pytest.raises(RemoteProtocolError):
        welcome(discovery, "2025-06-18")
