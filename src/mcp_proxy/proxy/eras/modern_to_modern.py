"""A modern host before a modern gateway: bytes pass, but for the revisions that are common.

Headers follow from the body (`wire.headers`), subscription ids from `changes`; results
that want input are the host's own business. Pure. Follows MCP 2026-07-28, "Versioning"
and "Discovery".
"""

from __future__ import annotations

import json

from mcp_proxy.wire import jsontext, mcp, splice

_TOOLS = ("result", "capabilities", "tools")
_SUPPORTED = ("error", "data", "supported")
_LONGEST_ERROR = 1 << 14
"""Bytes up to which an answer is looked into: none that refuses a revision is longer."""


def discovered(answer: bytes) -> bytes:
    """An answer to `server/discover`, with what the host and the gateway can speak through us.

    Changed tools can be announced, whatever the gateway announces: a sign-in or a policy
    can change what is surfaced.
    """
    try:
        if splice.member(answer, "result") is None:
            return answer
        # What has a handshake we speak ourselves, whatever the gateway does.
        offered = _common(answer, ("result", "supportedVersions"), mcp.LEGACY_REVISIONS)
        if splice.member(offered, *_TOOLS) is None:
            return offered
        return splice.replace(offered, (*_TOOLS, "listChanged"), b"true")
    except ValueError:
        return answer  # what cannot be read is for the host to judge


def refused_version(answer: bytes) -> bytes:
    """An answer; where it refuses a revision, with those that we can speak, too."""
    code = str(mcp.UNSUPPORTED_VERSION).encode()
    if len(answer) > _LONGEST_ERROR or code not in answer:
        return answer
    try:
        return _common(answer, _SUPPORTED) if _is_error(answer, code) else answer
    except ValueError:
        return answer


def _is_error(answer: bytes, code: bytes) -> bool:
    return splice.member(answer, "error") is not None and (
        splice.member(answer, "error", "code") == code
    )


def _common(answer: bytes, path: tuple[str, ...], ours: tuple[str, ...] = ()) -> bytes:
    raw = splice.member(answer, *path)
    theirs = None if raw is None else jsontext.read(raw.decode())
    if not isinstance(theirs, list):
        return answer
    both = [version for version in mcp.REVISIONS if version in theirs or version in ours]
    return splice.replace(answer, path, json.dumps(both).encode())
