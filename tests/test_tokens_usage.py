"""What was last done with a credential."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.tokens.usage import Usage, UsageNote

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_000_000.0


class Clock:
    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def note(tmp_path: Path, clock: Clock) -> UsageNote:
    return UsageNote(tmp_path / "vault" / "uses", "key", clock)


def test_nothing_is_known_and_nothing_made_before_a_use(note: UsageNote, tmp_path: Path) -> None:
    """Ours."""
    assert note.read() == Usage()
    note.forget()
    assert list(tmp_path.iterdir()) == []


def test_uses_and_errors_stand_side_by_side(note: UsageNote, clock: Clock) -> None:
    """peers.md 35."""
    note.used(NOW)
    clock.time += 10
    note.failed("no answer")
    assert note.read() == Usage(NOW, "no answer", NOW + 10)
    note.used(NOW + 100)
    assert note.read() == Usage(NOW + 100, "no answer", NOW + 10)
    note.forget()
    assert note.read() == Usage()


def test_near_uses_are_one_and_an_older_one_is_none(note: UsageNote) -> None:
    """Ours: a script may call a thousand times a minute, and a sibling may end later."""
    for at in (NOW, NOW + 59, NOW - 500):
        note.used(at)
        assert note.read().last_used_at == NOW
    note.used(NOW + 60)
    assert note.read().last_used_at == NOW + 60


def test_a_note_from_the_future_is_put_right(note: UsageNote, clock: Clock) -> None:
    """Ours: the clock was moved back."""
    note.used(NOW + 9_000)
    clock.time = NOW
    note.used(NOW)
    assert note.read().last_used_at == NOW


def test_the_same_error_is_noted_once_an_hour(note: UsageNote, clock: Clock) -> None:
    """Ours. Another one at once; after the clock was moved back, too."""
    told = []
    for passed, error in (
        (0, "no answer"),
        (3_599, "no answer"),
        (3_600, "no answer"),
        (3_601, "busy"),
        (3_000, "busy"),
    ):
        clock.time = NOW + passed
        note.failed(error)
        told.append((note.read().last_error_at or 0) - NOW)
    assert told == [0, 0, 3_600, 3_601, 3_000]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"last_used_at": "soon"}', "null", "\xff"])
def test_a_damaged_note_is_none(note: UsageNote, tmp_path: Path, text: str) -> None:
    """Ours: it is no reason for anything."""
    note.used(NOW)
    (tmp_path / "vault" / "uses" / "key.json").write_text(text, encoding="latin-1")
    assert note.read() == Usage()
    note.used(NOW)
    assert note.read() == Usage(NOW)


def test_where_nothing_can_be_written_nothing_is_noted(tmp_path: Path, clock: Clock) -> None:
    """Ours: a read-only home in a container."""
    (tmp_path / "file").write_text("no folder")
    note = UsageNote(tmp_path / "file" / "uses", "key", clock)
    note.used(NOW)
    note.failed("no answer")
    note.forget()
    assert note.read() == Usage()


def test_it_can_be_read_by_people(note: UsageNote, tmp_path: Path) -> None:
    """Ours."""
    note.used(NOW)
    found = json.loads((tmp_path / "vault" / "uses" / "key.json").read_bytes())
    assert found == {"last_used_at": NOW, "last_error": None, "last_error_at": None}
