"""What came of a request becomes an exit code."""

from __future__ import annotations

import pytest

from mcp_proxy.cli.result import exit_code_of, exit_code_of_failure, hint_of
from mcp_proxy.proxy.refused.aside import META


@pytest.mark.parametrize(
    ("code", "data", "exit_code"),
    [
        (1002, {"source": "mcp-permit"}, 2),
        (1003, {"source": "mcp-permit"}, 3),
        (1004, {"source": "mcp-permit", "code": "PERMISSION_DENIED"}, 4),
        (1005, {"source": "mcp-permit"}, 5),
        (1006, {"source": "mcp-permit"}, 6),
        (-32603, {"source": "mcp-permit"}, 5),
        (-32000, {"code": "PERMISSION_DENIED"}, 4),
        (-32000, {"code": "NO", META: {"about": "tool"}}, 4),
        (-32000, {"code": "NO", META: {"about": "passing"}}, 5),
        (1003, None, 5),
        (-32602, "text", 5),
    ],
)
def test_an_error_answer_has_the_exit_code_of_its_origin(
    code: int, data: object, exit_code: int
) -> None:
    """Architecture §7: ours by code; what the gateway says is the gateway's."""
    assert exit_code_of({"code": code, "message": "x", "data": data}) == exit_code


@pytest.mark.parametrize(
    ("meta", "exit_code"),
    [
        (None, 7),
        ({}, 7),
        ({META: 5}, 7),
        ({META: {"about": "argument"}}, 7),
        ({META: {"about": "passing"}}, 7),
        ({META: {"about": "argument", "permission": "debug"}}, 4),
        ({META: {"about": "identity"}}, 4),
        ({META: {"about": "tool"}}, 4),
    ],
)
def test_a_result_that_the_gateway_refuses_is_no_failure_of_the_tool(
    meta: object, exit_code: int
) -> None:
    """docs/cli.md: 4 where the gateway does not permit it."""
    assert exit_code_of_failure({"isError": True, "_meta": meta}) == exit_code


def test_a_hint_is_taken_where_there_is_one() -> None:
    """Ours."""
    assert hint_of({"data": {"hint": "mcp-permit login"}}) == "mcp-permit login"
    assert hint_of({"data": {"hint": 5}}) is None
    assert hint_of({"data": "x"}) is None
