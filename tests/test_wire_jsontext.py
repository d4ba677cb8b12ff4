"""JSON text to values: strict where readers could differ, calm where Python is not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_proxy.wire.jsontext import RepeatedNameError, read, read_pairs, read_strictly

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
    max_leaves=20,
)


@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_what_was_written_is_read(value: Any, indent: int | None, ascii_only: bool) -> None:  # noqa: FBT001 - drawn
    """RFC 8259."""
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert read_strictly(text) == value
    assert read(text) == value


@given(st.text())
def test_any_text_is_read_or_refused_as_a_value_error(text: str) -> None:
    """Ours: no other exception ever leaves."""
    for reader in (read_strictly, read, read_pairs):
        try:
            reader(text)
        except ValueError:
            continue


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 1}',
        '{"a": 1, "b": 2, "a": null}',
        '{"a": 1, "\\u0061": 2}',
        '[{"x": {"y": [{"a": 1, "a": 2}]}}]',
    ],
)
def test_a_repeated_name_is_refused_at_any_depth_and_in_any_spelling(text: str) -> None:
    """RFC 8259 §4; peers.md behaviour 24."""
    with pytest.raises(RepeatedNameError):
        read_strictly(text)
    assert read(text) is not None


def test_the_same_name_in_two_objects_is_no_repetition() -> None:
    """RFC 8259 §4."""
    assert read_strictly('[{"a": {"a": 1}}, {"a": 2}]') == [{"a": {"a": 1}}, {"a": 2}]


def test_of_a_repeated_name_the_last_counts_where_it_is_allowed() -> None:
    """Ours, as `json.loads` and JavaScript have it."""
    assert read('{"a": 1, "a": 2}') == {"a": 2}


def test_pairs_keep_every_member_in_its_order() -> None:
    """Ours. Objects are tuples, arrays stay lists."""
    assert read_pairs('{"a": [], "b": {}, "a": 2}') == (("a", []), ("b", ()), ("a", 2))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{",
        '{"a":1,}',
        "[1,]",
        "01",
        "+1",
        ".5",
        "'a'",
        "{a:1}",
        '"\t"',
        '"\\x41"',
        "1 2",
        "{} {}",
        "null ",
        "\ufeff1",
        "// 1",
        "True",
    ],
)
def test_what_is_not_one_json_text_is_refused(text: str) -> None:
    """RFC 8259 §2, §6, §7. White space around the value is the caller's to strip."""
    with pytest.raises(ValueError, match=r"."):
        read_strictly(text)


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
def test_constants_that_json_does_not_know_are_refused(name: str) -> None:
    """RFC 8259 §6. Python alone would read them."""
    for text in (name, f'{{"a": [{name}]}}'):
        with pytest.raises(ValueError, match=f"{name} is not a JSON value"):
            read_strictly(text)
        with pytest.raises(ValueError, match=f"{name} is not a JSON value"):
            read(text)


def test_an_integer_of_any_length_is_read() -> None:
    """RFC 8259 §6. Python by itself stops at some 4300 digits."""
    assert read_strictly("9" * 400) == int("9" * 400)
    assert read_strictly('{"a": [-' + "9" * 100_000 + ', 12], "b": 7}') == {
        "a": [float("-inf"), 12],
        "b": 7,
    }


def test_a_repeated_name_is_seen_behind_a_long_integer() -> None:
    """Ours: the slow way is as strict as the fast one."""
    with pytest.raises(RepeatedNameError):
        read_strictly('{"a": ' + "9" * 5000 + ', "a": 1}')


@pytest.mark.parametrize("bracket", ["[", '{"a":'])
def test_too_deep_a_nesting_is_refused(bracket: str) -> None:
    """RFC 8259 §9. No RecursionError leaves."""
    with pytest.raises(ValueError, match="nested too deeply"):
        read_strictly(bracket * 100_000)


def test_a_lone_surrogate_is_let_through() -> None:
    """RFC 8259 §8.2."""
    assert read_strictly('"\\ud800"') == "\ud800"
