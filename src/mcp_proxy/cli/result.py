"""What came of a request, as an exit code and a hint.

Pure. Follows docs/cli.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_proxy.errors import AuthError, ConfigError, GatewayError, NotPermitted, StoreError
from mcp_proxy.proxy.refused.aside import META

if TYPE_CHECKING:
    from collections.abc import Mapping

TOOL_ERROR = 7
"""Exit code of a result with `isError`: the tool ran and says that it failed."""

EXIT_CODES = {
    kind.rpc_code: kind.exit_code
    for kind in (ConfigError, AuthError, NotPermitted, GatewayError, StoreError)
}
"""Exit codes of our own JSON-RPC errors."""


def exit_code_of(error: Mapping[str, Any]) -> int:
    """The exit code for a JSON-RPC error: our own by its code, the gateway's is a gateway's."""
    data = error.get("data")
    facts = data if isinstance(data, dict) else {}
    if facts.get("code") == "PERMISSION_DENIED" or _is_denied(facts.get(META)):
        return NotPermitted.exit_code
    if facts.get("source") == "mcp-permit":
        return EXIT_CODES.get(error["code"], GatewayError.exit_code)
    return GatewayError.exit_code


def exit_code_of_failure(result: Mapping[str, Any]) -> int:
    """The exit code for a result with `isError`: the gateway refused it, or the tool failed."""
    meta = result.get("_meta")
    told = meta.get(META) if isinstance(meta, dict) else None
    return NotPermitted.exit_code if _is_denied(told) else TOOL_ERROR


def _is_denied(told: object) -> bool:
    """Whether a refusal that the relay recognised is one of permission (`policy.remark`)."""
    if not isinstance(told, dict):
        return False
    return told.get("about") in {"tool", "identity"} or told.get("permission") is not None


def hint_of(error: Mapping[str, Any]) -> str | None:
    """What to do next, where an error of ours says so."""
    data = error.get("data")
    hint = data.get("hint") if isinstance(data, dict) else None
    return hint if isinstance(hint, str) else None
