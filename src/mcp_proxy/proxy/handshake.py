"""`initialize`: what the gateway's answer must hold, and an answer in its place.

Pure. Follows MCP 2025-11-25, "Lifecycle", and for `server/discover`, which tells the
same without a handshake, MCP 2026-07-28, "Discovery".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mcp_proxy.errors import RemoteProtocolError
from mcp_proxy.proxy.tools import shape
from mcp_proxy.version import VERSION
from mcp_proxy.wire import jsontext, mcp, splice

if TYPE_CHECKING:
    from mcp_proxy.catalog.model import Head

OWN_INFO = {"name": "mcp-permit", "version": VERSION}
"""Who answers where no gateway has."""
_OWN_INFO_TEXT = json.dumps(OWN_INFO).encode()

_TOOLS = ("result", "capabilities", "tools")
_CHANGING = {"listChanged": True}
_OWN_CAPABILITIES = {"tools": _CHANGING, "prompts": _CHANGING, "resources": _CHANGING}


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
    return json.dumps(
        {
            "protocolVersion": _version(requested_version),
            "capabilities": _OWN_CAPABILITIES,
            "serverInfo": OWN_INFO,
        }
    ).encode()


def remembered_result(
    requested_version: str, head: Head, *, may_guess: bool = False
) -> bytes | None:
    """The gateway's last `initialize` result, marked as remembered.

    With the revision that it settled on when it was last asked for this one; where it
    never was, the client's own is the best guess. None without one, or where what is
    remembered is no such result.
    """
    settled = head.revisions.get(requested_version)
    if settled is None and not may_guess:
        return None
    version = json.dumps(settled or _version(requested_version)).encode()
    try:
        if splice.member(head.initialize, "capabilities") is None:
            return None
        result = splice.replace(head.initialize, ("protocolVersion",), version)
        result = shape.remembered(result, head.taken_at, head.gateway)
        return splice.member(with_list_changed(b'{"result":' + result + b"}"), "result")
    except ValueError:
        return None


def requested_version(params: object) -> str:
    """The revision that the params of an `initialize` ask for."""
    version = params.get("protocolVersion") if isinstance(params, dict) else None
    return version if isinstance(version, str) else mcp.LATEST_LEGACY


def untold_capabilities(told: bytes, result: bytes) -> list[str]:
    """What the gateway offers by `result`, and a client that heard `told` does not know of."""
    before, now = (
        json.loads(splice.member(one, "capabilities") or b"{}") for one in (told, result)
    )
    return sorted(now.keys() - before.keys())


def discover_result(initialize_result: bytes) -> bytes:
    """A `server/discover` result that tells what an `initialize` result told.

    What it says beyond the specification stays; only the tasks of 2025-11-25 cannot cross.
    It is at once stale and nobody else's: a snapshot may be all that it is made of.
    """
    told = dict(splice.members(initialize_result))
    # One that was itself made of a discovery still says so.
    is_modern = mcp.RESULT_TYPE in told
    info = told.pop("serverInfo", _OWN_INFO_TEXT)
    capabilities = told.pop("capabilities", json.dumps(_OWN_CAPABILITIES).encode())
    meta = _members(told.pop(mcp.META, b"{}")) | {mcp.META_SERVER_INFO: info}
    told.pop("protocolVersion", None)
    return splice.object_of({
        mcp.RESULT_TYPE: b'"complete"',
        "supportedVersions": json.dumps(mcp.REVISIONS).encode(),
        "capabilities": _modern_capabilities(capabilities, is_modern=is_modern),
        **told,
        "ttlMs": b"0",
        "cacheScope": b'"private"',
        mcp.META: splice.object_of(meta.items()),
    }.items())  # fmt: skip


def remembered_discovery(head: Head) -> bytes | None:
    """A `server/discover` result out of the gateway's last `initialize` result, marked so.

    None where what is remembered is no such result.
    """
    try:
        if splice.member(head.initialize, "capabilities") is None:
            return None
        return shape.remembered(discover_result(head.initialize), head.taken_at, head.gateway)
    except ValueError:
        return None


def server_info(initialize_result: bytes | None) -> bytes:
    """Who answers: the gateway by its `initialize` result, or we."""
    return splice.member(initialize_result or b"{}", "serverInfo") or _OWN_INFO_TEXT


def _modern_capabilities(capabilities: bytes, *, is_modern: bool) -> bytes:
    found = _members(capabilities)
    if found.get("tools", b"").startswith(b"{"):
        found["tools"] = splice.replace(found["tools"], ("listChanged",), b"true")
    if is_modern:
        return splice.object_of(found.items())
    found.pop("tasks", None)
    if "extensions" in found:
        extensions = _members(found["extensions"])
        extensions.pop(mcp.TASKS, None)
        found["extensions"] = splice.object_of(extensions.items())
    return splice.object_of(found.items())


def _members(raw: bytes) -> dict[str, bytes]:
    """The members of an object; none where it is no object."""
    return dict(splice.members(raw)) if raw.startswith(b"{") else {}


def _version(requested: str) -> str:
    return requested if requested in mcp.LEGACY_REVISIONS else mcp.LATEST_LEGACY
