"""What the organisation of the demo holds."""

from __future__ import annotations

from mcp_proxy.demo.baseline.estate import (
    DESIGN,
    INJECTED,
    LEDGER,
    NOTES,
    OVERVIEW,
    PAYMENTS,
    POSTED,
    fresh_estate,
    version_timestamp,
)


def test_two_fresh_organisations_are_alike_and_share_nothing() -> None:
    """Ours: deterministic data (systems.md §7.6)."""
    one, other = fresh_estate(), fresh_estate()
    assert one == other
    one.add("folder", "New", LEDGER)
    assert one != other


def test_a_resource_knows_what_it_lies_in() -> None:
    """Ours."""
    estate = fresh_estate()
    assert estate.chain(OVERVIEW) == [OVERVIEW, DESIGN, LEDGER, PAYMENTS]
    assert estate.chain("unknown") == []
    assert [each.name for each in estate.below(None)] == ["Payments", "Research", "Archive"]


def test_what_is_taken_away_takes_along_what_lies_in_it() -> None:
    """Ours: deleting a folder cascades."""
    estate = fresh_estate()
    assert estate.remove(NOTES) == 2
    assert NOTES not in estate.places
    assert POSTED not in estate.places
    assert POSTED not in estate.documents
    assert OVERVIEW in estate.documents


def test_new_things_get_ids_and_versions_that_nothing_has_had() -> None:
    """Ours."""
    estate = fresh_estate()
    places = [estate.add("folder", "Twice", LEDGER) for _ in range(2)]
    assert len({each.id for each in places}) == 2
    stamps = {version_timestamp(each.version) for each in estate.documents.values()}
    assert len(stamps) == len(estate.documents)
    assert version_timestamp(3_725) == "2026-11-02T09:02:05Z"


def test_one_document_imitates_instructions() -> None:
    """systems.md §7.5: injected text is data."""
    assert fresh_estate().documents[POSTED].text == INJECTED
