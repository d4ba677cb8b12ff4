from __future__ import annotations

from typing import Any

import pytest

from mcp_proxy.proxy.eras.modern_to_legacy import Exchange
from mcp_proxy.proxy.eras.unasked import concerned, is_for_everybody
from mcp_proxy.wire import jsonrpc

M = "io.modelcontextprotocol/"


def begun(request_id: int = 1, method: str = "tools/call", **meta: Any) -> Exchange:
    said = {
        f"{M}protocolVersion": "2026-07-28",
        f"{M}clientCapabilities": {"elicitation": {}},
    }
    request = jsonrpc.request(request_id, method, {"name": "t", "_meta": said | meta})
    return Exchange(jsonrpc.parse(request), request_id, b"{}")


def question(request_id: str = "g1") -> jsonrpc.Message:
    return jsonrpc.parse(jsonrpc.request(request_id, "elicitation/create", {}))


def note(method: str, **params: Any) -> jsonrpc.Message:
    return jsonrpc.parse(jsonrpc.notification(method, params))


def test_a_question_belongs_to_the_one_request_that_runs() -> None:
    """Ours: servers ask on their own stream, too, where nothing says what it is about."""
    call, listing = begun(), begun(2, "tools/list")
    assert concerned(question(), [call, listing]) is call
    assert concerned(question(), [listing]) is None
    assert concerned(question(), [call, begun(3)]) is None
    call.heard(question())
    call.interim("h")
    assert concerned(question(), [call]) is None, "it is parked"


def test_notifications_find_their_request() -> None:
    """MCP 2026-07-28, Progress and Logging: with the request, and nowhere else."""
    quiet, loud = begun(), begun(2, progressToken=5, **{f"{M}logLevel": "error"})
    exchanges = [quiet, loud]
    assert concerned(note("notifications/progress", progressToken=5), exchanges) is loud
    assert concerned(note("notifications/progress", progressToken=6), exchanges) is None
    assert concerned(note("notifications/message", level="error"), exchanges) is loud
    assert concerned(note("notifications/message", level="info"), exchanges) is None


@pytest.mark.parametrize(
    ("method", "is_public"),
    [
        ("notifications/tools/list_changed", True),
        ("notifications/progress", True),
        ("vendor/note", True),
        ("notifications/message", False),
        ("notifications/cancelled", False),
        ("notifications/tasks/status", False),
    ],
)
def test_what_concerns_no_request_is_for_everybody_or_for_nobody(
    method: str,
    is_public: bool,  # noqa: FBT001 - drawn
) -> None:
    """MCP 2026-07-28, Logging and Cancellation: MUST NOT."""
    assert concerned(note(method), [begun()]) is None
    assert is_for_everybody(note(method)) is is_public
