from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from mcp.shared.inbound import (
    decode_header_value,
    find_invalid_x_mcp_header,
    validate_mcp_param_headers,
)

from mcp_proxy.wire.headers import (
    Mirror,
    encoded,
    mirrors,
    request_headers,
    tool_flaw,
    tool_mirrors,
)
from mcp_proxy.wire.jsonrpc import parse, request

VERSION = "2026-07-28"


def headers(method: str, params: dict[str, Any] | None, schema: object = None) -> dict[str, str]:
    message = parse(request(1, method, params))
    return dict(request_headers(message, VERSION, mirrors(schema)))


def test_every_request_tells_its_version_and_method() -> None:
    """MCP 2026-07-28, Streamable HTTP, Request Metadata."""
    assert headers("tools/list", None) == {
        "MCP-Protocol-Version": VERSION,
        "Mcp-Method": "tools/list",
    }


@pytest.mark.parametrize(
    ("method", "params", "name"),
    [
        ("tools/call", {"name": "look"}, "look"),
        ("prompts/get", {"name": "greet"}, "greet"),
        ("resources/read", {"uri": "file:///a b"}, "file:///a b"),
        ("tools/call", {"name": "größe"}, "=?base64?Z3LDtsOfZQ==?="),
        ("tools/call", {"name": 7}, None),
        ("tools/call", {"name": "\ud800"}, None),
        ("completion/complete", {"name": "look"}, None),
    ],
)
def test_what_has_a_name_tells_it(method: str, params: dict[str, Any], name: str | None) -> None:
    """MCP 2026-07-28, Streamable HTTP, Standard Request Headers."""
    assert headers(method, params).get("Mcp-Name") == name


@pytest.mark.parametrize(
    ("value", "header"),
    [
        ("us-west1", "us-west1"),
        ("us west 1", "us west 1"),
        ("", ""),
        ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
        (" padded ", "=?base64?IHBhZGRlZCA=?="),
        ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
        ("\tindented", "=?base64?CWluZGVudGVk?="),
        ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
    ],
)
def test_what_no_header_can_hold_goes_in_base64(value: str, header: str) -> None:
    """MCP 2026-07-28, Streamable HTTP, Value Encoding."""
    assert encoded(value) == header


@given(some.text(some.characters(exclude_categories=["Cs"])))
def test_every_text_arrives_as_it_was(value: str) -> None:
    """The SDK's server reads what we write."""
    header = encoded(value)
    assert header == header.strip()
    assert header.isascii()
    assert decode_header_value(header) == value


SCHEMA = {
    "type": "object",
    "properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
        "count": {"type": "integer", "x-mcp-header": "Count"},
        "deep": {
            "type": "object",
            "properties": {"dry": {"type": "boolean", "x-mcp-header": "Dry"}},
        },
        "query": {"type": "string", "default": {"x-mcp-header": "this is data"}},
    },
}


def test_annotated_arguments_are_repeated_and_no_others() -> None:
    """MCP 2026-07-28, Streamable HTTP, Custom Headers from Tool Parameters."""
    arguments = {"region": "eu", "count": 42.0, "deep": {"dry": False}, "query": "x"}
    sent = headers("tools/call", {"name": "t", "arguments": arguments}, SCHEMA)
    assert {name: sent[name] for name in sent if name.startswith("Mcp-Param")} == {
        "Mcp-Param-Region": "eu",
        "Mcp-Param-Count": "42",
        "Mcp-Param-Dry": "false",
    }


@pytest.mark.parametrize(
    "arguments",
    [
        None,
        [],
        {},
        {"region": None, "deep": "none"},
        {"region": {"not": "a scalar"}},
        {"region": "\ud800", "count": 1e999},
    ],
)
def test_what_has_no_value_has_no_header(arguments: object) -> None:
    """MCP 2026-07-28, Streamable HTTP, Server Behavior for Custom Headers: null and absent."""
    sent = headers("tools/call", {"name": "t"}, SCHEMA)
    found = parse(b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}}')
    assert isinstance(found.params, dict)
    found.params["arguments"] = arguments
    names = {name for name, _ in request_headers(found, VERSION, mirrors(SCHEMA))}
    assert names - set(sent) <= {"Mcp-Param-Count"}
    assert "Mcp-Param-Region" not in names


def test_a_number_without_end_is_not_repeated() -> None:
    """Ours: Python writes no integer of more than some 4300 digits."""
    found = parse(b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}}')
    assert isinstance(found.params, dict)
    found.params["arguments"] = {"count": 10**5000}
    assert "Mcp-Param-Count" not in dict(request_headers(found, VERSION, mirrors(SCHEMA)))


SCALARS = some.none() | some.booleans() | some.integers() | some.text() | some.floats(-1e6, 1e6)


