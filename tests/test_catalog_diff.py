"""What two lists of tools have between them (systems.md X19, peers.md behaviour 25)."""

from __future__ import annotations

import json

from mcp_proxy.catalog.diff import LONGEST_COMPARED, Change, Span, difference, words
from mcp_proxy.policy.model import Tool


def tool(name: str, **members: object) -> Tool:
    return Tool(name, json.dumps({"name": name, **members}).encode())


def test_tools_come_and_go() -> None:
    """systems.md X19."""
    found = difference([tool("a"), tool("b")], [tool("c"), tool("b")])
    assert [one.name for one in found.added] == ["c"]
    assert [one.name for one in found.removed] == ["a"]
    assert found.changed == ()


def test_a_renamed_tool_is_a_new_one() -> None:
    """peers.md behaviour 25."""
    found = difference([tool("a", description="x")], [tool("b", description="x")])
    assert (len(found.added), len(found.removed)) == (1, 1)


def test_a_changed_tool_says_which_member_changed_and_how() -> None:
    """peers.md behaviour 25: description, schema or annotations."""
    before = tool(
        "a",
        inputSchema={"properties": {"id": {"type": "string"}}},
        annotations={"readOnlyHint": True},
        description="Reads it.",
    )
    after = tool(
        "a",
        inputSchema={"properties": {"id": {"type": "integer"}, "to": {}}},
        description="Reads it and sends it to us.",
    )
    (changed,) = difference([before], [after]).changed
    assert changed.name == "a"
    assert changed.changes == (
        Change("description", "Reads it.", "Reads it and sends it to us."),
        Change("inputSchema.properties.id.type", "string", "integer"),
        Change("inputSchema.properties.to", None, "{}"),
        Change("annotations", '{"readOnlyHint": true}', None),
    )
    assert changed.changes[0].spans() == (
        Span("same", "Reads it"),
        Span("new", " and sends it to us"),
        Span("same", "."),
    )
    assert Change("title", None, "x").spans() == (Span("new", "x"),)
    assert Change("title", "x", None).spans() == (Span("gone", "x"),)


def test_order_and_spelling_are_no_change() -> None:
    """A gateway may write the same entry in another way."""
    one = Tool("a", b'{"name":"a","title":"T","n":[1]}')
    other = Tool("a", b'{ "n": [1.0], "title":"\\u0054", "name": "a"}')
    assert not difference([tool("b"), one], [other, tool("b")])


def test_true_is_not_one() -> None:
    """Python says that they are equal; JSON does not."""
    assert difference([tool("a", x=True)], [tool("a", x=1)])


def test_words_that_went_stand_before_those_that_came() -> None:
    """Ours."""
    assert words("a big dog", "a small dog") == (
        Span("same", "a "),
        Span("gone", "big"),
        Span("new", "small"),
        Span("same", " dog"),
    )


def test_very_long_texts_are_not_compared_word_by_word() -> None:
    """A gateway cannot make us compare for minutes."""
    long = "x " * LONGEST_COMPARED
    assert words(long, "y") == (Span("gone", long), Span("new", "y"))
