"""`initialize`: what the gateway's answer must hold, and an answer in its place.

Pure. Follows MCP 2025-11-25, "Lifecycle".
"""

from __future__ import annotations

import json

from mcp_proxy.errors import RemoteProtocolError
from mcp_proxy.version import VERSION
from mcp_proxy.wire import jsontext, mcp, splice

_TOOLS = ("result", "capabilities", "tools")


def agreed_version(answer: bytes) -> str:
    """The protocol revision that an answer to `initialize` settles.

    Raises:
        RemoteProtocolError: the gateway refused, or its answer cannot be used.
    """
    members = jsontext.read(answer.decode().strip())
    if "error" in members:
        told = members["error"].get("message", "") if isinstance(members["error"], dict) else ""
        raise RemoteProtocolError(f"The gateway refused to initialize: {told}")
    match members["result"]:
        case {"protocolVersion": str(version), "capabilities": dict(capabilities)}:
            if isinstance(capabilities.get("tools", {}), dict):
                return version
    raise RemoteProtocolError("The gateway answered initialize with something that is not MCP")


def with_list_changed(answer: bytes) -> bytes:
    """An answer to `initialize` that lets us announce changed tools.

    A sign-in, a policy or a snapshot can change what is surfaced although the
    gateway itself never announces anything.
    """
    if splice.member(answer, *_TOOLS) is None:
        return answer
    return splice.replace(answer, (*_TOOLS, "listChanged"), b"true")


def own_result(requested_version: str) -> bytes:
    """An `initialize` result where the gateway has never been heard (ours).

    Every kind of list is declared: what the gateway lacks, it will refuse itself.
    """
    changing = {"listChanged": True}
    return json.dumps(
        {
            "protocolVersion": _version(requested_version),
            "capabilities": {"tools": changing, "prompts": changing, "resources": changing},
            "serverInfo": {"name": "mcp-permit", "version": VERSION},
        }
    ).encode()


def remembered_result(requested_version: str, result: bytes) -> bytes:
    """The gateway's last `initialize` result, with a revision that the client speaks."""
    version = json.dumps(_version(requested_version)).encode()
    answer = splice.replace(b'{"result":' + result + b"}", ("result", "protocolVersion"), version)
    return splice.member(with_list_changed(answer), "result") or result


def _version(requested: str) -> str:
    return requested if requested in mcp.LEGACY_REVISIONS else mcp.LATEST_LEGACY
