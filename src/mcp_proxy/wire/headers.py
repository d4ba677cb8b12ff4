"""The HTTP headers that repeat what a message says, for gateways of MCP 2026-07-28.

Balancers and gateways in between route by them, so they must say the same as the body.
Pure. Follows MCP 2026-07-28, "Streamable HTTP", Request Metadata.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from mcp_proxy.values import dataclass
from mcp_proxy.wire import jsontext, mcp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mcp_proxy.wire.jsonrpc import Message

Headers = tuple[tuple[str, str], ...]

ANNOTATION: Final = "x-mcp-header"
"""Marks a property of a tool's input schema whose argument is repeated."""

_NAMES: Final = {mcp.TOOLS_CALL: "name", mcp.PROMPTS_GET: "name", mcp.RESOURCES_READ: "uri"}
"""The methods with an `Mcp-Name`, and the parameter that it repeats."""

_PLAIN: Final = re.compile(r"(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?")
_ENCODED: Final = re.compile(r"=\?base64\?.*\?=")
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_TYPES: Final = {"string", "integer", "boolean"}

# Where a schema holds schemas (JSON Schema 2020-12, and what drafts before it had). What
# stands elsewhere, as in `default`, is data.
_ONE: Final = {
    "items", "contains", "additionalItems", "unevaluatedItems", "additionalProperties",
    "propertyNames", "unevaluatedProperties", "not", "if", "then", "else", "contentSchema",
}  # fmt: skip
_LISTED: Final = {"allOf", "anyOf", "oneOf", "prefixItems", "items"}
_NAMED: Final = {
    "patternProperties", "dependentSchemas", "dependencies", "$defs", "definitions",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mirror:
    """An argument that is repeated in `Mcp-Param-<name>`."""

    path: tuple[str, ...]
    """The property names that lead to it."""
    name: str
    kind: str
    """The schema's `type`."""


def request_headers(message: Message, version: str, mirrors: tuple[Mirror, ...] = ()) -> Headers:
    """What the POST of `message` carries; `mirrors` are those of the tool that it calls."""
    headers = [("MCP-Protocol-Version", version), ("Mcp-Method", encoded(message.method or ""))]
    params = message.params if isinstance(message.params, dict) else {}
    name = params.get(_NAMES.get(message.method or "", ""))
    if isinstance(name, str) and (text := _text(name, "string")) is not None:
        headers.append(("Mcp-Name", encoded(text)))
    for mirror in mirrors:
        text = _text(_at(params.get("arguments"), mirror.path), mirror.kind)
        if text is not None:
            headers.append((f"Mcp-Param-{mirror.name}", encoded(text)))
    return tuple(headers)


def encoded(value: str) -> str:
    """`value` as a header may hold it; in base64 where it would not arrive as it was sent."""
    if _PLAIN.fullmatch(value) and not _ENCODED.fullmatch(value):
        return value
    return f"=?base64?{b64encode(value.encode()).decode()}?="


@lru_cache(maxsize=4096)
def tool_mirrors(raw: bytes) -> tuple[Mirror, ...]:
    """The arguments to repeat of a tool, given its entry in the gateway's list.

    Raises:
        ValueError: an annotation is not valid, so that the tool must not be used.
    """
    # Most tools have none, and their schemas need not be read; a name may be escaped.
    if ANNOTATION.encode() not in raw and b"\\u" not in raw:
        return ()
    tool = jsontext.read(raw.decode())
    return mirrors(tool.get("inputSchema") if isinstance(tool, dict) else None)


def tool_flaw(raw: bytes) -> str | None:
    """Why a tool must not be used; None where its annotations are valid, or it has none."""
    try:
        tool_mirrors(raw)
    except ValueError as error:
        return str(error)
    return None


def mirrors(schema: object) -> tuple[Mirror, ...]:
    """The annotated properties of an input schema, in its order.

    Raises:
        ValueError: an annotation is not valid ("Constraints on x-mcp-header values").
    """
    found: dict[str, Mirror] = {}
    for path, part in _parts(schema):
        if ANNOTATION not in part:
            continue
        mirror = _mirror(path, part)
        if found.setdefault(mirror.name.lower(), mirror) is not mirror:
            raise ValueError(f"two of its parameters want the header {mirror.name!r}")
    return tuple(found.values())


def _mirror(path: tuple[str, ...] | None, part: Mapping[str, Any]) -> Mirror:
    name, kind = part[ANNOTATION], part.get("type")
    if not path:
        raise ValueError(f"{ANNOTATION} stands where no parameter can be found by its names")
    where = ".".join(path)
    if not isinstance(name, str) or not _TOKEN.fullmatch(name):
        raise ValueError(f"the {ANNOTATION} of its parameter {where!r} is no name of a header")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise ValueError(f"its parameter {where!r} has {ANNOTATION}, and a type that cannot")
    return Mirror(path, name, kind)


def _parts(schema: object) -> Iterator[tuple[tuple[str, ...] | None, Mapping[str, Any]]]:
    """All schemas within `schema`; the path is None where properties alone do not lead there."""
    rest: list[tuple[tuple[str, ...] | None, object]] = [((), schema)]
    while rest:
        path, part = rest.pop()
        if not isinstance(part, dict):
            continue
        yield path, part
        inner: list[tuple[tuple[str, ...] | None, object]] = []
        for keyword, value in part.items():
            if keyword == "properties" and isinstance(value, dict):
                inner += [(None if path is None else (*path, key), value[key]) for key in value]
            elif keyword in _NAMED and isinstance(value, dict):
                inner += [(None, one) for one in value.values()]
            elif keyword in _LISTED and isinstance(value, list):
                inner += [(None, one) for one in value]
            elif keyword in _ONE:
                inner.append((None, value))
        rest += reversed(inner)


def _at(value: object, path: tuple[str, ...]) -> object:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _text(value: object, kind: str) -> str | None:
    """The text of an argument; None where it has none, so that no header is sent."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, str | int | float):
        return None
    try:
        text = str(value)
        text.encode()
    except ValueError:  # too many digits, or half a surrogate pair
        return None
    return text
