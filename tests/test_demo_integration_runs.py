"""The four tools about runs."""

from __future__ import annotations

import json

import pytest

from demo_person import ask
from mcp_proxy.demo.integration.desk import MASK
from mcp_proxy.demo.integration.identities import RUN_HISTORY
from mcp_proxy.demo.integration.seed import MASKED_VALUE, fresh_instance

A, B = 1, 2
PAYLOAD = {"applicant": "A"}


def test_a_run_leaves_a_history_that_can_be_read_and_run_again() -> None:
    """systems.md §1.5: payload or run_history_id; success may include run_history_id."""
    instance = fresh_instance()
    first = ask("execute_integration", {"integration_id": A, "payload": PAYLOAD}, instance=instance)
    again = {"integration_id": A, "run_history_id": first["run_history_id"]}
    second = ask("execute_integration", again, instance=instance)
    read = {"run_history_id": second["run_history_id"]}
    assert len(ask("get_run_history", read, instance=instance)["items"]) == 3


def test_payload_and_run_history_id_exclude_each_other() -> None:
    """systems.md §1.5: mutually exclusive."""
    both = {"integration_id": A, "payload": PAYLOAD, "run_history_id": 101}
    assert ask("execute_integration", both)["error"] == "invalid_arguments"
    assert ask("execute_integration", {"integration_id": A})["error"] == "invalid_arguments"


def test_a_payload_that_does_not_fit_is_answered_with_what_is_wrong() -> None:
    """systems.md §1.5: validation_errors."""
    answer = ask("execute_integration", {"integration_id": A, "payload": {"amount": 0}})
    assert answer["success"] is False
    assert len(answer["validation_errors"]) == 2


def test_an_integration_without_a_tool_asks_for_a_definition_and_takes_it() -> None:
    """systems.md §1.5: requires_tool_definition; a user-defined tool is called by its own name."""
    instance = fresh_instance()
    instance.integrations[A].tool = None
    execute = {"integration_id": A, "payload": {}}
    refused = ask("execute_integration", execute, instance=instance)
    assert (refused["success"], refused["requires_tool_definition"]) == (False, True)
    defined = execute | {"tool_definition": {"name": "fresh_tool"}}
    assert ask("execute_integration", defined, instance=instance)["success"] is True
    assert ask("fresh_tool", {}, instance=instance)["success"] is True


def test_a_name_that_is_taken_cannot_be_defined_again() -> None:
    """Ours: one name, one tool."""
    instance = fresh_instance()
    instance.integrations[B].tool = instance.integrations[A].tool
    instance.integrations[A].tool = None
    taken = {"integration_id": A, "payload": {}, "tool_definition": {"name": "onboard_loan"}}
    assert ask("execute_integration", taken, instance=instance)["error"] == "validation_error"


@pytest.mark.parametrize(
    ("account", "outcomes"),
    [
        ("staff-limited", [RUN_HISTORY, RUN_HISTORY, RUN_HISTORY]),
        ("debug-only", [RUN_HISTORY, RUN_HISTORY, RUN_HISTORY]),
        ("history-only", ["debug", "debug", "no rows"]),
        ("staff-debug", ["shown", "shown", "rows"]),
    ],
)
def test_the_history_has_twelve_outcomes(account: str, outcomes: list[str]) -> None:
    """systems.md §7.2, row "run-history tools": neither, one, the other, both x three tools."""
    one, item, found = (
        ask("get_run_history", {"run_history_id": 101}, account),
        ask("get_run_history_item", {"item_id": 1010}, account),
        ask("search_run_histories", {}, account),
    )
    rows = "rows" if found.get("count") else "no rows"
    told = [
        one.get("permission", "shown"),
        item.get("permission", "shown"),
        found.get("permission", rows),
    ]
    assert told == outcomes


def test_another_organization_sees_no_rows_and_that_is_no_refusal() -> None:
    """systems.md §7.3, row "organizations limit run-history rows, not permissions"."""
    instance = fresh_instance()
    assert ask("search_run_histories", {}, "branch", instance)["count"] == 0
    assert ask("get_run_history", {"run_history_id": 101}, "branch")["error"] == "not_found"
    instance.runs[101].organization = "Branch Office"
    assert ask("search_run_histories", {}, "branch", instance)["count"] == 1
    assert ask("search_run_histories", {}, "staff-full", instance)["count"] == 8


def test_the_history_of_an_integration_needs_debug_on_it() -> None:
    """systems.md §1.4: run 105 is of B, where nobody may debug."""
    assert ask("get_run_history", {"run_history_id": 105})["permission"] == "debug"
    assert ask("get_run_history_item", {"item_id": 1050})["permission"] == "debug"
    records = ask("search_run_histories", {"text": "Applicant 5"})
    assert records["count"] == 0


