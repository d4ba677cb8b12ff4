"""What `vault.json` remembers, over versions and changes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_proxy.errors import StoreError
from mcp_proxy.tokens.choice import (
    FACTS,
    Choice,
    changing,
    check_of,
    choice_record,
    decoded,
    encoded,
    former_of,
    read_choice,
    successor_of,
)

OLD, NEW = b"o" * 32, b"n" * 32
NONCES = b"1" * 12, b"2" * 12
FILE = Choice("file", {"reason": "no keyring"}, check_of(OLD))
RING = Choice("keyring", {"backend": "a.B", "entry": "vault"}, check_of(NEW))
BEGUN = changing(FILE, OLD, RING, NEW, NONCES)


@given(
    st.sampled_from(sorted(FACTS)).flatmap(
        lambda kind: st.builds(
            Choice,
            st.just(kind),
            st.fixed_dictionaries({name: st.text() for name in FACTS[kind]}),
            st.text(),
        )
    )
)
def test_every_choice_is_read_back(choice: Choice) -> None:
    """Ours."""
    assert read_choice(choice_record(choice)) == choice
    begun = changing(choice, OLD, RING, NEW, NONCES)
    assert read_choice(choice_record(begun)) == begun


def test_whoever_has_one_key_of_a_change_has_the_other() -> None:
    """Ours: a crash may leave either of them in its place."""
    assert BEGUN.change is not None
    assert successor_of(OLD, BEGUN.change) == NEW
    assert former_of(NEW, BEGUN.change) == OLD
    with pytest.raises(StoreError):
        successor_of(NEW, BEGUN.change)
    with pytest.raises(StoreError):
        former_of(OLD, BEGUN.change)
    assert encoded(OLD)[:8] not in choice_record(BEGUN).decode()


@pytest.mark.parametrize("choice", [FILE, RING])
def test_what_the_first_version_knows_is_written_so_that_it_can_be_read(choice: Choice) -> None:
    """peers.md 7: layout 1, by the names that version 0.1 wrote."""
    found = json.loads(choice_record(choice))
    assert found == {"layout": 1, "key": choice.kind, **choice.facts, "check": choice.check}


def test_what_the_first_version_would_take_for_damage_says_that_it_is_newer() -> None:
    """peers.md 7: it sets nothing aside then."""
    hidden = Choice("passphrase", {"salt": "", "cost": "", "sealed": ""}, "")
    assert [json.loads(choice_record(one))["layout"] for one in (hidden, BEGUN)] == [2, 2]


def test_a_newer_layout_is_an_error_and_names_of_later_are_passed_over() -> None:
    """peers.md 7."""
    found = json.loads(choice_record(FILE))
    assert read_choice(json.dumps(found | {"later": 1}).encode()) == FILE
    with pytest.raises(StoreError, match="newer mcp-permit"):
        read_choice(json.dumps(found | {"layout": 3}).encode())


@pytest.mark.parametrize("name", ["key", "reason", "check", "layout", "next", "successor"])
def test_a_choice_that_lacks_a_part_is_damage(name: str) -> None:
    """Ours. Without `next` it is whole, and no change."""
    found = json.loads(choice_record(BEGUN))
    del found[name]
    whole = replace(BEGUN, change=None) if name == "next" else None
    assert read_choice(json.dumps(found).encode()) == whole


@pytest.mark.parametrize("text", ["", "no base64!", "c2hvcnQ=", "Zoë"])
def test_a_damaged_key_is_none(text: str) -> None:
    """Ours."""
    assert decoded(text) is None
    assert decoded(text.encode()) is None


def test_a_key_is_read_back_with_the_line_end_of_an_editor() -> None:
    """Ours."""
    assert decoded(f"{encoded(OLD)}\r\n") == OLD
