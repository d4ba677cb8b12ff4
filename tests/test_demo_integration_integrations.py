"""The five tools about integrations."""

from __future__ import annotations

from demo_person import ask
from mcp_proxy.demo.integration.seed import fresh_instance

A, B = 1, 2


def test_integrations_come_with_what_this_account_may_do() -> None:
    """systems.md §1.5: a permissions object with four booleans."""
    answer = ask("list_integrations", {}, "staff-limited")
    granted = [
        [name for name, is_granted in each["permissions"].items() if is_granted]
        for each in answer["integrations"]
    ]
    assert answer["count"] == 2
    assert granted == [["read"], ["read", "write"]]


def test_inactive_integrations_can_be_left_out() -> None:
    """systems.md §1.5: "active only"."""
    instance = fresh_instance()
    instance.integrations[B].is_active = False
    assert ask("list_integrations", {"active_only": True}, instance=instance)["count"] == 1
    assert ask("list_integrations", {}, instance=instance)["count"] == 2


def test_an_integration_is_read_whole_or_in_part() -> None:
    """systems.md §1.5: all components if omitted; carries last_saved."""
    whole = ask("read_integration", {"integration_id": A})
    assert whole["last_saved"] == "2026-11-02T08:00:00Z"
    assert len(whole["service_requests"]) == 3
    part = ask("read_integration", {"integration_id": A, "components": ["tags"]})
    assert set(part) == {"id", "name", "last_saved", "tags"}


def test_reading_needs_read_and_an_integration() -> None:
    """systems.md §1.4."""
    refused = ask("read_integration", {"integration_id": A}, "staff-debug")
    assert (refused["error"], refused["permission"]) == ("permission_denied", "read")
    assert ask("read_integration", {"integration_id": 9})["error"] == "not_found"


def test_a_search_is_case_sensitive_with_two_lines_around_unless_told() -> None:
    """systems.md §1.5."""
    search = {"integration_id": A, "pattern": "corebank"}
    assert ask("search_integration", search)["count"] == 0
    found = ask("search_integration", search | {"case_sensitive": False})
    assert found["count"] == 2
    assert len(found["matches"][0]["context"]) == 5
    alone = search | {"case_sensitive": False, "context_lines": 0, "components": ["tags"]}
    assert ask("search_integration", alone)["count"] == 0
    bad = ask("search_integration", {"integration_id": A, "pattern": "("})
    assert bad["error"] == "invalid_pattern"


def test_a_write_changes_the_integration_and_its_time() -> None:
    """systems.md §1.5: id present = update."""
    instance = fresh_instance()
    write = {"id": A, "name": "Renamed", "components": {"tags": [{"id": 19, "name": "loans"}]}}
    answer = ask("write_integration", write | {"active": False}, instance=instance)
    assert answer["success"] is True
    read = ask("read_integration", {"integration_id": A}, instance=instance)
    assert read["last_saved"] == answer["last_saved"] > "2026-11-02T08:00:00Z"
    assert (read["name"], read["tags"]) == ("Renamed", [{"id": 19, "name": "loans"}])


def test_a_write_on_an_older_state_is_a_merge_conflict_and_changes_nothing() -> None:
    """systems.md §1.5: the documented answer, member by member."""
    instance = fresh_instance()
    old = instance.integrations[A].last_saved
    ask("write_integration", {"id": A, "name": "First"}, instance=instance)
    answer = ask(
        "write_integration", {"id": A, "name": "Second", "last_saved": old}, instance=instance
    )
    assert set(answer) == {
        "success",
        "error",
        "integration_name",
        "current_last_saved",
        "message",
    }
    assert (answer["success"], answer["error"]) == (False, "merge_conflict")
    assert instance.integrations[A].name == "First"


def test_who_creates_an_integration_holds_all_four_permissions() -> None:
    """systems.md §1.5: the creator gets all four."""
    instance = fresh_instance()
    answer = ask("write_integration", {"name": "New"}, "staff-debug", instance)
    assert answer["success"] is True
    parts = {"components": {"tags": [{"name": "x"}]}}
    assert ask("write_integration", {"name": "Newer"} | parts, instance=instance)["success"] is True
    names = [each.name for each in instance.integrations.values()]
    assert names == ["Loan Onboarding", "Credit Check", "New", "Newer"]


def test_a_component_needs_its_parent_and_to_exist() -> None:
    """systems.md §1.5: servicerequest_id, valuemappingset_id, create_if_missing."""
    orphan = {"id": A, "components": {"field_mappings": [{"source": "a"}]}}
    assert ask("write_integration", orphan)["error"] == "validation_error"
    missing = {"id": A, "components": {"tags": [{"id": 77, "name": "x"}]}}
    assert ask("write_integration", missing)["error"] == "not_found"
    assert ask("write_integration", missing | {"create_if_missing": True})["success"] is True
    assert ask("write_integration", {"id": B, "name": "x"})["permission"] == "write"


def test_a_component_is_deleted_and_an_integration_with_all_it_has() -> None:
    """systems.md §1.5: deleting an integration cascades."""
    instance = fresh_instance()
    one = {"integration_id": A, "component": "tags", "component_id": 19}
    assert ask("delete_integration_component", one, instance=instance)["success"] is True
    assert ask("delete_integration_component", one, instance=instance)["error"] == "not_found"
    half = {"integration_id": A, "component": "tags"}
    assert ask("delete_integration_component", half)["error"] == "invalid_arguments"
    whole = {"integration_id": A}
    assert ask("delete_integration_component", whole, instance=instance)["success"] is True
    assert A not in instance.integrations
    assert instance.user_tools() == {}


def test_a_deletion_on_an_older_state_is_a_conflict() -> None:
    """systems.md §1.5: last_saved is supported."""
    answer = ask("delete_integration_component", {"integration_id": A, "last_saved": "earlier"})
    assert answer["error"] == "merge_conflict"


def test_an_integration_without_a_tool_is_deleted_as_well() -> None:
    """Ours: the list of tools stays as it is."""
    instance = fresh_instance()
    instance.integrations[A].tool = None
    whole = {"integration_id": A}
    assert ask("delete_integration_component", whole, instance=instance)["success"] is True
    assert list(instance.integrations) == [B]
