from __future__ import annotations

import json
from typing import Any

import pytest

from mcp_proxy.proxy.eras.envelope import Envelope, envelope, refusal
from mcp_proxy.wire import jsonrpc

M = "io.modelcontextprotocol/"
META = {f"{M}protocolVersion": "2026-07-28", f"{M}clientCapabilities": {}}


def request(meta: object, method: str = "tools/list") -> jsonrpc.Message:
    return jsonrpc.parse(jsonrpc.request(7, method, {"_meta": meta}))


def refused(message: jsonrpc.Message) -> dict[str, Any]:
    line = refusal(message)
    assert line is not None
    answer = json.loads(line)
    assert answer["id"] == 7
    return dict(answer["error"])


def test_a_request_tells_of_its_host() -> None:
    """MCP 2026-07-28, Overview, `_meta`."""
    meta = META | {
        f"{M}clientInfo": {"name": "h", "version": "1"},
        f"{M}logLevel": "info",
        "progressToken": 3,
    }
    assert refusal(request(meta)) is None
    told = envelope(request(meta))
    assert told == Envelope("2026-07-28", {}, {"name": "h", "version": "1"}, "info", 3)
    assert told.stamp() == META | {f"{M}clientInfo": {"name": "h", "version": "1"}}


def test_a_host_need_not_say_who_it_is() -> None:
    """MCP 2026-07-28, Overview: `clientInfo` is a SHOULD. A token is a string or a number."""
    assert refusal(request(META)) is None
    told = envelope(request(META | {"progressToken": None}))
    assert told == Envelope("2026-07-28", {})
    assert told.stamp() == META


@pytest.mark.parametrize(
    ("meta", "what"),
    [
        (None, f"{M}protocolVersion and no {M}clientCapabilities"),
        ([], f"{M}protocolVersion"),
        ({f"{M}clientCapabilities": {}}, f"no {M}protocolVersion"),
        ({f"{M}protocolVersion": "2026-07-28"}, f"no {M}clientCapabilities"),
        (META | {f"{M}protocolVersion": 20260728}, "not a string"),
        (META | {f"{M}clientCapabilities": None}, "clientCapabilities is not an object"),
        (META | {f"{M}clientInfo": "h"}, "clientInfo is not an object"),
        (META | {f"{M}logLevel": "loud"}, "not one of debug, info"),
        (META | {f"{M}logLevel": ["info"]}, "not one of debug, info"),
    ],
)
def test_a_request_without_its_envelope_is_malformed(meta: object, what: str) -> None:
    """MCP 2026-07-28, Overview: -32602; Logging, "Error Handling"."""
    error = refused(request(meta))
    assert error["code"] == -32602
    assert what in error["message"]


def test_params_that_are_no_object_have_no_envelope() -> None:
    """Ours."""
    line = b'{"jsonrpc":"2.0","id":7,"method":"tools/list","params":[]}'
    assert refused(jsonrpc.parse(line))["code"] == -32602


def test_a_revision_of_another_time_is_told_of_ours() -> None:
    """MCP 2026-07-28, Versioning. Hosts that share only older ones can go back to those."""
    error = refused(request(META | {f"{M}protocolVersion": "2027-01-01"}))
    assert error["code"] == -32022
    assert error["data"]["requested"] == "2027-01-01"
    assert error["data"]["supported"][:2] == ["2026-07-28", "2025-11-25"]


@pytest.mark.parametrize(
    "method",
    ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"],
)
def test_what_the_modern_era_has_removed_is_unknown(method: str) -> None:
    """MCP 2026-07-28, Key Changes 2, 4 and 5."""
    assert refused(request(META, method))["code"] == -32601


def test_a_request_hears_log_messages_of_its_level_and_above() -> None:
    """MCP 2026-07-28, Logging, "Per-request log level"."""
    told = Envelope("2026-07-28", {}, log_level="warning")
    assert [told.wants_log(level) for level in ("info", "warning", "error")] == [False, True, True]
    assert told.wants_log("vendor")
    assert not Envelope("2026-07-28", {}).wants_log("emergency")
