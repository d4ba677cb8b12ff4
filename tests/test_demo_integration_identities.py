"""The accounts of the instance."""

from __future__ import annotations

from mcp_proxy.demo.integration.identities import (
    CUSTOM_ADAPTERS,
    RUN_HISTORY,
    Group,
    groups,
    identities,
    service_account,
)


def test_the_accounts_are_the_specified_ones() -> None:
    """systems.md §7.6, and what the rows of §7.2 and §7.3 need besides."""
    accounts = identities()
    assert list(accounts)[:4] == ["staff-full", "staff-limited", "staff-debug", "standard"]
    assert list(accounts)[4:] == ["history-only", "debug-only", "branch", "ncino"]
    grants = {
        name: {key: sorted(held) for key, held in each.grants.items()}
        for name, each in accounts.items()
    }
    assert grants == {
        "staff-full": {1: ["debug", "execute", "read", "write"], 2: ["read"]},
        "staff-limited": {1: ["read"], 2: ["read", "write"]},
        "staff-debug": {1: ["debug"]},
        "standard": {1: ["read"]},
        "history-only": {1: ["read"]},
        "debug-only": {1: ["debug"]},
        "branch": {1: ["debug"]},
        "ncino": {1: ["read"]},
    }
    assert [name for name, each in accounts.items() if not each.is_staff] == ["standard"]


def test_account_permissions_stand_beside_the_grants() -> None:
    """systems.md §1.4."""
    accounts = identities()
    assert accounts["staff-full"].account_permissions == {RUN_HISTORY, CUSTOM_ADAPTERS}
    assert accounts["staff-debug"].account_permissions == {RUN_HISTORY}
    assert accounts["staff-limited"].account_permissions == frozenset()


def test_accounts_of_two_worlds_are_not_shared() -> None:
    """Ours: grants change."""
    identities()["staff-full"].grants[2].add("write")
    assert not identities()["staff-full"].may("write", 2)
    assert not identities()["staff-full"].may("read", 9)


def test_the_service_account_executes_and_nothing_else() -> None:
    """systems.md §2.5, §7.6."""
    account = service_account()
    assert (account.name, account.is_staff) == ("svc-loader", False)
    assert account.grants == {1: {"execute"}}
    assert account.account_permissions == frozenset()


def test_a_group_only_adds_and_takes_along_what_it_added() -> None:
    """systems.md §2.2: group permissions."""
    limited = identities()["staff-debug"]
    limited.groups["builders"] = groups()["builders"]
    limited.groups["historians"] = Group("historians", frozenset({CUSTOM_ADAPTERS}))
    assert limited.may("write", 2)
    assert limited.may("debug", 1)
    assert limited.has(CUSTOM_ADAPTERS)
    assert limited.has(RUN_HISTORY)
    limited.groups.clear()
    assert not limited.may("write", 2)
    assert limited.may("debug", 1)
    assert not limited.has(CUSTOM_ADAPTERS)


def test_an_organization_limits_what_is_seen() -> None:
    """systems.md §2.2: organizations; who is in none sees all."""
    accounts = identities()
    assert accounts["staff-full"].sees("Head Office")
    assert not accounts["branch"].sees("Head Office")
    assert accounts["branch"].sees("Branch Office")
