"""The built-in tools."""

from __future__ import annotations

import pytest

from mcp_proxy.demo.scaimcp.catalogue import CATALOGUE, NEED, schema
from mcp_proxy.demo.scaimcp.permissions import CORE
from mcp_proxy.demo.scaimcp.tenant import MODULES

DOCUMENTED = """
inference_chat inference_embed inference_image_generate inference_transcribe inference_synthesize
models_list models_get models_create models_update models_delete
sessions_create sessions_list sessions_send_message rooms_create rooms_list rooms_send_message
accounting_list_usage accounting_usage_summary accounting_list_budgets users_list api_keys_create
role_mappings_list webhooks_create webhooks_test modules_enable partners_list tenants_create
backends_health routing_policies_create audit_list bunker_create bunker_exec bunker_terminate
matrix_search matrix_ingest_document me_get modules_list skills_list skills_search skills_view
"""


def test_there_are_about_eighty_and_all_documented_names_are_among_them() -> None:
    """SC-OVER, SC-NAME, SC-ADV."""
    assert len(CATALOGUE) == 80
    assert set(DOCUMENTED.split()) <= set(CATALOGUE)


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("me_get", ""),
        ("modules_list", ""),
        ("inference_chat", "models:use"),
        ("models_list", "models:list"),
        ("bunker_exec", "scaibunker:execute"),
    ],
)
def test_established_pairs_are_as_documented(name: str, needed: str) -> None:
    """systems.md §3.5."""
    tool = CATALOGUE[name]
    assert tool.required_permission == needed
    assert tool.is_established
    assert tool.entry()["_meta"] == {NEED: "documented"}


def test_every_other_pair_says_that_it_is_a_guess() -> None:
    """systems.md C12."""
    guesses = [tool for tool in CATALOGUE.values() if not tool.is_established]
    assert len(guesses) == 75
    assert all(tool.entry()["_meta"] == {NEED: "guessed"} for tool in guesses)


def test_what_is_needed_exists_and_modules_have_tools_of_their_own() -> None:
    """SC-PERM: a core permission, or else a module's key."""
    for tool in CATALOGUE.values():
        module = tool.required_permission.partition(":")[0]
        assert not tool.required_permission or tool.required_permission in CORE or module in MODULES
        assert (tool.module_id is None) == (module not in MODULES)


def test_an_entry_has_no_annotations_and_a_row_says_what_is_needed() -> None:
    """SC-API: the rows of the admin list."""
    tool = CATALOGUE["bunker_exec"]
    assert set(tool.entry()) == {"name", "description", "inputSchema", "_meta"}
    assert tool.row() == {
        "name": "bunker_exec",
        "description": tool.description,
        "input_schema": tool.input_schema,
        "required_permission": "scaibunker:execute",
        "module_id": "scaibunker",
    }


def test_parameters_are_written_short() -> None:
    """Ours."""
    assert schema("id! limit:integer") == {
        "type": "object",
        "properties": {"id": {"type": "string"}, "limit": {"type": "integer"}},
        "required": ["id"],
    }
