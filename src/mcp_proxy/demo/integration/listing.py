"""The tool list of one account: the documented tools, then those of the instance's users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_proxy.demo.integration.needs import can_ever_call, is_for
from mcp_proxy.demo.integration.tools import TOOLS

if TYPE_CHECKING:
    from mcp_proxy.demo.integration.identities import Identity
    from mcp_proxy.demo.integration.instance import Instance, UserTool


def listed(
    instance: Instance, identity: Identity, *, only_permitted: bool = False
) -> list[dict[str, Any]]:
    """All entries of `tools/list`.

    Args:
        instance: whose users.
        identity: the maker's own people are shown two tools more.
        only_permitted: leave out what the account can never call.
    """
    documented = [
        entry
        for entry, _ in TOOLS
        if is_for(identity, entry["name"])
        and (not only_permitted or can_ever_call(identity, entry["name"], instance.integrations))
    ]
    own = [
        _entry(each.tool)
        for each in instance.user_tools().values()
        if each.tool and (not only_permitted or identity.may("execute", each.id))
    ]
    return documented + own


def _entry(tool: UserTool) -> dict[str, Any]:
    return {
        "name": tool.name,
        "description": tool.description,
        "inputSchema": tool.input_schema,
        "annotations": {"readOnlyHint": False, "destructiveHint": False},
    }