def test_parts_of_a_run_can_be_left_out() -> None:
    """systems.md §1.5: items, messages, labels each optional, default on."""
    whole = ask("get_run_history", {"run_history_id": 104})
    assert {"items", "messages", "labels"} <= set(whole)
    nothing = {"include_items": False, "include_messages": False, "include_labels": False}
    head = ask("get_run_history", {"run_history_id": 104} | nothing)
    assert set(head) == {"id", "integration", "status", "started_at"}


def test_above_the_limit_the_size_is_answered_instead_of_the_items() -> None:
    """systems.md §1.5: 900 KB; §7.2: nothing is cut off in silence."""
    below = ask("get_run_history", {"run_history_id": 106})
    assert 890_000 < len(json.dumps(below["items"])) < 900_000
    above = ask("get_run_history", {"run_history_id": 107})
    assert "items" not in above
    assert "901" in above["size_error"]
    item = ask("get_run_history_item", {"item_id": 1070})
    assert item["error"] == "size_error"
    found = ask("get_run_history_item", {"item_id": 1070, "search": ".response.status"})
    assert found["matches"] == [{"item_id": 1070, "found": 201}]


def test_items_are_searched_by_expression_or_path_in_one_or_in_a_run() -> None:
    """systems.md §1.5: regex or jq."""
    by_run = ask("get_run_history_item", {"run_history_id": 104, "search": r"Applicant \d"})
    assert by_run["matches"] == [{"item_id": 1040, "found": "Applicant 4"}]
    assert ask("get_run_history_item", {"item_id": 1040, "search": ".no.way"})["count"] == 0
    assert (
        ask("get_run_history_item", {"item_id": 1040, "search": "("})["error"] == "invalid_pattern"
    )
    assert ask("get_run_history_item", {"item_id": 1040})["item"]["name"] == "Open loan"
    assert ask("get_run_history_item", {})["error"] == "invalid_arguments"
    assert ask("get_run_history_item", {"item_id": 7})["error"] == "not_found"
    assert ask("get_run_history", {"run_history_id": 7})["error"] == "not_found"


def test_a_search_answers_the_first_page_newest_first() -> None:
    """systems.md §1.5: count, page size, records, and a search report for text searches."""
    answer = ask("search_run_histories", {})
    assert (answer["count"], answer["page_size"]) == (8, 5)
    times = [each["started_at"] for each in answer["records"]]
    assert times == sorted(times, reverse=True)
    assert "search_report" not in answer
    failed = ask("search_run_histories", {"status": "Failed", "text": "applicant"})
    assert [each["id"] for each in failed["records"]] == [108, 104]
    assert failed["search_report"]["searched_runs"] == 10


def test_dates_are_converted_to_utc() -> None:
    """systems.md §1.5: ISO 8601 dates converted to UTC."""
    since = {"date_from": "2026-10-31T10:00:00+02:00"}
    assert [each["id"] for each in ask("search_run_histories", since)["records"]] == [109]
    until = {"date_to": "2026-10-23T08:00:00"}
    assert [each["id"] for each in ask("search_run_histories", until)["records"]] == [101]
    bad = ask("search_run_histories", {"date_from": "yesterday"})
    assert bad["error"] == "invalid_arguments"


def test_a_masked_value_never_leaves_and_cannot_be_searched_for() -> None:
    """systems.md §1.7."""
    shown = ask("get_run_history", {"run_history_id": 104})
    assert shown["items"][0]["request"]["ssn"] == MASK
    assert ask("search_run_histories", {"text": MASKED_VALUE})["count"] == 0
    assert ask("get_run_history_item", {"item_id": 1040, "search": MASKED_VALUE})["count"] == 0


def test_executing_needs_execute() -> None:
    """systems.md §1.4; by the user-defined tool as well."""
    refused = ask("execute_integration", {"integration_id": A, "payload": PAYLOAD}, "staff-limited")
    assert refused["permission"] == "execute"
    assert ask("onboard_loan", PAYLOAD, "staff-limited")["permission"] == "execute"
    assert ask("onboard_loan", PAYLOAD)["success"] is True


def test_the_runs_of_a_deleted_integration_say_so() -> None:
    """Ours."""
    instance = fresh_instance()
    del instance.integrations[A]
    answer = ask("search_run_histories", {}, instance=instance)
    assert {each["integration"] for each in answer["records"]} == {"deleted"}
