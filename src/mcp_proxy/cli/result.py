"""What a tool answered, as words for a person and as an exit code.

Pure. Follows MCP 2025-11-25 "Tools" (`CallToolResult`, content blocks) and
docs/cli.md for the exit codes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mcp_proxy.errors import AuthError, ConfigError, GatewayError, NotPermitted, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TOOL_ERROR = 7
"""Exit code of a result with `isError`: the tool ran and says that it failed."""

EXIT_CODES = {
    kind.rpc_code: kind.exit_code
    for kind in (ConfigError, AuthError, NotPermitted, GatewayError, StoreError)
}
"""Exit codes of our own JSON-RPC errors."""


def words_of(result: Mapping[str, Any]) -> str:
    """The content blocks one after the other; structured content where there are none."""
    content = result.get("content")
    blocks = content if isinstance(content, list) else []
    told = "\n".join(_words(block) for block in blocks if isinstance(block, dict))
    if not told and "structuredContent" in result:
        return json.dumps(result["structuredContent"], ensure_ascii=False, indent=2)
    return told


def indented(text: str) -> str:
    """`text` as a person reads it: JSON, which many tools answer with, on lines of its own."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    is_nested = isinstance(found, (dict, list))
    return json.dumps(found, ensure_ascii=False, indent=2) if is_nested else text


def exit_code_of(error: Mapping[str, Any]) -> int:
    """The exit code for a JSON-RPC error: our own by its code, the gateway's is a gateway's."""
    data = error.get("data")
    facts = data if isinstance(data, dict) else {}
    if facts.get("code") == "PERMISSION_DENIED":
        return NotPermitted.exit_code
    if facts.get("source") == "mcp-permit":
        return EXIT_CODES.get(error["code"], GatewayError.exit_code)
    return GatewayError.exit_code


def hint_of(error: Mapping[str, Any]) -> str | None:
    """What to do next, where an error of ours says so."""
    data = error.get("data")
    hint = data.get("hint") if isinstance(data, dict) else None
    return hint if isinstance(hint, str) else None


def _words(block: Mapping[str, Any]) -> str:
    """One content block in words; what is not text is named."""
    resource = block.get("resource")
    inner = resource if isinstance(resource, dict) else block
    if isinstance(text := inner.get("text"), str):
        return text
    name = " ".join(_named(inner))
    return f"[{name or block.get('type', 'something unknown')}]"


def _named(block: Mapping[str, Any]) -> Iterator[str]:
    for key in ("name", "uri", "mimeType"):
        if isinstance(value := block.get(key), str):
            yield value
    for key in ("data", "blob"):
        if isinstance(value := block.get(key), str):
            # Base64: four characters for three bytes (RFC 4648 §4).
            yield f"{len(value) * 3 // 4} bytes"
