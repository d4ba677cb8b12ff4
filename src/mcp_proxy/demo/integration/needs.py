"""What each tool needs before its arguments are looked at. Pure data and one question.

After systems.md §1.4: an account permission, or one of the four permissions on some integration.
Creating an integration needs nothing: its creator gets all four.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.demo.integration.identities import CUSTOM_ADAPTERS, RUN_HISTORY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mcp_proxy.demo.integration.identities import Identity, Permission

ACCOUNT: Mapping[str, str] = {
    "get_run_history": RUN_HISTORY,
    "get_run_history_item": RUN_HISTORY,
    "search_run_histories": RUN_HISTORY,
    "custom_adapter_code": CUSTOM_ADAPTERS,
    "custom_adapter_config": CUSTOM_ADAPTERS,
}
SOMEWHERE: Mapping[str, Permission] = {
    "read_integration": "read",
    "search_integration": "read",
    "query_buildhelper": "read",
    "delete_integration_component": "write",
    "execute_integration": "execute",
}
INTERNAL = frozenset({"deployed_integrations", "system_documentation"})
"""For the maker's own people; others are never shown them (IG-MCP, older page)."""


def can_ever_call(identity: Identity, tool: str, integrations: Iterable[int]) -> bool:
    """Whether some call of a documented tool may be permitted to this account."""
    account, somewhere = ACCOUNT.get(tool), SOMEWHERE.get(tool)
    if account is not None and not identity.has(account):
        return False
    return somewhere is None or any(identity.may(somewhere, each) for each in integrations)


def is_for(identity: Identity, tool: str) -> bool:
    """Whether a tool exists at all as far as this account knows."""
    return identity.is_internal or tool not in INTERNAL
