"""What a JSON Schema has against the arguments of a call."""

from __future__ import annotations

from mcp_proxy.demo.complaints import complaints


def test_each_complaint_names_its_place() -> None:
    """JSON Schema 2020-12."""
    schema = {"properties": {"a": {"type": "integer"}}, "required": ["b"]}
    found = complaints({"a": "x"}, schema)
    assert sorted(found) == [": 'b' is a required property", "a: 'x' is not of type 'integer'"]
    assert complaints({"a": 1, "b": 2}, schema) == []
    nested = {"properties": {"a": {"items": {"type": "string"}}}}
    assert complaints({"a": ["x", 1]}, nested) == ["a.1: 1 is not of type 'string'"]
