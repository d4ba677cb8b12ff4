"""Surgery on JSON text: only what is cut changes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_proxy.wire import splice

# A slow machine is not a wrong program.
settings.register_profile("calm", deadline=None)
settings.load_profile("calm")

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(), VALUES, max_size=5)
INDENTS = st.sampled_from([None, 0, 2])

ANSWER = """ {
  "jsonrpc" : "2.0", "id" : 1e0,
  "result" : { "tools" : [ {"name":"a"}, {"n\\u0061me":"Stra\u00dfe", "x": 1.50} ],
    "näxt": null , "more": {} }
} \r
""".encode()


def dump(value: Any, indent: int | None, *, ascii_only: bool = False) -> bytes:
    return json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()


def test_a_member_is_cut_out_as_it_stands() -> None:
    """Ours: number spelling and white space inside survive."""
    assert splice.member(ANSWER, "id") == b"1e0"
    assert splice.member(ANSWER, "result", "more") == b"{}"
    assert splice.member(ANSWER, "result", "näxt") == b"null"
    assert splice.member(ANSWER) == ANSWER.strip()


def test_an_absent_member_is_none() -> None:
    """Ours, wherever on the path it lacks."""
    assert splice.member(ANSWER, "error") is None
    assert splice.member(ANSWER, "error", "data", "code") is None
    assert splice.member(ANSWER, "result", "more", "x") is None


def test_elements_are_cut_out_as_they_stand() -> None:
    """Ours."""
    array = splice.member(ANSWER, "result", "tools")
    assert array is not None
    first, second = splice.elements(array)
    assert first == b'{"name":"a"}'
    assert second == '{"n\\u0061me":"Stra\u00dfe", "x": 1.50}'.encode()
    assert splice.elements(b" [ ] ") == []


def test_the_value_at_the_beginning_is_cut_out_as_it_stands() -> None:
    """Ours. Whatever follows, half a character included, is not looked at."""
    assert (
        splice.leading(b'{"a":1.0, "b":"\xc3\xa9"},\n"tools":[\xc3') == b'{"a":1.0, "b":"\xc3\xa9"}'
    )
    for cut in (b"", b'{"a":1', b'{"a":"\xc3'):
        with pytest.raises(json.JSONDecodeError):
            splice.leading(cut)
    with pytest.raises(ValueError, match="surrogates"):
        splice.leading(b'{"a":"\xff"}')


def test_members_are_cut_out_as_they_stand() -> None:
    """Ours: their order stays, and their names are told decoded."""
    text = b' { "a" : 1.50 , "n\\u0061me" : [ 1 ] } '
    assert splice.members(text) == [("a", b"1.50"), ("name", b"[ 1 ]")]
    assert splice.members(b"{ }") == []


def test_an_object_is_put_together_from_its_members() -> None:
    """Ours: no value is read."""
    text = splice.object_of([("a", b"1.50"), ('q"\u00df', b"{ }")])
    assert text == b'{"a":1.50,"q\\"\\u00df":{ }}'
    assert splice.object_of([]) == b"{}"


def test_a_name_is_found_in_any_spelling() -> None:
    """RFC 8259 §8.3: names are compared decoded."""
    assert splice.member(b'{"n\\u0061me": 1}', "name") == b"1"
    assert splice.member(b'{"a\\"b": 1}', 'a"b') == b"1"
    assert splice.member('{"ä": {"\\ud83d\\ude00": 2}}'.encode(), "ä", "😀") == b"2"


def test_replacing_changes_nothing_else() -> None:
    """Ours."""
    changed = splice.replace(ANSWER, ("result", "tools"), "[ 'ß' ]".encode())
    array = splice.member(ANSWER, "result", "tools")
    assert array is not None
    assert changed == ANSWER.replace(array, "[ 'ß' ]".encode())


def test_a_new_member_comes_last() -> None:
    """Ours. White space stays where it was."""
    assert splice.replace(b'{"a":1}', ("b",), b"2") == b'{"a":1,"b":2}'
    assert splice.replace(b'{\n  "a": 1\n}', ("b",), b"2") == b'{\n  "a": 1,"b":2\n}'
    assert splice.replace(b'{"a":{ }}', ("a", "b"), b"2") == b'{"a":{"b":2 }}'
    assert splice.replace(b'{"a":{"c":[]}}', ("a", 'q"ß'), b"2") == (
        b'{"a":{"c":[],"q\\"\\u00df":2}}'
    )


def test_the_whole_text_can_be_replaced() -> None:
    """Ours: an empty path is the value itself."""
    assert splice.replace(b" 1 ", (), b"2") == b" 2 "


def test_nothing_is_put_into_what_is_absent() -> None:
    """Ours."""
    with pytest.raises(ValueError, match="no object"):
        splice.replace(b'{"a":1}', ("b", "c"), b"2")


@given(OBJECTS, INDENTS, st.booleans())
def test_every_member_is_found(value: dict[str, Any], indent: int | None, ascii_only: bool) -> None:  # noqa: FBT001 - drawn
    """Ours."""
    text = dump(value, indent, ascii_only=ascii_only)
    for name, inner in value.items():
        found = splice.member(text, name)
        assert found is not None
        assert json.loads(found) == inner


@given(OBJECTS, st.text(), VALUES, INDENTS)
def test_a_replaced_member_reads_as_the_new_value(
    value: dict[str, Any], name: str, new: Any, indent: int | None
) -> None:
    """Ours. Old members and new ones; the order stays."""
    changed = splice.replace(dump({"in": value}, indent), ("in", name), dump(new, indent))
    expected = value | {name: new}
    assert json.loads(changed) == {"in": expected}
    assert list(json.loads(changed)["in"]) == list(expected)


@given(OBJECTS, INDENTS, st.booleans())
def test_members_make_their_object_again(
    value: dict[str, Any],
    indent: int | None,
    ascii_only: bool,  # noqa: FBT001 - drawn
) -> None:
    """Ours."""
    pairs = splice.members(dump(value, indent, ascii_only=ascii_only))
    assert json.loads(splice.object_of(pairs)) == value


@given(st.lists(VALUES), INDENTS)
def test_every_element_is_found(values: list[Any], indent: int | None) -> None:
    """Ours."""
    assert [json.loads(raw) for raw in splice.elements(dump(values, indent))] == values


@given(OBJECTS, st.integers(min_value=0), st.text(max_size=2))
def test_damaged_text_is_a_value_error_or_still_json(
    value: dict[str, Any], at: int, junk: str
) -> None:
    """Ours: nothing else is raised, and nothing broken is cut."""
    text = json.dumps({"a": value}, ensure_ascii=False)
    at %= len(text)
    damaged = (text[:at] + junk + text[at + 1 :]).encode()
    try:
        splice.member(damaged, "a", "b")
        splice.replace(damaged, ("a", "b"), b"1")
    except ValueError:
        return
    json.loads(damaged)


@given(st.binary())
def test_any_bytes_are_cut_or_refused(text: bytes) -> None:
    """Ours."""
    for cut in (splice.member, splice.elements, splice.members):
        try:
            cut(text)
        except ValueError:
            continue


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b'"a"',
        b"{",
        b'{"a"',
        b'{"a" 1}',
        b'{"a":}',
        b'{"a":1',
        b'{"a":1,}',
        b'{"a":1 "b":2}',
        b'{"a":1}}',
        b'{"a":1} x',
        b"{a:1}",
        b'{"a":NaN}',
        b'{"\t":1}',
        b'{"\\x41":1}',
        b'{"a":"\xff"}',
        b'{"a":01}',
        b'{"a":' + b"[" * 100_000,
    ],
)
def test_malformed_text_is_refused(text: bytes) -> None:
    """RFC 8259."""
    with pytest.raises(ValueError, match=r"."):
        splice.member(text, "a")
    with pytest.raises(ValueError, match=r"."):
        splice.members(text)


@pytest.mark.parametrize("text", [b"{}", b"[", b"[1", b"[1,]", b"[1 2]", b"[,1]", b"[1] 2", b"1"])
def test_what_is_not_an_array_has_no_elements(text: bytes) -> None:
    """RFC 8259 §5."""
    with pytest.raises(ValueError, match=r"."):
        splice.elements(text)


@pytest.mark.parametrize("text", [b'{"a":1,"a":2}', b'{"b":{"a":1,"\\u0061":2}}'])
def test_an_object_that_names_a_member_twice_is_not_cut(text: bytes) -> None:
    """peers.md behaviour 24: two readers could see two different tools."""
    with pytest.raises(ValueError, match="twice"):
        splice.member(text, "b", "a")


def test_an_object_that_names_a_member_twice_has_no_members() -> None:
    """peers.md behaviour 24."""
    with pytest.raises(ValueError, match="twice"):
        splice.members(b'{"a":1,"\\u0061":2}')


def test_what_lies_beside_the_cut_is_not_judged() -> None:
    """Ours. Long integers and repeated names pass as they are."""
    beside = b'{"x":1,"x":' + b"9" * 5000 + b"}"
    assert splice.replace(b'{"a":' + beside + b',"b":1}', ("b",), b"2") == (
        b'{"a":' + beside + b',"b":2}'
    )
