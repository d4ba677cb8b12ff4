"""What a gateway answered, part by part."""

from __future__ import annotations

import pytest

from mcp_proxy.cli.content import (
    MOST_COLUMNS,
    Attachment,
    Words,
    beside,
    indented,
    parts_of,
    table_of,
)


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ({"type": "text", "text": "Ten runs"}, Words("Ten runs")),
        (
            {"type": "image", "mimeType": "image/png", "data": "QUJD"},
            Attachment("image/png", b"ABC"),
        ),
        ({"type": "audio", "data": "QUJD"}, Attachment("application/octet-stream", b"ABC")),
        ({"type": "image", "mimeType": "image/png", "data": "!"}, Words("[image/png]")),
        ({"type": "resource_link", "name": "log", "uri": "ig://7"}, Words("[log ig://7]")),
        ({"type": "resource", "resource": {"uri": "ig://7", "text": "Body"}}, Words("Body")),
        (
            {"type": "resource", "resource": {"uri": "ig://7", "mimeType": "a/b", "blob": "QUJD"}},
            Attachment("a/b", b"ABC", "ig://7"),
        ),
        ({"type": "hologram"}, Words("[hologram]")),
        ({}, Words("[something unknown]")),
    ],
)
def test_every_kind_of_content_is_a_part(block: dict[str, object], part: object) -> None:
    """MCP 2025-11-25, "Tools", content blocks; what comes later is named."""
    assert parts_of({"content": [block, "stray"]}) == [part]


def test_contents_of_a_resource_and_messages_of_a_prompt_are_parts_too() -> None:
    """MCP 2025-11-25, "Resources", "Prompts"."""
    contents = [{"uri": "a", "text": "one"}, {"uri": "b", "blob": "QUJD"}]
    assert parts_of({"contents": contents}) == [
        Words("one"),
        Attachment("application/octet-stream", b"ABC", "b"),
    ]
    ask = {"role": "user", "content": {"type": "text", "text": "Why?"}}
    tell = {"role": "assistant", "content": [{"type": "text", "text": "So."}]}
    assert parts_of({"messages": [ask]}) == [Words("Why?")]
    found = parts_of({"messages": [ask, tell]})
    assert found == [Words("user:"), Words("Why?"), Words("assistant:"), Words("So.")]


def test_structured_content_speaks_where_nothing_else_does() -> None:
    """MCP 2025-11-25, "Structured Content"."""
    empty = {"content": [{"type": "text", "text": ""}], "structuredContent": {"a": "ä"}}
    assert parts_of(empty) == [Words('{"a": "ä"}')]
    both = {"content": [{"type": "text", "text": "1"}], "structuredContent": {"a": 1}}
    assert parts_of(both) == [Words("1")]
    assert parts_of({}) == []


def test_many_like_things_are_a_table() -> None:
    """Issue of the developer's tool: tables."""
    text = '[{"id": 1, "name": "a"}, {"id": 2, "on": true, "name": null}]'
    assert table_of(text) == (("id", "name", "on"), [("1", "a", ""), ("2", "null", "true")])
    inside = '{"count": 2, "note": "x", "rows": [{"id": 1}, {"id": 2}]}'
    assert table_of(inside) == (("id",), [("1",), ("2",)])
    assert beside(inside) == [("count", "2"), ("note", "x")]
    assert beside(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "words",
        "[]",
        "[1, 2]",
        "[{}]",
        '[{"a": {"b": 1}}]',
        '{"a": [{"b": 1}], "c": {}}',
        '{"a": 1}',
        "[" * 100_000,
        "[{" + ",".join(f'"{number}": 1' for number in range(MOST_COLUMNS + 1)) + "}]",
    ],
)
def test_anything_else_is_no_table(text: str) -> None:
    """Ours."""
    assert table_of(text) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"a":["ä"]}', '{\n  "a": [\n    "ä"\n  ]\n}'),
        ("12345678901234567890.10", "12345678901234567890.10"),
        ("Two {words}", "Two {words}"),
        ("[" * 100_000, "[" * 100_000),
    ],
)
def test_json_is_shown_on_lines_of_its_own(text: str, shown: str) -> None:
    """Ours. Anything else stays as it came."""
    assert indented(text) == shown
