"""The two custom-adapter tools."""

from __future__ import annotations

from typing import Any

from demo_person import ask
from mcp_proxy.demo.integration.desk import MASK
from mcp_proxy.demo.integration.seed import ENCRYPTED_VALUE, fresh_instance


def code(action: str, instance: Any = None, **arguments: Any) -> dict[str, Any]:
    return ask("custom_adapter_code", {"action": action, **arguments}, instance=instance)


def config(action: str, instance: Any = None, **arguments: Any) -> dict[str, Any]:
    return ask("custom_adapter_config", {"action": action, **arguments}, instance=instance)


def test_they_need_an_account_permission() -> None:
    """systems.md §1.4: can_use_custom_adapters."""
    for tool in ("custom_adapter_code", "custom_adapter_config"):
        refused = ask(tool, {"action": "list"}, "staff-limited")
        assert refused["permission"] == "can_use_custom_adapters"


def test_code_is_shown_only_when_asked_for() -> None:
    """systems.md §1.5: include_code."""
    assert "code" not in code("get", id=31)["adapter"]
    assert "code" in code("get", id=31, include_code=True)["adapter"]


def test_adapters_are_listed_judged_created_changed_and_deleted_with_their_configurations() -> None:
    """systems.md §1.5."""
    instance = fresh_instance()
    assert code("list")["adapters"] == [{"id": 31, "name": "CoreBank"}]
    assert code("deletion_impact", id=31)["deletes_configs"] == ["CoreBank DEV"]
    assert code("schema_change_impact", id=31)["fields"] == ["api_key", "host"]
    new_id = code("create", instance, fields={"name": "Mail"})["id"]
    assert code("update", instance, id=new_id, fields={"code": "x"})["version"] == 2
    assert code("delete", instance, id=31)["success"] is True
    assert (list(instance.adapters), instance.adapter_configs) == ([new_id], {})
    assert code("get", instance, id=31)["error"] == "not_found"


def test_an_encrypted_field_can_be_set_and_never_read_back() -> None:
    """systems.md §1.5: masked; omitted on update, the stored value stays."""
    instance = fresh_instance()
    assert config("get", id=41)["config"]["api_key"] == MASK
    assert config("list")["configs"][0]["api_key"] == MASK
    update = {"id": 41, "fields": {"host": "other.example"}}
    assert config("update", instance, **update)["config"]["api_key"] == MASK
    assert instance.adapter_configs[41]["api_key"] == ENCRYPTED_VALUE


def test_a_configuration_is_validated_when_told_and_remembers() -> None:
    """systems.md §1.5: validation_result reads, validate runs the checks."""
    instance = fresh_instance()
    assert config("validation_result", instance, id=41)["validation"] == "never run"
    assert config("validate", instance, id=41)["validation"] == "passed"
    assert config("validation_result", instance, id=41)["validation"] == "passed"
    config("update", instance, id=41, fields={"host": ""})
    assert config("validate", instance, id=41)["validation"] == "host is missing"


def test_configurations_are_created_for_an_adapter_and_deleted() -> None:
    """systems.md §1.5."""
    instance = fresh_instance()
    assert config("create", fields={})["error"] == "validation_error"
    new_id = config("create", instance, fields={"adapter_id": 31})["id"]
    assert config("delete", instance, id=new_id)["deleted"] == new_id
