"""Who may do what with which resource."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mcp_proxy.catalog.matrix import MOST_ROWS, Matrix, Row, holding, matrix
from mcp_proxy.policy.enquiry import MatrixTool

SHAPE = MatrixTool(
    tool="list_integrations",
    rows="/integrations",
    name="/name",
    id="/id",
    rights="/permissions",
    on="integration",
)
A = {"id": 1, "name": "A", "permissions": {"read": True, "write": False, "debug": False}}
B = {"id": "b-2", "name": 5, "permissions": {"read": False, "execute": True, "level": "high"}}
KNOWN = Matrix(
    "integration",
    "list_integrations",
    1000.0,
    (
        Row("1", "A", {"read": True, "write": False, "debug": False}),
        Row("b-2", "b-2", {"read": False, "execute": True}),
    ),
)


def answer(document: object, **members: Any) -> bytes:
    """A tool's answer as text."""
    content = [{"type": "image"}, {"type": "text", "text": json.dumps(document)}]
    return json.dumps(
        {"jsonrpc": "2.0", "id": 1, "result": {"content": content} | members}
    ).encode()


def test_a_matrix_is_read_from_a_text_or_from_structured_content() -> None:
    """IG-TOOLS: a permissions object with booleans for each integration."""
    document = {"count": 2, "integrations": [A, B]}
    assert matrix(answer(document), SHAPE, 1000.0) == KNOWN
    structured = {"jsonrpc": "2.0", "id": 1, "result": {"structuredContent": document}}
    assert matrix(json.dumps(structured).encode(), SHAPE, 1000.0) == KNOWN


def test_what_is_no_row_is_left_out() -> None:
    """Ours."""
    odd = [5, {"id": True, "permissions": {}}, {"id": 3}, {"id": 1.5, "permissions": {}}, A]
    found = matrix(answer({"integrations": odd}), SHAPE, 1000.0)
    assert found is not None
    assert found.rows == KNOWN.rows[:1]
    many = matrix(answer({"integrations": [A] * (MOST_ROWS + 1)}), SHAPE, 1000.0)
    assert many is not None
    assert len(many.rows) == MOST_ROWS


@pytest.mark.parametrize(
    "told",
    [
        answer({"count": 0}),
        answer({"integrations": {}}),
        answer({"integrations": [A]}, isError=True),
        b'{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"no"}}',
        b'{"jsonrpc":"2.0","id":1,"result":{"content":[{"text":"not JSON"}]}}',
        b"not JSON",
    ],
)
def test_an_answer_without_a_matrix_has_none(told: bytes) -> None:
    """Ours."""
    assert matrix(told, SHAPE, 1000.0) is None


def test_a_resource_is_found_by_what_an_argument_calls_it() -> None:
    """systems.md §7.2: explain refusals with it."""
    assert KNOWN.row(1) == KNOWN.row("1") == KNOWN.rows[0]
    assert KNOWN.row("b-2") == KNOWN.rows[1]
    assert KNOWN.row(True) is None
    assert KNOWN.row(["1"]) is None


def test_all_rights_stand_in_the_order_of_the_gateway() -> None:
    """Ours."""
    assert KNOWN.rights == ("read", "write", "debug", "execute")


@pytest.mark.parametrize(
    ("rights", "words"),
    [
        ({"read": True, "write": False, "debug": False}, "read on A, no write or debug"),
        ({"read": True, "write": True, "x": True, "y": False}, "read, write and x on A, no y"),
        ({"read": False}, "nothing on A"),
        ({"read": True}, "read on A"),
        ({}, "nothing on A"),
    ],
)
def test_what_is_held_is_told_in_words(rights: dict[str, bool], words: str) -> None:
    """Ours: golden."""
    assert holding(Row("1", "A", rights)) == words
