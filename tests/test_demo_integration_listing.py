"""The tool list of one account."""

from __future__ import annotations

from jsonschema import Draft202012Validator

from mcp_proxy.demo.integration.identities import groups, identities
from mcp_proxy.demo.integration.listing import listed
from mcp_proxy.demo.integration.needs import INTERNAL
from mcp_proxy.demo.integration.seed import fresh_instance


def names(account: str, *, only_permitted: bool = False, member_of: str | None = None) -> set[str]:
    identity = identities()[account]
    if member_of is not None:
        identity.groups[member_of] = groups()[member_of]
    entries = listed(fresh_instance(), identity, only_permitted=only_permitted)
    return {entry["name"] for entry in entries}


def test_the_tools_of_the_users_stand_behind_the_documented_ones() -> None:
    """systems.md §1.5: one tool per integration, own name, description and schema."""
    entries = listed(fresh_instance(), identities()["staff-full"])
    assert len(entries) == 16
    assert entries[-1]["name"] == "onboard_loan"
    assert entries[-1]["inputSchema"]["required"] == ["applicant"]
    Draft202012Validator.check_schema(entries[-1]["inputSchema"])


def test_the_makers_own_people_see_two_tools_more() -> None:
    """systems.md §7.2, row "nCino-internal tools do not appear for others"."""
    assert names("ncino") - names("staff-full") == INTERNAL
    assert names("staff-full") <= names("ncino")


def test_a_list_may_leave_out_what_an_account_can_never_call() -> None:
    """systems.md §6, C7: silent; the other possibility."""
    limited = names("staff-limited", only_permitted=True)
    assert names("staff-limited") - limited == {
        "execute_integration",
        "onboard_loan",
        "get_run_history",
        "get_run_history_item",
        "search_run_histories",
        "custom_adapter_code",
        "custom_adapter_config",
    }
    assert names("staff-full", only_permitted=True) == names("staff-full")


def test_a_group_brings_a_tool_and_takes_it_along() -> None:
    """systems.md §7.3, row "group permissions are additive"."""
    before = names("staff-debug", only_permitted=True)
    during = names("staff-debug", only_permitted=True, member_of="builders")
    assert during - before == {"delete_integration_component"}
    assert before <= during
