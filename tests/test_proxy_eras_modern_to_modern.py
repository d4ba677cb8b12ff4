from __future__ import annotations

import json

import pytest

from mcp_proxy.proxy.eras.modern_to_modern import discovered, refused_version


def test_a_host_is_offered_what_the_gateway_and_we_speak() -> None:
    """MCP 2026-07-28, Discovery; all else keeps its bytes. With a handshake, we speak for it."""
    answer = (
        b'{"jsonrpc":"2.0","id":1,"result":{"supportedVersions":["2027-01-01","2026-07-28",'
        b'"2025-06-18"],"capabilities":{"tools":{},"n":1.50}}}'
    )
    assert discovered(answer) == (
        b'{"jsonrpc":"2.0","id":1,"result":{"supportedVersions":["2026-07-28", "2025-11-25", '
        b'"2025-06-18", "2025-03-26", "2024-11-05"],'
        b'"capabilities":{"tools":{"listChanged":true},"n":1.50}}}'
    )


@pytest.mark.parametrize(
    "answer",
    [
        b'{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}',
        b'{"jsonrpc":"2.0","id":1,"result":{"capabilities":{}}}',
        b'{"jsonrpc":"2.0","id":1,"result":{"supportedVersions":"2026-07-28"}}',
        b'{"jsonrpc":"2.0","id":1,"result":{"a":1,"a":2}}',
        b'{"jsonrpc":"2.0","id":1,"result":[]}',
    ],
)
def test_what_is_no_discovery_passes(answer: bytes) -> None:
    """Ours: it is for the host to judge."""
    assert discovered(answer) == answer


def refusal(supported: object, code: int = -32022) -> bytes:
    data = {"supported": supported, "requested": "2028-01-01"}
    error = {"code": code, "message": "no", "data": data}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}).encode()


def test_a_refused_revision_is_answered_with_those_that_both_speak() -> None:
    """MCP 2026-07-28, Versioning: a host that took another would be refused by us."""
    answer = json.loads(refused_version(refusal(["2027-01-01", "2026-07-28"])))
    assert answer["error"]["data"] == {"supported": ["2026-07-28"], "requested": "2028-01-01"}


@pytest.mark.parametrize(
    "answer",
    [
        refusal(["2027-01-01"], code=-32602),
        refusal(None),
        b'{"jsonrpc":"2.0","id":1,"result":{"text":"-32022"}}',
        b'{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"no"}}',
        b'{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"data":{"supported":["x"],"supported":1}}}',
        b'{"jsonrpc":"2.0","id":1,"result":{"text":"-32022' + b"x" * (1 << 14) + b'"}}',
    ],
)
def test_other_answers_pass(answer: bytes) -> None:
    """Issue 5: error code and data survive."""
    assert refused_version(answer) == answer
