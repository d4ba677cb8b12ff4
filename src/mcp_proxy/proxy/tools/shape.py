"""What an answer becomes before the client sees it.

Pure. Only tool lists are rebuilt, by cutting in the JSON text: what is not cut
keeps its bytes, its number spelling and its unknown fields.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mcp_proxy.policy.model import Tool
from mcp_proxy.wire import jsonrpc, mcp, splice

if TYPE_CHECKING:
    from mcp_proxy.proxy.tools.view import View

SNAPSHOT_META = "mcp-permit/snapshot"
"""The key of `_meta` under which a result tells from when it is."""
SIGN_IN_TOOL = "sign_in"
"""The one tool of a list that waits for a sign-in and has no snapshot (ours)."""


def listed_tools(answer: bytes) -> tuple[Tool, ...] | None:
    """The tools of a `tools/list` answer; None where it is an error, or no tool list."""
    try:
        array = splice.member(answer, "result", "tools")
        return None if array is None else tuple(map(_tool, splice.elements(array)))
    except ValueError:
        return None


def complaint(answer: bytes) -> str | None:
    """The words of an error answer; None where it is none."""
    try:
        error = json.loads(splice.member(answer, "error") or b"null")
    except ValueError:
        # Two of a name: readers differ over which one counts.
        return None
    if error is None:
        return None
    told = error.get("message") if isinstance(error, dict) else None
    return told if isinstance(told, str) else "it does not say why"


def next_cursor(answer: bytes) -> str | None:
    """Where the next page of a list begins, or None after the last."""
    try:
        raw = splice.member(answer, "result", "nextCursor")
    except ValueError:
        # A result that is no object has no next page either.
        return None
    cursor = None if raw is None else json.loads(raw)
    return cursor if isinstance(cursor, str) else None


def _tool(raw: bytes) -> Tool:
    name = json.loads(splice.member(raw, "name") or b"null")
    if not isinstance(name, str):
        message = "a tool without a name"
        raise ValueError(message)  # noqa: TRY004 - no tool list, like malformed JSON
    return Tool(name, raw)


def with_surfaced(answer: bytes, tools: tuple[Tool, ...], view: View) -> bytes:
    """A `tools/list` answer with the permitted ones of `tools`, under legal names."""
    return splice.replace(answer, ("result", "tools"), surfaced_array(tools, view))


def surfaced_array(tools: tuple[Tool, ...], view: View) -> bytes:
    """The JSON array of the permitted ones of `tools`."""
    permitted = (tool for tool in tools if view.judge(tool.name, tool).allowed)
    return b"[" + b",".join(_entry(tool, view.shown_name(tool.name)) for tool in permitted) + b"]"


def _entry(tool: Tool, shown: str) -> bytes:
    if shown == tool.name:
        return tool.raw
    told = tool.facts().get("description")
    text = f"{told}\n\n" if isinstance(told, str) and told else ""
    description = json.dumps(f"{text}(The gateway calls this tool {tool.name}.)")
    renamed = splice.replace(tool.raw, ("name",), json.dumps(shown).encode())
    return splice.replace(renamed, ("description",), description.encode())


def list_result(array: bytes) -> bytes:
    """A complete `tools/list` result around an array of tools."""
    return b'{"tools":' + array + b"}"


def remembered(result: bytes, taken_at: float, gateway: str) -> bytes:
    """A result that says that it comes from a snapshot, not from the gateway (ours)."""
    mark = json.dumps({"takenAt": taken_at, "gateway": gateway}).encode()
    meta = splice.member(result, mcp.META)
    if meta is None or not meta.startswith(b"{"):
        meta = b"{}"
    marked = splice.replace(meta, (SNAPSHOT_META,), mark)
    return splice.replace(result, (mcp.META,), marked)


def sign_in_list() -> bytes:
    """A `tools/list` result that holds only the helper tool."""
    tool = {
        "name": SIGN_IN_TOOL,
        "title": "Sign in",
        "description": (
            "The tools of this gateway appear after a person has signed in. "
            "Call this tool to get the address of the sign-in page."
        ),
        "inputSchema": {"type": "object", "properties": {}, "additionalProperties": False},
        "annotations": {"readOnlyHint": True},
    }
    return list_result(json.dumps([tool]).encode())


def tool_text(request_id: jsonrpc.Id, text: str, *, is_error: bool = False) -> bytes:
    """A tool result of one text."""
    content = [{"type": "text", "text": text}]
    return jsonrpc.result(request_id, {"content": content, "isError": is_error})
