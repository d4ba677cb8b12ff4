from __future__ import annotations

import json

import pytest

from mcp_proxy.errors import (
    GatewayRefused,
    GatewayUnreachable,
    PermitError,
    RemoteProtocolError,
)
from mcp_proxy.proxy.eras.probe import (
    Verdict,
    doubts_handshake,
    doubts_legacy,
    doubts_modern,
    verdict,
)


def result(**members: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "result": members}).encode()


def error(code: object, **data: object) -> bytes:
    told = {"code": code, "message": "no"} | ({"data": data} if data else {})
    return json.dumps({"jsonrpc": "2.0", "id": None, "error": told}).encode()


def test_a_discovery_means_modern() -> None:
    """MCP 2026-07-28, Versioning; the discovery is kept as it was written."""
    body = b'{"id":1,"result": {"supportedVersions":["2026-07-28"],"n":1.50} ,"jsonrpc":"2.0"}\n'
    assert verdict(body) == Verdict("modern", b'{"supportedVersions":["2026-07-28"],"n":1.50}')


@pytest.mark.parametrize(
    "body",
    [
        error(-32020),
        error(-32021),
        error(-32022, supported=["2026-07-28"], requested="2026-07-28"),
        error(-32022, supported=["2025-11-25", "2026-07-28"]),
        error(-32022),
    ],
)
def test_an_error_that_only_the_modern_era_has_means_modern(body: bytes) -> None:
    """MCP 2026-07-28, Streamable HTTP, Backward Compatibility."""
    assert verdict(body) == Verdict("modern")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Not Found",
        b"[]",
        b'"x"',
        b"\xff",
        b'{"a":' * 100_000,
        error(-32601),
        error(-32600),
        error(-32000),
        error("-32022"),
        error(-32022, supported=["2025-11-25"]),
        error(-32022, supported=[]),
        result(),
        result(supportedVersions="2026-07-28"),
        result(supportedVersions=[]),
        result(supportedVersions=["2025-06-18", "2025-11-25"]),
    ],
)
def test_anything_else_means_legacy(body: bytes) -> None:
    """MCP 2026-07-28, Versioning: no code of an error can be relied upon."""
    assert verdict(body) == Verdict("legacy")


@pytest.mark.parametrize(
    "body",
    [
        result(supportedVersions=["2027-03-01", 7]),
        error(-32022, supported=["2027-03-01"]),
    ],
)
def test_a_gateway_that_is_ahead_of_us_is_explained(body: bytes) -> None:
    """MCP 2026-07-28, Versioning: no compatible version is an error for the user."""
    with pytest.raises(RemoteProtocolError, match="speaks MCP 2027-03-01, and") as raised:
        verdict(body)
    assert "2026-07-28, 2025-11-25" in (raised.value.hint or "")


def test_a_gateway_that_names_nothing_is_explained_too() -> None:
    """Ours."""
    with pytest.raises(RemoteProtocolError, match="no revision that has a name"):
        verdict(result(supportedVersions=[7]))


def test_only_a_modern_error_throws_doubt_upon_legacy() -> None:
    """MCP 2026-07-28, Versioning: re-probing if the cached assumption later fails."""
    assert doubts_legacy(error(-32022))
    assert doubts_legacy(error(-32020))
    assert doubts_legacy(error(-32602, missing="io.modelcontextprotocol/protocolVersion"))
    assert not doubts_legacy(error(-32602))
    assert not doubts_legacy(error(-32601))
    assert not doubts_legacy(result())
    assert not doubts_legacy(error(-32022, pad="x" * (1 << 14)))


@pytest.mark.parametrize(
    ("outcome", "is_doubtful"),
    [
        (error(-32000), True),
        (error(-32600), True),
        (error(-32601), False),
        (error(-32022), False),
        (result(), False),
        (GatewayRefused("no", status=400), True),
        (GatewayRefused("no", status=404), True),
        (GatewayRefused("no", status=403), False),
        (GatewayRefused("no", status=503), False),
        (GatewayUnreachable("no"), False),
        (RemoteProtocolError("no"), False),
    ],
)
def test_what_a_legacy_server_would_say_throws_doubt_upon_modern(
    outcome: bytes | PermitError,
    is_doubtful: bool,  # noqa: FBT001 - a table's column
) -> None:
    """peers.md §8, behaviour 18: "session not found" in its many forms; HTTP 4xx."""
    assert doubts_modern(outcome) == is_doubtful


def test_a_handshake_that_is_refused_throws_doubt_upon_legacy() -> None:
    """MCP 2026-07-28, Versioning: the code that refuses `initialize` is nobody's to foretell."""
    assert doubts_handshake(RemoteProtocolError("no such method"))
    assert doubts_handshake(GatewayRefused("no", status=400))
    assert not doubts_handshake(GatewayRefused("no", status=500))
    assert not doubts_handshake(GatewayUnreachable("no"))