@given(some.fixed_dictionaries({"region": SCALARS, "count": SCALARS}))
def test_the_server_of_the_sdk_takes_what_we_repeat(arguments: dict[str, Any]) -> None:
    """MCP 2026-07-28, Streamable HTTP, Server Validation, as the SDK does it."""
    found = parse(b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}}')
    assert isinstance(found.params, dict)
    found.params["arguments"] = arguments
    sent = dict(request_headers(found, VERSION, mirrors(SCHEMA)))
    assert validate_mcp_param_headers(SCHEMA, arguments, sent) is None


def tool(properties: object, **schema: object) -> bytes:
    whole = {"name": "t", "inputSchema": {"type": "object", "properties": properties} | schema}
    return json.dumps(whole).encode()


TEXT = {"type": "string", "x-mcp-header": "Value"}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (tool({"v": TEXT | {"x-mcp-header": ""}}), "no name of a header"),
        (tool({"v": TEXT | {"x-mcp-header": 7}}), "no name of a header"),
        (tool({"v": TEXT | {"x-mcp-header": "My Value"}}), "no name of a header"),
        (tool({"v": TEXT | {"x-mcp-header": "Value:1"}}), "no name of a header"),
        (tool({"v": TEXT | {"x-mcp-header": "Größe"}}), "no name of a header"),
        (tool({"v": TEXT | {"x-mcp-header": "Value\t1"}}), "no name of a header"),
        (tool({"v": TEXT | {"type": "number"}}), "a type that cannot"),
        (tool({"v": TEXT | {"type": "object"}}), "a type that cannot"),
        (tool({"v": TEXT | {"type": ["string", "null"]}}), "a type that cannot"),
        (tool({"v": {"x-mcp-header": "Value"}}), "a type that cannot"),
        (tool({"v": TEXT, "w": TEXT | {"x-mcp-header": "VALUE"}}), "want the header"),
        (tool({}, **{"x-mcp-header": "Value"}), "no parameter"),
        (tool({"v": {"type": "array", "items": TEXT}}), "no parameter"),
        (tool({"v": {"anyOf": [TEXT, {"type": "null"}]}}), "no parameter"),
        (tool({"v": {"$ref": "#/$defs/v"}}, **{"$defs": {"v": TEXT}}), "no parameter"),
        (tool({"v": {"items": {"properties": {"w": TEXT}}}}), "no parameter"),
        (b'{"name":"\\u0061"', "Expecting"),
        (b'{"x":' * 100_000 + b'"\\u0061"' + b"}" * 100_000, "nested too deeply"),
    ],
)
def test_a_tool_with_an_invalid_annotation_is_told_apart(entry: bytes, words: str) -> None:
    """MCP 2026-07-28, Streamable HTTP, Constraints on x-mcp-header values."""
    assert words in (tool_flaw(entry) or "")


@pytest.mark.parametrize(
    "entry",
    [
        tool({"v": TEXT}),
        tool({"v": {"type": "string"}}),
        tool({"v": {"type": "string", "examples": [{"x-mcp-header": 7}]}}),
        tool({"v": True, "größe": {"type": "string"}}, allOf=7, items=[True]),
        tool(7),
        b'{"name":"\\u0061","n":' + b"9" * 5000 + b"}",
        b'["no tool","\\u0061"]',
    ],
)
def test_a_tool_without_an_invalid_annotation_stays(entry: bytes) -> None:
    """MCP 2026-07-28, Streamable HTTP: one malformed tool does not keep others from use."""
    assert tool_flaw(entry) is None


def test_an_escaped_annotation_is_one() -> None:
    """RFC 8259 §7: the name is the same however it is written."""
    entry = tool({"v": TEXT}).replace(b"x-mcp-header", b"x\\u002dmcp-header")
    assert tool_mirrors(entry) == (Mirror(("v",), "Value", "string"),)


def test_the_order_is_that_of_the_schema() -> None:
    """Ours: headers in a trace stand as the parameters do."""
    assert [mirror.name for mirror in mirrors(SCHEMA)] == ["Region", "Count", "Dry"]


KEYWORDS = some.sampled_from(
    ["properties", "items", "anyOf", "$defs", "not", "default", "x-mcp-header", "type"]
)
SCHEMAS = some.recursive(
    some.sampled_from(["Value", "value", "string", "integer", "number", "", 7, True, None]),
    lambda inner: some.dictionaries(KEYWORDS, inner) | some.lists(inner, max_size=2),
    max_leaves=12,
)


@given(SCHEMAS)
def test_we_and_the_sdk_agree_on_what_is_valid(schema: object) -> None:
    """Two readers of one chapter."""
    try:
        mirrors(schema)
    except ValueError:
        is_valid = False
    else:
        is_valid = True
    assert is_valid == (find_invalid_x_mcp_header(schema) is None)
