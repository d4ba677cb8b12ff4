from __future__ import annotations

from typing import Any

import pytest

from mcp_proxy.proxy.eras import capabilities
from mcp_proxy.wire import jsonrpc

EVERYTHING: dict[str, Any] = {
    "roots": {},
    "sampling": {"tools": {}},
    "elicitation": {"form": {}, "url": {}},
}


def question(method: str, **params: Any) -> jsonrpc.Message:
    return jsonrpc.parse(jsonrpc.request("g1", method, params))


def test_a_legacy_gateway_hears_what_crosses() -> None:
    """MCP 2026-07-28, Key Changes 5 and 6. Unknown capabilities and extensions stay."""
    told = EVERYTHING | {
        "roots": {"listChanged": True, "vendor": 1},
        "extensions": {"io.modelcontextprotocol/tasks": {}, "io.modelcontextprotocol/ui": {}},
        "vendor": [1],
    }
    assert capabilities.legacy(told) == EVERYTHING | {
        "roots": {"vendor": 1},
        "extensions": {"io.modelcontextprotocol/ui": {}},
        "vendor": [1],
    }
    assert capabilities.legacy({}) == {}


@pytest.mark.parametrize(
    "asked",
    [
        question("roots/list"),
        question("sampling/createMessage", tools=[]),
        question("elicitation/create"),
        question("elicitation/create", mode="url"),
        jsonrpc.parse(b'{"jsonrpc":"2.0","id":1,"method":"roots/list","params":[]}'),
    ],
)
def test_who_declares_everything_can_be_asked_everything(asked: jsonrpc.Message) -> None:
    """MCP 2026-07-28, Client Features."""
    assert capabilities.missing(asked, EVERYTHING) == {}


@pytest.mark.parametrize(
    ("declared", "asked", "lacks"),
    [
        ({}, question("roots/list"), {"roots": {}}),
        ({"sampling": None}, question("sampling/createMessage"), {"sampling": {}}),
        (
            {"sampling": {}},
            question("sampling/createMessage", toolChoice={}),
            {"sampling": {"tools": {}}},
        ),
        ({}, question("elicitation/create"), {"elicitation": {"form": {}}}),
        (
            {"elicitation": {}},
            question("elicitation/create", mode="url"),
            {"elicitation": {"url": {}}},
        ),
        (
            {"elicitation": {"url": {}}},
            question("elicitation/create"),
            {"elicitation": {"form": {}}},
        ),
    ],
)
def test_what_a_host_does_not_declare_is_lacking(
    declared: dict[str, Any], asked: jsonrpc.Message, lacks: dict[str, Any]
) -> None:
    """MCP 2026-07-28, Overview: servers do not rely on undeclared capabilities."""
    assert capabilities.missing(asked, declared) == lacks


def test_without_a_mode_forms_are_meant() -> None:
    """MCP 2025-11-25, Elicitation: so is an empty capability."""
    assert capabilities.missing(question("elicitation/create"), {"elicitation": {}}) == {}
    assert not capabilities.opens_pages({"elicitation": {}})
    assert capabilities.opens_pages(EVERYTHING)


def test_no_host_is_asked_what_the_specification_does_not_know() -> None:
    """MCP 2026-07-28, Multi Round-Trip Requests: one of three kinds."""
    assert capabilities.missing(question("vendor/ask"), EVERYTHING) is None
