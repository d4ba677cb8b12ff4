"""The admin models tool."""

from __future__ import annotations

from demo_person import ask
from mcp_proxy.demo.integration.admin import AUDIT_MODEL
from mcp_proxy.demo.integration.desk import MASK
from mcp_proxy.demo.integration.seed import fresh_instance

CUSTOMER = "core.Customer"


def test_a_blocked_model_is_neither_described_nor_opened() -> None:
    """systems.md §1.4: GlobalConfig is the named example."""
    described = ask("django_admin", {"action": "describe-models"})["models"]
    assert "core.GlobalConfig" not in [each["model"] for each in described]
    opened = ask("django_admin", {"action": "get-model", "model": "core.GlobalConfig"})
    assert opened["error"] == "blocked_model"


def test_an_encrypted_field_is_masked_even_after_writing() -> None:
    """systems.md §1.4."""
    read = ask("django_admin", {"action": "get-model", "model": "vault.Secret"})
    assert read["instances"][0]["value"] == MASK
    write = {"action": "patch-model", "model": "vault.Secret", "id": 1, "fields": {"value": "new"}}
    assert ask("django_admin", write)["instance"]["value"] == MASK


def test_instances_are_created_changed_and_deleted() -> None:
    """systems.md §1.5."""
    instance = fresh_instance()
    new = {"action": "post-model", "model": CUSTOMER, "fields": {"name": "Second"}}
    new_id = ask("django_admin", new, instance=instance)["instance"]["id"]
    change = {"action": "patch-model", "model": CUSTOMER, "id": new_id, "fields": {"region": "US"}}
    changed = ask("django_admin", change, instance=instance)["instance"]
    assert (changed["name"], changed["region"]) == ("Second", "US")
    delete = {"action": "delete-model", "model": CUSTOMER, "id": new_id}
    assert ask("django_admin", delete, instance=instance)["success"] is True
    assert ask("django_admin", delete, instance=instance)["error"] == "not_found"
    one = {"action": "get-model", "model": CUSTOMER, "id": 1}
    assert len(ask("django_admin", one, instance=instance)["instances"]) == 1


def test_every_operation_on_a_model_leaves_an_audit_entry() -> None:
    """systems.md §1.5."""
    instance = fresh_instance()
    ask("django_admin", {"action": "get-model", "model": CUSTOMER}, instance=instance)
    entries = list(instance.models[AUDIT_MODEL].values())
    assert [(each["account"], each["action"]) for each in entries] == [("staff-full", "get-model")]


def test_an_unknown_model_or_action_is_refused() -> None:
    """Ours."""
    assert ask("django_admin", {"action": "get-model", "model": "x.Y"})["error"] == "not_found"
    assert ask("django_admin", {"action": "drop"})["error"] == "invalid_arguments"


def test_a_query_shows_two_hundred_rows_of_more() -> None:
    """systems.md §1.5: 200 instances per query."""
    answer = ask("django_admin", {"action": "get-model", "model": "core.Event"})
    assert len(answer["instances"]) == 200
    last = ask("django_admin", {"action": "get-model", "model": "core.Event", "id": 250})
    assert last["instances"] == [{"id": 250, "name": "E250"}]
