"""What a gateway answered, part by part: words, tables, and files.

Pure. Follows MCP 2025-11-25: content blocks of "Tools" and "Prompts", contents of
"Resources". What comes later than that is named, never dropped.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any

from mcp_proxy.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_COLUMNS = 8
"""Columns that a table may have; with more, JSON is read more easily."""


@dataclass(frozen=True, slots=True)
class Words:
    """Something to read."""

    text: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """An image, a sound or another file that came within the answer."""

    media_type: str
    """`application/octet-stream` where the gateway names none."""
    data: bytes = field(repr=False)
    name: str = ""
    """The name or the address that came with it."""


Part = Words | Attachment


def parts_of(result: Mapping[str, Any]) -> list[Part]:
    """The parts of a tool's result, of a prompt or of a resource, in their order.

    Structured content speaks only where nothing else does: text repeats it, usually.
    """
    found = [part for block in _blocks(result) if (part := _part(block)) is not None]
    if not found and "structuredContent" in result:
        return [Words(json.dumps(result["structuredContent"], ensure_ascii=False))]
    return found


def table_of(text: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]] | None:
    """Headings and rows, where a text is JSON of many like things; None where it is not.

    A list of flat objects is a table, and so is an object whose only list is one: what
    stands beside it is said by `beside`.
    """
    rows = _rows(_read(text))
    if not rows:
        return None
    headings = tuple(dict.fromkeys(key for row in rows for key in row))
    if len(headings) > MOST_COLUMNS:
        return None
    return headings, [tuple(_cell(row.get(key, "")) for key in headings) for row in rows]


def beside(text: str) -> list[tuple[str, str]]:
    """The plain members that stand beside the one list of `table_of`."""
    value = _read(text)
    members = value.items() if isinstance(value, dict) else ()
    return [(key, _cell(one)) for key, one in members if _is_plain(one)]


def indented(text: str) -> str:
    """`text` as a person reads it: JSON, which many tools answer with, on lines of its own."""
    found = _read(text)
    is_nested = isinstance(found, (dict, list))
    return json.dumps(found, ensure_ascii=False, indent=2) if is_nested else text


def _blocks(result: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The blocks of `content`, of `contents`, and of the `messages` of a prompt."""
    messages = _objects(result.get("messages"))
    for message in messages:
        content = message.get("content")
        role = message.get("role")
        if isinstance(role, str) and len(messages) > 1:
            yield {"text": f"{role}:"}
        yield from _objects(content if isinstance(content, list) else [content])
    yield from _objects(result.get("content"))
    yield from _objects(result.get("contents"))


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _part(block: Mapping[str, Any]) -> Part | None:
    resource = block.get("resource")
    inner = resource if isinstance(resource, dict) else block
    if isinstance(text := inner.get("text"), str):
        return Words(text) if text else None
    names = [value for key in ("name", "uri") if isinstance(value := inner.get(key), str)]
    media_type = inner.get("mimeType")
    for key in ("data", "blob"):
        if (data := _decoded(inner.get(key))) is not None:
            kind = media_type if isinstance(media_type, str) else "application/octet-stream"
            return Attachment(kind, data, names[0] if names else "")
    told = " ".join([*names, *([media_type] if isinstance(media_type, str) else [])])
    return Words(f"[{told or block.get('type', 'something unknown')}]")


def _decoded(value: object) -> bytes | None:
    """The bytes of a base64 text (RFC 4648 §4); None where it is none."""
    if not isinstance(value, str):
        return None
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None


def _read(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _rows(value: object) -> Sequence[Mapping[str, Any]]:
    if isinstance(value, dict):
        lists = [one for one in value.values() if not _is_plain(one)]
        value = lists[0] if len(lists) == 1 else None
    if not isinstance(value, list) or not value:
        return []
    is_flat = all(
        isinstance(row, dict) and row and all(map(_is_plain, row.values())) for row in value
    )
    return value if is_flat else []


def _is_plain(value: object) -> bool:
    return not isinstance(value, (dict, list))


def _cell(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
