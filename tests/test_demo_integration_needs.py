"""What each tool needs before its arguments are looked at."""

from __future__ import annotations

import pytest

from mcp_proxy.demo.integration.identities import Identity, identities
from mcp_proxy.demo.integration.needs import ACCOUNT, INTERNAL, SOMEWHERE, can_ever_call, is_for
from mcp_proxy.demo.integration.tools import TOOLS

NOBODY = Identity("nobody", "holds nothing")
NAMES = [entry["name"] for entry, _ in TOOLS]


def test_all_that_is_named_exists() -> None:
    """Ours."""
    assert (ACCOUNT.keys() | SOMEWHERE.keys() | INTERNAL) <= set(NAMES)


@pytest.mark.parametrize("tool", NAMES)
def test_a_need_is_a_need(tool: str) -> None:
    """systems.md §1.4: whoever holds everything can call, whoever holds nothing cannot."""
    accounts = identities()
    assert can_ever_call(accounts["staff-full"], tool, [1, 2])
    needs_something = tool in ACCOUNT or tool in SOMEWHERE
    assert can_ever_call(NOBODY, tool, [1, 2]) == (not needs_something)


def test_some_tools_are_for_the_makers_own_people() -> None:
    """systems.md §1.5, the last row but one."""
    accounts = identities()
    assert is_for(accounts["ncino"], "deployed_integrations")
    assert not is_for(accounts["staff-full"], "deployed_integrations")
    assert is_for(accounts["staff-full"], "list_integrations")
