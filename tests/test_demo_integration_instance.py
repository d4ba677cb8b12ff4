"""The instance's own time and ids."""

from __future__ import annotations

from datetime import UTC, datetime

from mcp_proxy.demo.integration.instance import stamp
from mcp_proxy.demo.integration.seed import fresh_instance


def test_time_passes_when_something_happens() -> None:
    """Ours: the same calls give the same answers."""
    instance = fresh_instance()
    assert instance.save() == "2026-11-02T09:00:01Z"
    assert instance.save() == "2026-11-02T09:00:02Z"
    assert instance.now() == datetime(2026, 11, 2, 9, 0, 3, tzinfo=UTC)


def test_ids_are_new_and_tools_are_found_by_name() -> None:
    """Ours."""
    instance = fresh_instance()
    assert instance.new_id() != instance.new_id()
    assert list(instance.user_tools()) == ["onboard_loan"]


def test_a_time_is_written_in_utc_to_the_second() -> None:
    """ISO 8601."""
    assert stamp(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02T03:04:05Z"
