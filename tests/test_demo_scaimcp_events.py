"""The gateway's own audit."""

from __future__ import annotations

from mcp_proxy.demo.scaimcp.events import Events
from mcp_proxy.demo.scaimcp.people import people
from mcp_proxy.demo.scaimcp.refusals import Refused

PEOPLE = people()


def filled() -> Events:
    clock = iter((0.0, 60.0, 120.0))
    events = Events(lambda: next(clock))
    events.note(PEOPLE["tadmin"], "webhooks.create", "webhooks")
    events.note(PEOPLE["super"], "models.delete", "models")
    return events


def test_rows_are_found_under_both_documented_names_of_the_actor() -> None:
    """SC-PERM, SC-AUD; systems.md C3."""
    events, actor = filled(), PEOPLE["tadmin"].user_id
    (row,) = events.found({"actor_id": actor})
    assert events.found({"actor_user_id": actor}) == [row]
    assert row["action"] == "webhooks.create"
    assert row["request_id"].startswith("req_")
    assert "mcp" not in str(row)


def test_rows_are_found_by_action_kind_and_time() -> None:
    """SC-AUD."""
    events = filled()
    assert len(events.found({})) == 2
    assert len(events.found({"action": "models.delete", "actor_id": ""})) == 1
    assert events.found({"resource_type": "rooms"}) == []
    assert len(events.found({"start": "1970-01-01T00:00:30"})) == 1
    assert len(events.found({"end": "1970-01-01T00:00:30"})) == 1


def test_only_a_refusal_of_a_permission_leaves_a_row() -> None:
    """SC-PERM: permission-gated calls are logged."""
    events = filled()
    events.refused(PEOPLE["viewer"], "webhooks_create", Refused("PERMISSION_DENIED", "no"))
    events.refused(PEOPLE["viewer"], "webhooks_create", Refused("VALIDATION_ERROR", "no"))
    (row,) = events.found({"status": "denied"})
    assert row["action"] == "webhooks.create"
