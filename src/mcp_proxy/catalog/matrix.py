"""Who may do what with which resource, as a gateway last told it.

Pure. A matrix explains; it is never asked whether something is permitted (systems.md §7.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mcp_proxy.values import dataclass, field
from mcp_proxy.wire import jsontext
from mcp_proxy.wire.pointer import value_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mcp_proxy.policy.enquiry import MatrixTool

MOST_ROWS: Final = 2000
"""Resources that are kept; what comes after them is only counted."""


@dataclass(frozen=True, slots=True)
class Row:
    """One resource."""

    id: str
    """As arguments carry it, in text."""
    name: str
    rights: Mapping[str, bool]
    """What the identity may do with it, by the gateway's own names, in its order."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """All resources that an identity is told of."""

    on: str
    """Their kind: `integration`."""
    tool: str
    """Which tool has told it."""
    taken_at: float
    """Epoch seconds."""
    rows: tuple[Row, ...] = field(repr=False)

    @property
    def rights(self) -> tuple[str, ...]:
        """All rights that any row names, in the order of their first appearance."""
        return tuple(dict.fromkeys(right for row in self.rows for right in row.rights))

    def row(self, resource_id: object) -> Row | None:
        """The resource that an argument names; ids may be numbers."""
        wanted = _id(resource_id)
        return next((row for row in self.rows if row.id == wanted), None)


def matrix(answer: bytes, shape: MatrixTool, now: float) -> Matrix | None:
    """The matrix in a JSON-RPC answer of the tool; None where it holds none."""
    try:
        result = jsontext.read(answer.decode().strip()).get("result")
    except ValueError:
        return None
    if not isinstance(result, dict) or result.get("isError") is True:
        return None
    for document in _documents(result):
        rows = value_at(document, shape.rows)
        if isinstance(rows, list):
            found = filter(None, (_row(each, shape) for each in rows[:MOST_ROWS]))
            return Matrix(shape.on, shape.tool, now, tuple(found))
    return None


def _documents(result: Mapping[str, object]) -> Iterator[object]:
    yield result.get("structuredContent")
    content = result.get("content")
    for block in content if isinstance(content, list) else ():
        text = block.get("text") if isinstance(block, dict) else None
        if isinstance(text, str):
            try:
                yield jsontext.read(text.strip())
            except ValueError:
                continue


def _row(each: object, shape: MatrixTool) -> Row | None:
    resource_id, rights = _id(value_at(each, shape.id)), value_at(each, shape.rights)
    if resource_id is None or not isinstance(rights, dict):
        return None
    name = value_at(each, shape.name)
    held = {right: held for right, held in rights.items() if isinstance(held, bool)}
    return Row(resource_id, name if isinstance(name, str) else resource_id, held)


def _id(value: object) -> str | None:
    is_id = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value) if is_id else None


def holding(row: Row) -> str:
    """What is held on a resource, and what is not: `read on A, no write or debug`."""
    held = [right for right, is_held in row.rights.items() if is_held]
    lacking = [right for right, is_held in row.rights.items() if not is_held]
    told = f"{_listed(held, 'and') or 'nothing'} on {row.name}"
    return f"{told}, no {_listed(lacking, 'or')}" if lacking and held else told


def _listed(words: list[str], joint: str) -> str:
    *first, last = words or [""]
    return f"{', '.join(first)} {joint} {last}" if first else last
