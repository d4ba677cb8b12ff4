"""What a tool answered becomes words and an exit code."""

from __future__ import annotations

import pytest

from mcp_proxy.cli.result import exit_code_of, hint_of, indented, words_of


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"type": "text", "text": "Ten runs"}, "Ten runs"),
        ({"type": "image", "mimeType": "image/png", "data": "QUJD"}, "[image/png 3 bytes]"),
        ({"type": "audio", "mimeType": "audio/wav", "data": "QUJDQUJD"}, "[audio/wav 6 bytes]"),
        (
            {"type": "resource_link", "name": "log", "uri": "ig://runs/7"},
            "[log ig://runs/7]",
        ),
        ({"type": "resource", "resource": {"uri": "ig://runs/7", "text": "Body"}}, "Body"),
        (
            {"type": "resource", "resource": {"uri": "ig://runs/7", "blob": "QUJD"}},
            "[ig://runs/7 3 bytes]",
        ),
        ({"type": "hologram"}, "[hologram]"),
        ({}, "[something unknown]"),
    ],
)
def test_every_kind_of_content_is_told(block: dict[str, object], words: str) -> None:
    """MCP 2025-11-25, "Tools", content blocks; what comes later is named."""
    assert words_of({"content": [block, "stray"]}) == words


def test_structured_content_speaks_where_nothing_else_does() -> None:
    """MCP 2025-11-25, "Structured Content": text repeats it, usually."""
    assert words_of({"content": [], "structuredContent": {"a": "ä"}}) == '{\n  "a": "ä"\n}'
    both = {"content": [{"type": "text", "text": "1"}], "structuredContent": {"a": 1}}
    assert words_of(both) == "1"
    assert words_of({}) == ""


@pytest.mark.parametrize(
    ("code", "data", "exit_code"),
    [
        (1002, {"source": "mcp-permit"}, 2),
        (1003, {"source": "mcp-permit"}, 3),
        (1004, {"source": "mcp-permit", "code": "PERMISSION_DENIED"}, 4),
        (1005, {"source": "mcp-permit"}, 5),
        (1006, {"source": "mcp-permit"}, 6),
        (-32603, {"source": "mcp-permit"}, 5),
        (-32000, {"code": "PERMISSION_DENIED"}, 4),
        (1003, None, 5),
        (-32602, "text", 5),
    ],
)
def test_an_error_answer_has_the_exit_code_of_its_origin(
    code: int, data: object, exit_code: int
) -> None:
    """Architecture §7: ours by code; what the gateway says is the gateway's."""
    assert exit_code_of({"code": code, "message": "x", "data": data}) == exit_code


def test_a_hint_is_taken_where_there_is_one() -> None:
    """Ours."""
    assert hint_of({"data": {"hint": "mcp-permit login"}}) == "mcp-permit login"
    assert hint_of({"data": {"hint": 5}}) is None
    assert hint_of({"data": "x"}) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"a":["ä"]}', '{\n  "a": [\n    "ä"\n  ]\n}'),
        ("12345678901234567890.10", "12345678901234567890.10"),
        ("Two {words}", "Two {words}"),
        ("[" * 100_000, "[" * 100_000),
    ],
)
def test_json_is_shown_on_lines_of_its_own(text: str, shown: str) -> None:
    """Ours. Anything else stays as it came."""
    assert indented(text) == shown
