"""The tool list itself, and that nothing secret comes out of any reading tool."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from demo_person import ask
from mcp_proxy.demo.integration.desk import Denied, Desk
from mcp_proxy.demo.integration.identities import identities
from mcp_proxy.demo.integration.seed import ENCRYPTED_VALUE, MASKED_VALUE, fresh_instance
from mcp_proxy.demo.integration.tools import TOOLS, call
from mcp_proxy.demo.switches import Counters

READ_ONLY = {
    "list_integrations",
    "read_integration",
    "search_integration",
    "get_run_history",
    "get_run_history_item",
    "search_run_histories",
    "query_buildhelper",
    "ig_platform_documentation",
    "deployed_integrations",
    "system_documentation",
}
OTHERS = {
    "write_integration",
    "delete_integration_component",
    "execute_integration",
    "frontend_operations",
    "django_admin",
    "custom_adapter_code",
    "custom_adapter_config",
}


def test_the_names_and_annotations_are_the_documented_ones() -> None:
    """systems.md §1.5: the column "documented as read-only"."""
    vouched = {entry["name"]: entry["annotations"]["readOnlyHint"] for entry, _ in TOOLS}
    assert vouched == dict.fromkeys(READ_ONLY, True) | dict.fromkeys(OTHERS, False)


def test_every_schema_is_one_and_is_kept() -> None:
    """JSON Schema 2020-12."""
    for entry, _ in TOOLS:
        Draft202012Validator.check_schema(entry["inputSchema"])
    refused = ask("read_integration", {"integration_id": "one", "extra": True})
    assert refused["error"] == "invalid_arguments"


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("search_integration", {"integration_id": 1, "pattern": "."}),
        ("get_run_history", {"run_history_id": 101}),
        ("get_run_history_item", {"run_history_id": 101, "search": ".*"}),
        ("search_run_histories", {"text": "applicant"}),
        ("django_admin", {"action": "get-model", "model": "vault.Secret"}),
        ("custom_adapter_config", {"action": "list"}),
    ],
)
def test_no_secret_text_leaves_the_instance(tool: str, arguments: dict[str, object]) -> None:
    """systems.md §1.4: encrypted and masked values."""
    shown = json.dumps(ask(tool, arguments))
    assert ENCRYPTED_VALUE not in shown
    assert MASKED_VALUE not in shown


def test_a_deletion_that_is_not_confirmed_does_not_happen() -> None:
    """systems.md §1.5: explicit confirmation, in each tool that deletes."""
    import asyncio

    async def refuse(_question: str) -> bool | None:
        return False

    def answer(tool: str, arguments: dict[str, object]) -> str:
        counters = Counters()
        desk = Desk(fresh_instance(), identities()["staff-full"], counters, tool, confirm=refuse)
        with pytest.raises(Denied) as caught:
            asyncio.run(call(desk, tool, arguments))
        assert not counters.effects
        return str(caught.value.answer["error"])

    deletions: list[tuple[str, dict[str, object]]] = [
        ("delete_integration_component", {"integration_id": 1}),
        ("django_admin", {"action": "delete-model", "model": "core.Customer", "id": 1}),
        (
            "frontend_operations",
            {"action": "delete-file", "frontend": "loan-desk", "path": "app.js"},
        ),
        ("custom_adapter_code", {"action": "delete", "id": 31}),
        ("custom_adapter_config", {"action": "delete", "id": 41}),
    ]
    assert {answer(*each) for each in deletions} == {"not_confirmed"}


def test_an_unknown_tool_is_nobodys() -> None:
    """MCP 2025-06-18, Tools: the gateway makes a JSON-RPC error of it."""
    import asyncio

    desk = Desk(fresh_instance(), identities()["staff-full"], Counters(), "nothing")
    assert asyncio.run(call(desk, "nothing", {})) is None
