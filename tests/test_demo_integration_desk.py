"""One call's view of the world."""

from __future__ import annotations

import asyncio

import pytest

from mcp_proxy.demo.integration.desk import Denied, Desk
from mcp_proxy.demo.integration.identities import RUN_HISTORY, identities
from mcp_proxy.demo.integration.seed import fresh_instance
from mcp_proxy.demo.switches import Counters


def desk(account: str = "staff-full") -> Desk:
    return Desk(fresh_instance(), identities()[account], Counters(), "tool")


def test_a_refusal_names_who_what_and_where() -> None:
    """systems.md X17: which permission, which identity."""
    with pytest.raises(Denied) as caught:
        desk("staff-limited").integration(1, "write")
    assert caught.value.answer == {
        "success": False,
        "error": "permission_denied",
        "message": "staff-limited lacks the permission 'write' on Loan Onboarding",
        "permission": "write",
        "integration": "Loan Onboarding",
    }


def test_an_account_permission_is_named_as_the_instance_has_it() -> None:
    """systems.md §1.4."""
    desk().account(RUN_HISTORY)
    with pytest.raises(Denied, match=RUN_HISTORY):
        desk("staff-limited").account(RUN_HISTORY)


def test_only_numbers_are_ids() -> None:
    """Ours."""
    with pytest.raises(Denied):
        desk().integration("1", "read")


def test_without_a_host_that_can_ask_a_deletion_goes_on() -> None:
    """systems.md §1.5: the confirmation is the assistant's duty then."""
    alone = desk()
    asyncio.run(alone.confirmed("everything"))
    alone.effect()
    assert alone.counters.effects == {"tool": 1}
