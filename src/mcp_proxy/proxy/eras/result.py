"""An answer of the legacy era, or of our own, as a modern host reads it.

Pure. Follows MCP 2026-07-28, "Overview" (results, error codes) and "Caching". What has
to be added is added in front; the rest of the answer keeps its bytes.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from mcp_proxy.wire import jsonrpc, mcp, splice

if TYPE_CHECKING:
    from collections.abc import Mapping

INTERNAL_ERROR: Final = -32603
NO_SUCH_RESOURCE: Final = -32002
"""Of 2025-11-25 and before; -32602 since (Key Changes, minor 6)."""
URL_ELICITATION_REQUIRED: Final = -32042
"""Of 2025-11-25 alone."""
_RESERVED: Final = range(-32099, -32019)
"""Codes that only the specification gives a meaning; a legacy gateway's are its own."""

CACHEABLE: Final = frozenset({
    mcp.DISCOVER, mcp.TOOLS_LIST, mcp.PROMPTS_LIST, mcp.RESOURCES_LIST, mcp.TEMPLATES_LIST,
    mcp.RESOURCES_READ,
})  # fmt: skip
"""Requests whose results say how long they may be kept."""

_HINTS: Final = (("ttlMs", b"0"), ("cacheScope", b'"private"'))
_COMPLETE: Final = (mcp.RESULT_TYPE, b'"complete"')
_ADDED: Final = (b'"resultType"', b'"ttlMs"', b'"cacheScope"')
_META: Final = b'"_meta"'
_DISGUISE: Final = b"\\u00"
"""How an ASCII letter of a name can be disguised."""
LONG: Final = 1 << 20
"""Bytes from which an answer is not taken apart for the sake of who says it (ours)."""

_SCALAR = rb'(?:"(?:[^"\\]|\\.)*"|[^\s",:{}\[\]]+)'
_HEAD: Final = re.compile(
    rb'_\{_(?:"(?:jsonrpc|id)"_:_%b_,_)*"result"_:_\{_(\})?'.replace(b"_", rb"[ \t\r\n]*") % _SCALAR
)


def is_result(answer: bytes) -> bool:
    """Whether an answer begins as a result does; some results do not, and no error does."""
    return _HEAD.match(answer) is not None


def complete(answer: bytes, method: str | None, server_info: bytes) -> bytes:
    """An answer whose result says that it is complete, how fresh it is, and who says so.

    Errors come back as they are; so does what says all that itself, in its own words.
    """
    added = (_COMPLETE, *(_HINTS if method in CACHEABLE else ()))
    head, has_meta = _HEAD.match(answer), _META in answer
    is_plain = len(answer) > LONG or not (has_meta or _DISGUISE in answer)
    if head is None or not is_plain or any(name in answer for name in _ADDED):
        return _completed_slowly(answer, added, server_info)
    if not has_meta:
        added += ((mcp.META, splice.object_of([(mcp.META_SERVER_INFO, server_info)])),)
    start = head.start(1) if head[1] else head.end()
    front, rest = splice.object_of(added)[1:-1], memoryview(answer)
    # Not by slices: an answer may have a hundred megabytes, and each would be one more of them.
    return b"".join((rest[:start], front, b"" if head[1] else b",", rest[start:]))


def _completed_slowly(
    answer: bytes, added: tuple[tuple[str, bytes], ...], server_info: bytes
) -> bytes:
    try:
        found = splice.members(splice.member(answer, "result") or b"")
        meta = dict(splice.members(dict(found).get(mcp.META, b"{}")))
    except ValueError:
        # An error; or a result that is no object, or names a member twice.
        return answer
    meta.setdefault(mcp.META_SERVER_INFO, server_info)
    told = dict(added) | dict(found) | {mcp.META: splice.object_of(meta.items())}
    return splice.replace(answer, ("result",), splice.object_of(told.items()))


def error_of(answer: bytes) -> Mapping[str, Any] | None:
    """The error of an error answer; None where it is none, or cannot be read."""
    try:
        error = json.loads(splice.member(answer, "error") or b"null")
    except (ValueError, RecursionError):
        return None
    return error if isinstance(error, dict) else None


def modern_error(answer: bytes, error: Mapping[str, Any]) -> bytes:
    """An error answer without the codes that mean something else in the modern era."""
    code = error.get("code")
    if code == NO_SUCH_RESOURCE:
        other = mcp.INVALID_PARAMS
    elif code == URL_ELICITATION_REQUIRED or (_is_reserved(code) and not _is_lacking(error)):
        other = INTERNAL_ERROR
    else:
        return answer
    return splice.replace(answer, ("error", "code"), str(other).encode())


def _is_reserved(code: object) -> bool:
    return isinstance(code, int) and code in _RESERVED


def _is_lacking(error: Mapping[str, Any]) -> bool:
    """Whether an error means what `lacking` says: a gateway may speak of it in either era."""
    match error:
        case {"code": mcp.MISSING_CAPABILITY, "data": {"requiredCapabilities": dict()}}:
            return True
    return False


def lacking(request_id: jsonrpc.Id, required: Mapping[str, object]) -> bytes:
    """The error answer to a request that needs what its host has not declared.

    `required` is in the form of a host's capabilities.
    """
    text = f"The host does not declare what this needs: {', '.join(required)}"
    data = {"requiredCapabilities": required}
    return jsonrpc.failure(request_id, mcp.MISSING_CAPABILITY, text, data)
