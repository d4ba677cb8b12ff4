"""Globs: the patterns that tools and arguments are named by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_proxy.policy.glob import check_pattern, first_match, matches

if TYPE_CHECKING:
    from collections.abc import Callable

# A slow machine is not a wrong program.
settings.register_profile("calm", deadline=None)
settings.load_profile("calm")

ASCII_NAMES = st.text("abcXYZ019_.-/ ")


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("delete_record", "delete_record"),
        ("*", ""),
        ("*", "line\nbreak"),
        ("delete_*", "delete_record"),
        ("*.read", "remote.tenant.read"),
        ("ru?", "run"),
        ("[lg]et*", "get_run"),
        ("[!d]*", "run"),
        ("[]]", "]"),
        ("[[]x", "[x"),
    ],
)
def test_a_glob_speaks_of_the_whole_name(pattern: str, name: str) -> None:
    """Ours, as `fnmatch` has it."""
    assert matches(pattern, name)
    assert not matches(pattern, f"{name}\n") or pattern.endswith("*")


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("delete", "delete_record"),
        ("record", "delete_record"),
        ("ru?", "ru"),
        ("[!r]*", "run"),
        ("a.c", "abc"),
        ("", "a"),
    ],
)
def test_what_a_glob_does_not_match(pattern: str, name: str) -> None:
    """Ours. No part of a name, no regular expression."""
    assert not matches(pattern, name)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("delete_*", "DELETE_Record"),
        ("Delete_*", "delete_record"),
        ("delete_*", "\uff44\uff45\uff4c\uff45\uff54\uff45_record"),
        ("file*", "\ufb01le_read"),
        ("straße", "STRASSE"),
        ("k*", "\u212aelvin"),
        ("café", "cafe\u0301"),
        ("[D]elete", "delete"),
    ],
)
def test_case_and_look_of_letters_do_not_count(pattern: str, name: str) -> None:
    """peers.md behaviour 22."""
    assert matches(pattern, name)


@given(ASCII_NAMES, st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
def test_no_change_of_case_escapes_a_denied_name(name: str, change: Callable[[str], str]) -> None:
    """peers.md behaviour 22."""
    assert matches(name, change(name))
    assert matches(change(name), name)


@given(st.text(), st.text())
def test_any_pattern_can_be_asked_of_any_name(pattern: str, name: str) -> None:
    """Ours: odd names come from gateways, and nothing is raised for them."""
    matches(pattern, name)
    assert matches("*", name)


def test_a_lone_surrogate_in_a_name_is_no_trouble() -> None:
    """RFC 8259 §8.2."""
    assert matches("a*", "A\ud800")


@pytest.mark.parametrize(
    "pattern",
    ["*", "a", "a b", "*.read", "[a-z]*", "[a-a]", "[!a-c]", "[]]", "[[]", "[a-]", "[-a]", "ß?"],
)
def test_a_sound_glob_has_no_complaint(pattern: str) -> None:
    """Ours."""
    assert check_pattern(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "'' is not a glob: it is empty"),
        (" ", "white space"),
        ("a ", "white space"),
        ("a\nb", "do not print"),
        ("a\u200b", "'a\\u200b'"),
        ("[abc", "'[abc' is not a glob: a '[' has no ']'"),
        ("a[]", "has no ']'"),
        ("a[!]", "has no ']'"),
        ("[a]b[", "has no ']'"),
        ("\uff3babc", "has no ']'"),
        ("[z-a]", "a range ends before it begins"),
        ("x[a-c9-0]", "a range ends before it begins"),
        ("{a,b}_delete", "one pattern for each name"),
        ("a,b", "one pattern for each name"),
        ("!delete_*", "allow and deny are lists"),
    ],
)
def test_a_bad_glob_is_complained_about(pattern: str, words: str) -> None:
    """peers.md behaviour 23: a pattern that would silently match nothing denies nothing."""
    complaint = check_pattern(pattern)
    assert complaint is not None
    assert words in complaint


@given(st.text(max_size=8))
def test_a_complaint_is_printable(pattern: str) -> None:
    """Ours: it ends on a terminal."""
    complaint = check_pattern(pattern)
    assert complaint is None or complaint.isascii()


def test_the_first_pattern_of_a_list_that_matches_is_found() -> None:
    """Ours: the reason of a refusal names it."""
    patterns = ("x", "run*", "r?n", "*")
    assert first_match(patterns, "RUN") == "run*"
    assert first_match(patterns, "ran") == "r?n"
    assert first_match(patterns[:3], "walk") is None
    assert first_match((), "walk") is None


@given(st.lists(ASCII_NAMES, max_size=4), ASCII_NAMES)
def test_a_list_matches_what_one_of_its_patterns_matches(patterns: list[str], name: str) -> None:
    """Ours: they are put together into one expression."""
    alone = next((pattern for pattern in patterns if matches(pattern, name)), None)
    assert first_match(tuple(patterns), name) == alone
