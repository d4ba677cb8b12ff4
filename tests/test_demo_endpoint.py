"""What all MCP endpoints of the demo share; sessions are tested with each gateway."""

from __future__ import annotations

import json
from typing import Any

from mcp_proxy.demo.endpoint import page, result

ENTRIES: list[dict[str, Any]] = [{"name": str(number)} for number in range(5)]


def test_a_list_is_one_page_or_many() -> None:
    """MCP 2025-06-18, Pagination."""
    assert page(ENTRIES, None, None) == {"tools": ENTRIES}
    assert page([], None, None) == {"tools": []}
    first = page(ENTRIES, None, 3)
    assert first == {"tools": ENTRIES[:3], "nextCursor": "3"}
    assert page(ENTRIES, first["nextCursor"], 3) == {"tools": ENTRIES[3:]}


def test_an_answer_is_text_and_structure_alike() -> None:
    """MCP 2025-06-18, Structured Content."""
    found = result({"name": "é"})
    assert found["structuredContent"] == json.loads(found["content"][0]["text"])
