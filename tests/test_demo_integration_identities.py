"""The accounts of the instance."""

from __future__ import annotations

from mcp_proxy.demo.integration.identities import CUSTOM_ADAPTERS, RUN_HISTORY, identities


def test_the_four_accounts_are_the_specified_ones() -> None:
    """systems.md §7.6."""
    accounts = identities()
    assert list(accounts) == ["staff-full", "staff-limited", "staff-debug", "standard"]
    grants = {
        name: {key: sorted(held) for key, held in each.grants.items()}
        for name, each in accounts.items()
    }
    assert grants == {
        "staff-full": {1: ["debug", "execute", "read", "write"], 2: ["read"]},
        "staff-limited": {1: ["read"], 2: ["read", "write"]},
        "staff-debug": {1: ["debug"]},
        "standard": {1: ["read"]},
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
