"""A tool's arguments as a person reads them (peers.md behaviour 34; JSON Schema 2020-12)."""

from __future__ import annotations

import json

from mcp_proxy.catalog.signature import (
    DEEPEST,
    MOST_CHOICES,
    Parameter,
    input_of,
    output_of,
    parameters,
    signature,
)
from mcp_proxy.policy.model import Tool


def one(entry: object, **whole: object) -> Parameter:
    """The only argument of a schema."""
    (found,) = parameters({"type": "object", "properties": {"it": entry}, **whole})
    return found


def types(*entries: object) -> list[str]:
    return [one(entry).type for entry in entries]


def test_plain_types_are_named_as_the_schema_names_them() -> None:
    """Ours."""
    found = types({"type": "string"}, {"type": "integer"}, {"type": ["string", "null"]}, {}, True)
    assert found == ["string", "integer", "string | null", "any", "any"]
    assert types(False, {"type": 7}) == ["never", "any"]


def test_choices_and_constants_are_written_out() -> None:
    """Ours."""
    assert types({"enum": ["open", 1, None]}, {"const": "x"}) == ['"open" | 1 | null', '"x"']


def test_very_many_choices_are_cut() -> None:
    """Ours."""
    (text,) = types({"enum": list(range(MOST_CHOICES + 1))})
    assert text.endswith(f"{MOST_CHOICES - 1} | …")


def test_arrays_say_what_they_hold() -> None:
    """Ours."""
    either = {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "string"}]}
    found = types(
        {"type": "array", "items": {"type": "string"}},
        {"items": either},
        {"type": "array"},
        {"oneOf": [{"type": "boolean"}, {"type": "null"}]},
    )
    assert found == ["string[]", "(string | integer)[]", "any[]", "boolean | null"]


def test_maps_say_what_their_values_are() -> None:
    """Ours."""
    values = {"type": "object", "additionalProperties": {"type": "number"}}
    free = {"type": "object", "additionalProperties": True}
    assert types(values, free, {"properties": {}}) == ["{[name]: number}", "object", "object"]


def test_shapes_within_are_followed_in_arrays_choices_and_parts() -> None:
    """Ours."""
    shape = {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]}
    inner = (Parameter("x", "number", is_required=True),)
    for entry in (shape, {"type": "array", "items": shape}, {"anyOf": [{"type": "null"}, shape]}):
        assert one(entry).members == inner
    assert one({"allOf": [shape]}).members == inner
    assert one({"allOf": [shape]}).type == "object"


def test_references_are_followed_and_what_stands_beside_them_counts() -> None:
    """JSON Schema 2020-12 §8.2.3.1; RFC 6901."""
    whole = {"$defs": {"a/b": {"type": "string", "description": "below"}}}
    found = one({"$ref": "#/$defs/a~1b", "description": "beside"}, **whole)
    assert (found.type, found.description) == ("string", "beside")
    assert one({"$ref": "#/$defs/a~1b"}, **whole).description == "below"
    assert one({"$ref": "https://elsewhere.example/s"}).type == "any"
    assert one({"$ref": "#/$defs/none"}).type == "any"


def test_a_schema_that_refers_to_itself_ends_somewhere() -> None:
    """Ours."""
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}
    depth, found = 0, one({"$ref": "#/$defs/node"}, **{"$defs": {"node": node}})
    while found.members:
        depth, (found,) = depth + 1, found.members
    assert depth == DEEPEST
    loop = {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}
    assert one({"$ref": "#/$defs/a"}, **loop).type == "any"
    assert one({"type": "array", "items": {"$ref": "#/properties/it"}}).type.startswith("any[]")


def test_limits_are_told_in_words() -> None:
    """Ours."""
    entry = {"type": "integer", "minimum": 1, "maximum": 100, "default": 10}
    assert (one(entry).limits, one(entry).default) == ("at least 1, at most 100", "10")
    dates = {"type": "array", "items": {"type": "string", "format": "date"}, "maxItems": 2}
    assert one(dates).limits == "at most 2 items, each date"


def test_a_signature_reads_like_a_call_with_what_is_required_first() -> None:
    """Ours."""
    schema = {
        "properties": {"labels": {"items": {"type": "string"}, "default": []}, "title": True},
        "required": ["title"],
    }
    entry = {"name": "create", "inputSchema": schema, "outputSchema": {"properties": {"id": {}}}}
    tool = Tool("create", json.dumps(entry).encode())
    told = signature(tool.name, input_of(tool))
    assert told == "create(title: any, labels?: string[] = [])"
    assert [member.name for member in output_of(tool)] == ["id"]


def test_what_is_no_schema_has_no_arguments() -> None:
    """A gateway may list anything."""
    odds: list[object] = [None, [], "x", {"properties": 7, "required": "x"}]
    for odd in odds:
        assert parameters(odd) == ()
    assert one({"type": "string", "description": 7}).description == ""
