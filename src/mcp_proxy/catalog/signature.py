"""A tool's arguments, as a person reads them.

Pure. A JSON Schema (draft 2020-12, which MCP 2025-11-25 names as its default) says more
than fits a line; told is what somebody needs who wants to call the tool: names, types,
choices, defaults, limits, and the shapes within.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from mcp_proxy.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mcp_proxy.policy.model import Tool

DEEPEST = 8
"""Shapes within shapes that are followed: a schema may refer to itself."""
MOST_CHOICES = 12
"""Values of an `enum` that are written out."""

_BOUNDS: Final = (
    ("minimum", "at least {}"),
    ("exclusiveMinimum", "more than {}"),
    ("maximum", "at most {}"),
    ("exclusiveMaximum", "less than {}"),
    ("multipleOf", "a multiple of {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {} items"),
    ("maxItems", "at most {} items"),
    ("pattern", "matches {}"),
    ("format", "{}"),
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a tool, or one member of a shape within it."""

    name: str
    type: str
    """In the way of TypeScript: `string`, `integer[]`, `"open" | "closed"`, `object`."""
    is_required: bool
    default: str | None = None
    """As JSON text."""
    limits: str = ""
    """`at least 1, at most 100`; empty where there are none."""
    description: str = ""
    members: tuple[Parameter, ...] = ()
    """Of an object, or of the objects in an array."""

    def __str__(self) -> str:
        """As it stands in a signature: `labels?: string[] = []`."""
        mark = "" if self.is_required else "?"
        default = "" if self.default is None else f" = {self.default}"
        return f"{self.name}{mark}: {self.type}{default}"


def parameters(schema: object) -> tuple[Parameter, ...]:
    """What a schema of an object takes, those that it requires first.

    Empty where it is no such schema; nothing is raised, as schemas are a gateway's words.
    """
    return _members(_object(schema), _object(schema), DEEPEST)


def input_of(tool: Tool) -> tuple[Parameter, ...]:
    """The arguments of a listed tool."""
    return parameters(tool.facts().get("inputSchema"))


def output_of(tool: Tool) -> tuple[Parameter, ...]:
    """The members of its structured result, where it declares one."""
    return parameters(tool.facts().get("outputSchema"))


def signature(name: str, arguments: Iterable[Parameter]) -> str:
    """A tool as one would write its call: `create(title: string, state?: "on" | "off")`."""
    return f"{name}({', '.join(map(str, arguments))})"


def _members(
    schema: Mapping[str, object], whole: Mapping[str, object], depth: int
) -> tuple[Parameter, ...]:
    parts = [schema, *(_resolved(part, whole) for part in _list(schema.get("allOf")))]
    required = {name for part in parts for name in _list(part.get("required"))}
    found = {
        name: _parameter(name, entry, whole, depth, is_required=name in required)
        for part in parts
        for name, entry in _object(part.get("properties")).items()
    }
    return tuple(sorted(found.values(), key=lambda one: not one.is_required))


def _parameter(
    name: str, entry: object, whole: Mapping[str, object], depth: int, *, is_required: bool
) -> Parameter:
    schema = _resolved(entry, whole)
    inner = _shape(schema, whole)
    told = _object(entry).get("description", schema.get("description"))
    return Parameter(
        name,
        _type(entry, whole, depth),
        is_required,
        _json(schema["default"]) if "default" in schema else None,
        _limits(schema),
        told if isinstance(told, str) else "",
        _members(inner, whole, depth - 1) if depth else (),
    )


def _shape(schema: Mapping[str, object], whole: Mapping[str, object]) -> Mapping[str, object]:
    """The schema of the object that `schema` describes, in arrays and choices too."""
    candidates = [schema, *_list(schema.get("anyOf")), *_list(schema.get("oneOf"))]
    for candidate in candidates:
        found = _resolved(candidate, whole)
        items = _resolved(found.get("items"), whole)
        for shape in (found, items):
            if "properties" in shape or "allOf" in shape:
                return shape
    return {}


def _type(entry: object, whole: Mapping[str, object], depth: int) -> str:
    if isinstance(entry, bool):
        return "any" if entry else "never"
    schema = _resolved(entry, whole)
    if (written := _choices(schema)) is not None:
        return written
    options = _list(schema.get("anyOf")) or _list(schema.get("oneOf"))
    named = schema.get("type")
    if not depth:
        return "any"
    if options:
        return _union(_type(option, whole, depth - 1) for option in options)
    names = named if isinstance(named, list) else [named]
    return _union(_plain({**schema, "type": one}, whole, depth) for one in names)


def _choices(schema: Mapping[str, object]) -> str | None:
    """The values that are the only ones; None where there are no such."""
    if "const" in schema:
        return _json(schema["const"])
    choices = _list(schema.get("enum"))
    more = [] if len(choices) <= MOST_CHOICES else ["…"]
    return " | ".join([*map(_json, choices[:MOST_CHOICES]), *more]) or None


def _plain(schema: Mapping[str, object], whole: Mapping[str, object], depth: int) -> str:
    """The type of a schema that names at most one."""
    named = schema.get("type")
    if named == "array" or (named is None and "items" in schema):
        item = _type(schema.get("items", True), whole, depth - 1)
        return f"({item})[]" if " | " in item else f"{item}[]"
    if named == "object" and "properties" not in schema:
        values = schema.get("additionalProperties")
        if isinstance(values, dict) and values:
            return f"{{[name]: {_type(values, whole, depth - 1)}}}"
    if named is None and ("properties" in schema or "allOf" in schema):
        return "object"
    return named if isinstance(named, str) else "any"


def _union(types: Iterable[str]) -> str:
    return " | ".join(dict.fromkeys(types))


def _limits(schema: Mapping[str, object]) -> str:
    items = schema.get("items")
    own = [words.format(_bare(schema[key])) for key, words in _BOUNDS if key in schema]
    if isinstance(items, dict) and "format" in items:
        own.append(f"each {_bare(items['format'])}")
    return ", ".join(own)


def _resolved(entry: object, whole: Mapping[str, object]) -> Mapping[str, object]:
    """The schema behind a chain of references into the same document (`#/$defs/…`)."""
    schema, met = _object(entry), set[str]()
    while isinstance(target := schema.get("$ref"), str) and target not in met:
        met.add(target)
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**_at(target, whole), **beside}
    return schema


def _at(reference: str, whole: Mapping[str, object]) -> Mapping[str, object]:
    """What a JSON Pointer finds in `whole` (RFC 6901); nothing for another document."""
    if not reference.startswith("#"):
        return {}
    found: object = whole
    for token in reference.removeprefix("#").split("/")[1:]:
        found = _object(found).get(token.replace("~1", "/").replace("~0", "~"))
    return _object(found)


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _bare(value: object) -> str:
    return value if isinstance(value, str) else _json(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
