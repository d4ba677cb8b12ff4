"""What an answer to a probe says of a gateway's era, and when to doubt what is remembered.

Pure. Follows MCP 2026-07-28, "Versioning" and "Streamable HTTP", Backward Compatibility:
a discovery or an error that only the modern era has means modern; anything else means
legacy, for no code of an error can be relied upon.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_proxy.errors import GatewayRefused, RemoteProtocolError
from mcp_proxy.values import dataclass, field
from mcp_proxy.wire import jsontext, mcp, splice

if TYPE_CHECKING:
    from mcp_proxy.errors import PermitError

_SHORT = 1 << 14
"""Bytes; an answer that throws doubt upon an era is an error, and none of those is longer."""
_DOUBTFUL_CODES = {-32600, -32000, -32001}
"""What legacy servers say where they miss a session or do not know a version."""
_DOUBTFUL_STATUSES = {400, 404, 405, 406, 410, 415, 501}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a gateway speaks."""

    era: mcp.Era
    discovery: bytes | None = field(default=None, repr=False)
    """The JSON text of its `server/discover` result; None where it told no more than its era."""


def verdict(body: bytes) -> Verdict:
    """What a gateway speaks that answers `server/discover` so.

    Raises:
        RemoteProtocolError: it speaks revisions that we do not.
    """
    match _members(body):
        case {"result": {"supportedVersions": list(versions)}}:
            return _chosen(versions, splice.member(body, "result"))
        case {"error": {"code": mcp.UNSUPPORTED_VERSION, "data": {"supported": list(versions)}}}:
            return _chosen(versions, None)
        case {"error": {"code": int(code)}} if code in mcp.MODERN_ERRORS:
            return Verdict("modern")
    return Verdict("legacy")


def _chosen(versions: list[object], discovery: bytes | None) -> Verdict:
    if not set(mcp.MODERN_REVISIONS).isdisjoint(_texts(versions)):
        return Verdict("modern", discovery)
    # No revision at all, or one with a handshake: `initialize` will tell.
    if not versions or not set(mcp.LEGACY_REVISIONS).isdisjoint(_texts(versions)):
        return Verdict("legacy")
    raise incompatible(versions)


def incompatible(versions: list[object]) -> RemoteProtocolError:
    """The error where a gateway and we have no revision in common."""
    theirs = ", ".join(_texts(versions)) or "no revision that has a name"
    return RemoteProtocolError(
        f"The gateway speaks MCP {theirs}, and nothing that mcp-permit speaks",
        hint=f"mcp-permit speaks MCP {', '.join(mcp.REVISIONS)}; a newer one may know more",
    )


def doubts_legacy(answer: bytes) -> bool:
    """Whether an answer is one that only a modern gateway gives to a legacy request.

    Some miss the revision in `_meta` before they look at the header.
    """
    code = _code(answer)
    misses_meta = code == mcp.INVALID_PARAMS and mcp.META_PROTOCOL_VERSION.encode() in answer
    return code in mcp.MODERN_ERRORS or misses_meta


def doubts_modern(outcome: bytes | PermitError) -> bool:
    """Whether a legacy gateway would answer a modern request so."""
    if isinstance(outcome, bytes):
        return _code(outcome) in _DOUBTFUL_CODES
    return isinstance(outcome, GatewayRefused) and outcome.status in _DOUBTFUL_STATUSES


def doubts_handshake(refusal: PermitError) -> bool:
    """Whether a gateway that refuses `initialize` so may have come to do without it."""
    return isinstance(refusal, RemoteProtocolError) or doubts_modern(refusal)


def _code(answer: bytes) -> object:
    if len(answer) > _SHORT:
        return None
    match _members(answer):
        case {"error": {"code": int(code)}}:
            return code
    return None


def _members(body: bytes) -> dict[str, Any]:
    try:
        found = jsontext.read(body.decode().strip())
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _texts(versions: list[object]) -> list[str]:
    return [version for version in versions if isinstance(version, str)]
