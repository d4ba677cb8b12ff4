"""Facts beside the snapshots."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.catalog.facts import FactStore, Lesson
from mcp_proxy.catalog.matrix import Matrix, Row
from mcp_proxy.catalog.register import Register, Registered
from mcp_proxy.catalog.store import CatalogStore
from mcp_proxy.errors import StoreError
from mcp_proxy.values import replace

if TYPE_CHECKING:
    from pathlib import Path

KEY = "0123456789abcdef0123456789abcdef"
MATRIX = Matrix(
    "integration", "list_integrations", 1000.5, (Row("1", "Ä", {"read": True, "debug": False}),)
)
LESSON = Lesson("models_create", "needs a permission", "models:manage", "PERMISSION_DENIED", 1000.5)
REGISTER = Register(
    "https://x.example/mcp",
    1000.5,
    (Registered("me_get", None, None), Registered("x", "x:use", "scaibunker")),
)


def store(folder: Path) -> FactStore:
    return FactStore(folder / "catalogs")


def test_what_was_kept_is_read(tmp_path: Path) -> None:
    """systems.md §7.2, X27: beside the snapshot, under its key."""
    store(tmp_path).keep_matrix(KEY, MATRIX)
    store(tmp_path).keep_lessons(KEY, [LESSON])
    store(tmp_path).keep_register(KEY, REGISTER)
    assert store(tmp_path).matrix(KEY) == MATRIX
    assert store(tmp_path).lessons(KEY) == (LESSON,)
    assert store(tmp_path).register("https://x.example/mcp") == REGISTER
    assert store(tmp_path).matrix("other") is None


def test_facts_are_not_taken_for_snapshots(tmp_path: Path) -> None:
    """Ours: who lost the pointer to a key looks through all snapshots."""
    store(tmp_path).keep_matrix(KEY, MATRIX)
    assert CatalogStore(tmp_path / "catalogs").last_seen("gone", "https://a.example", "jo") is None


def test_who_never_asked_knows_nothing(tmp_path: Path) -> None:
    """Ours; and reading makes no folder."""
    facts = store(tmp_path)
    known = facts.matrix(KEY), facts.register(REGISTER.gateway), facts.lessons(KEY)
    assert known == (None, None, ())
    assert facts.lessons_state(KEY) is None
    assert not list(tmp_path.iterdir())


def test_the_last_lesson_takes_the_file_with_it(tmp_path: Path) -> None:
    """X27: what is forgotten is forgotten by all processes."""
    facts = store(tmp_path)
    facts.keep_lessons(KEY, [LESSON])
    before = facts.lessons_state(KEY)
    facts.keep_lessons(KEY, [LESSON, LESSON])
    assert before is not None
    assert facts.lessons_state(KEY) not in {None, before}
    facts.keep_lessons(KEY, [])
    assert facts.lessons_state(KEY) is None
    facts.keep_lessons(KEY, [])
    assert facts.lessons(KEY) == ()


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"not JSON",
        b"[" * 100_000,
        b"[]",
        b"{}",
        json.dumps({"layout": 2}).encode(),
        json.dumps({"layout": 1}).encode(),
        json.dumps({"layout": 1, "rows": [5], "tools": [5], "lessons": [5]}).encode(),
        json.dumps({"layout": 1, "rows": [{"a": 1}], "tools": 5, "lessons": [{}]}).encode(),
    ],
)
def test_damaged_facts_are_as_good_as_none(tmp_path: Path, document: bytes) -> None:
    """Ours: they only explain, and are asked for again."""
    facts = store(tmp_path)
    facts.keep_matrix(KEY, MATRIX)
    for kind in ("matrix", "register", "lessons"):
        (tmp_path / "catalogs" / "facts" / f"{KEY}.{kind}.json").write_bytes(document)
    known = facts.matrix(KEY), facts.register(REGISTER.gateway), facts.lessons(KEY)
    assert known == (None, None, ())


def test_the_register_is_the_same_for_all_identities_and_the_newest_counts(tmp_path: Path) -> None:
    """SC-API: the whole core catalogue, whatever the caller may do. It only explains."""
    facts = store(tmp_path)
    newer = replace(REGISTER, taken_at=2000.0)
    facts.keep_register("a", newer)
    facts.keep_register("b", REGISTER)
    facts.keep_register("c", replace(REGISTER, gateway="https://y.example", taken_at=3000.0))
    assert facts.register(REGISTER.gateway) == newer


def test_a_link_in_their_place_is_not_followed(tmp_path: Path) -> None:
    """peers.md behaviour 28."""
    folder = tmp_path / "catalogs" / "facts"
    folder.mkdir(parents=True)
    (folder / f"{KEY}.matrix.json").symlink_to("/etc/passwd")
    assert store(tmp_path).matrix(KEY) is None


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    """Ours."""
    (tmp_path / "catalogs").symlink_to(tmp_path)
    with pytest.raises(StoreError):
        store(tmp_path).keep_matrix(KEY, MATRIX)
