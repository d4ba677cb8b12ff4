"""JSON pointers."""

from __future__ import annotations

import pytest

from mcp_proxy.wire.pointer import is_pointer, plain_at, text_at, value_at

DOCUMENT = {
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
    "deep": {"null": None, "text": "", "number": 5},
}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", DOCUMENT),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ('/k"l', 6),
        ("/ ", 7),
        ("/m~0n", 8),
        ("/deep/number", 5),
    ],
)
def test_the_examples_of_the_standard(pointer: str, value: object) -> None:
    """RFC 6901 §5."""
    assert is_pointer(pointer)
    assert value_at(DOCUMENT, pointer) == value


@pytest.mark.parametrize("pointer", ["/foo/2", "/foo/-", "/foo/x", "/no", "/deep/null", "/a~1b/c"])
def test_what_leads_nowhere_leads_to_none(pointer: str) -> None:
    """RFC 6901 §4."""
    assert value_at(DOCUMENT, pointer) is None


@pytest.mark.parametrize("text", ["foo", "/~", "/~2", "#/foo"])
def test_what_is_no_pointer_is_told(text: str) -> None:
    """RFC 6901 §3."""
    assert not is_pointer(text)


def test_of_several_the_first_that_leads_to_something_plain_counts() -> None:
    """Ours: gateways put the same thing into several places."""
    assert plain_at(DOCUMENT, ("/no", "/deep", "/deep/null", "/foo", "/ ")) == ["bar", "baz"]
    assert plain_at(DOCUMENT, ("/no",)) is None
    assert text_at(DOCUMENT, ("/no", "/foo/1")) == "baz"
    assert text_at(DOCUMENT, ("/deep/number",)) is None
    assert text_at(DOCUMENT, ("/deep/text",)) is None
