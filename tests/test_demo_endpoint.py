"""What all MCP endpoints of the demo share; sessions are tested with each gateway."""

from __future__ import annotations

import json
from typing import Any

from mcp_proxy.demo.endpoint import altered, page, result
from mcp_proxy.demo.switches import Faults

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


def test_a_list_can_have_other_words_and_more_tools() -> None:
    """systems.md X19, §7.6."""
    entries = [{"name": "one", "description": "One."}, {"name": "two", "description": "Two."}]
    faults = Faults(descriptions={"one": "Other words."}, extra_tools=("three",))
    assert [(each["name"], each["description"]) for each in altered(entries, faults)] == [
        ("one", "Other words."),
        ("two", "Two."),
        ("three", "It was not there before."),
    ]
    assert altered(entries, Faults()) == entries
