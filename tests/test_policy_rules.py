"""Globs, and what each rule says by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_proxy.policy.model import Policy, Tool
from mcp_proxy.policy.rules import (
    allow_rule,
    check_pattern,
    deny_rule,
    matches,
    read_only_rule,
)

if TYPE_CHECKING:
    from collections.abc import Callable

# A slow machine is not a wrong program.
settings.register_profile("calm", deadline=None)
settings.load_profile("calm")

ASCII_NAMES = st.text("abcXYZ019_.-/ ")
READING = Tool("list_runs", b'{"name":"list_runs","annotations":{"readOnlyHint":true}}')
WRITING = Tool("run", b'{"name":"run"}')


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


def test_the_deny_list_has_an_opinion_only_of_what_it_names() -> None:
    """Ours."""
    policy = Policy(deny=("x", "run*"))
    decision = deny_rule(policy, "Run", None)
    assert decision is not None
    assert (decision.allowed, decision.rule) == (False, "deny")
    assert decision.reason == "The deny list names it: run*"
    assert deny_rule(policy, "list_runs", None) is None


def test_an_allow_list_has_an_opinion_of_everything() -> None:
    """peers.md behaviour 22: it closes the door for what it does not name."""
    policy = Policy(allow=("x", "list_*"))
    named, other = allow_rule(policy, "list_runs", None), allow_rule(policy, "run", None)
    assert named is not None
    assert other is not None
    assert (named.allowed, named.rule, other.allowed, other.rule) == (True, "allow", False, "allow")
    assert allow_rule(Policy(), "run", None) is None


def test_an_empty_allow_list_permits_nothing() -> None:
    """Ours: it fails closed, should one ever get past the settings."""
    decision = allow_rule(Policy(allow=()), "run", None)
    assert decision is not None
    assert not decision.allowed


def test_read_only_trusts_the_gateways_mark_alone() -> None:
    """MCP, Tools: `annotations.readOnlyHint`."""
    policy = Policy(read_only=True)
    answers = [
        (decision.allowed, decision.rule)
        for decision in (
            read_only_rule(policy, "a", READING),
            read_only_rule(policy, "a", WRITING),
            read_only_rule(policy, "a", None),
        )
        if decision is not None
    ]
    assert answers == [(True, "read-only"), (False, "read-only"), (False, "unlisted")]
    assert read_only_rule(Policy(), "a", WRITING) is None
