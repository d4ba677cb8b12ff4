"""What a host can be asked, and what of it a legacy gateway is told.

Pure. Follows MCP 2026-07-28, "Client Features", and 2025-11-25 on the gateway's side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_proxy.wire import mcp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.wire.jsonrpc import Message


def legacy(declared: Mapping[str, Any]) -> dict[str, Any]:
    """A modern host's capabilities as an `initialize` declares them.

    Unknown ones stay. Changed roots are not announced any more, and the tasks of one era
    are another protocol than those of the other (Key Changes 5 and 6).
    """
    told = dict(declared)
    if isinstance(roots := told.get("roots"), dict):
        told["roots"] = {name: roots[name] for name in roots if name != "listChanged"}
    if isinstance(extensions := told.get("extensions"), dict):
        told["extensions"] = {name: extensions[name] for name in extensions if name != mcp.TASKS}
    return told


def missing(question: Message, declared: Mapping[str, Any]) -> dict[str, Any] | None:
    """The capabilities that a host lacks to be asked this; None: no host can be asked it.

    In the form of capabilities, and empty where the host declares them all.
    """
    params: Mapping[str, Any] = question.params if isinstance(question.params, dict) else {}
    match question.method:
        case mcp.ROOTS_LIST:
            return _lacking(declared, "roots")
        case mcp.SAMPLING:
            uses_tools = "tools" in params or "toolChoice" in params
            return _lacking(declared, "sampling", "tools" if uses_tools else None)
        case mcp.ELICITATION:
            mode = params.get("mode", "form")
            # An empty `elicitation` means forms only.
            is_plain = mode == "form" and declared.get("elicitation") == {}
            return _lacking(declared, "elicitation", None if is_plain else str(mode))
    return None


def opens_pages(declared: Mapping[str, Any]) -> bool:
    """Whether a host puts addresses before a person (`elicitation.url`)."""
    return _lacking(declared, "elicitation", "url") == {}


def _lacking(declared: Mapping[str, Any], name: str, part: str | None = None) -> dict[str, Any]:
    found = declared.get(name)
    if isinstance(found, dict) and (part is None or isinstance(found.get(part), dict)):
        return {}
    return {name: {} if part is None else {part: {}}}
