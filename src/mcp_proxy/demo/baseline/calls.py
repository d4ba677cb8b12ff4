"""What a call of a tool comes to: first whether it may be, then the deed.

The checks stand in the order of the vendor's evidence (systems.md §4.5): the arguments as such,
the organisation's capabilities, the level, then the resource that the call is about. Each call
is judged anew, whatever the list has shown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mcp_proxy.demo.baseline import documents, navigation, organisation, refusals
from mcp_proxy.demo.baseline.catalogue import BILLING, TOOLS
from mcp_proxy.demo.baseline.grants import includes
from mcp_proxy.demo.complaints import complaints

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp_proxy.demo.baseline.catalogue import Tool
    from mcp_proxy.demo.baseline.desk import Desk
    from mcp_proxy.demo.baseline.estate import Place
    from mcp_proxy.demo.baseline.grants import Credential
    from mcp_proxy.demo.baseline.refusals import Refused
    from mcp_proxy.demo.baseline.switches import BaselineFaults

    Deed = Callable[[Desk, dict[str, Any]], dict[str, Any]]

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MAKERS = re.compile("chatgpt|openai|claude", re.IGNORECASE)
_DEEDS: Mapping[str, Deed] = {**navigation.DEEDS, **documents.DEEDS, **organisation.DEEDS}


def answer(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """What a call of the desk's tool answers.

    Raises:
        Refused: the gateway refuses it.
    """
    tool = desk.tool
    if found := complaints(arguments, tool.entry()["inputSchema"]):
        raise refusals.invalid(found)
    if desk.credential is not None and (refused := lacking(tool, desk.credential)) is not None:
        raise refused
    if tool.place is not None:
        argument, kind = tool.place
        _judge(desk, _place(desk, argument, arguments[argument], kind))
    return _DEEDS.get(tool.name, organisation.plain)(desk, arguments)


def lacking(tool: Tool, credential: Credential) -> Refused | None:
    """Why this credential can never call the tool; None where that depends on the arguments."""
    if tool.flag is not None and tool.flag not in credential.flags:
        return refusals.lacks_flag(tool.flag)
    if not includes(credential.highest, tool.level):
        return refusals.lacks_level(tool.level)
    return None


def _place(desk: Desk, argument: str, place_id: str, kind: str) -> Place:
    if not _UUID.fullmatch(place_id):
        raise refusals.malformed(argument)
    found = desk.estate.places.get(place_id)
    if found is None or found.kind != kind:
        raise refusals.not_found(kind)
    return found


def _judge(desk: Desk, place: Place) -> None:
    """Go on only where the caller may do this with the resource."""
    held = desk.level(place)
    if held == "none":
        raise refusals.outside(place.kind)
    if not includes(held, desk.tool.level):
        raise refusals.lacks_level_here(desk.tool.level, place.kind)


def listed(
    credential: Credential | None, user_agent: str, faults: BaselineFaults
) -> list[dict[str, Any]]:
    """All entries of `tools/list` for this caller (None: without a credential) and its client."""
    is_kept_from = faults.hides_billing and _MAKERS.search(user_agent)
    shown = [tool for tool in TOOLS if not (is_kept_from and tool.name in BILLING)]
    if faults.only_permitted and credential is not None:
        shown = [tool for tool in shown if lacking(tool, credential) is None]
    return [tool.entry() for tool in shown]
