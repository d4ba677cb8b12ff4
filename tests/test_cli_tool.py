"""One tool on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.cli.tool import show_tool
from sheet_world import ENTRIES

if TYPE_CHECKING:
    import pytest


def test_a_tool_is_told_from_its_call_to_who_decides(capsys: pytest.CaptureFixture[str]) -> None:
    """Issue of the developer's tool: types, defaults, enums and nested shapes."""
    show_tool(ENTRIES[0])
    shown = capsys.readouterr().out
    assert "\n".join(" ".join(line.split()) for line in shown.split("\n")) == (
        "\nsearch(query: string, limit?: integer = 10, where?: object)\n"
        "\nSearch <everything>\n"
        "\nFinds pages & files.\nSecond line.\n"
        "\nArgument Type What it is\n"
        "query string What to look for\n"
        "limit? integer at most 50. default 10\n"
        "where? object\n"
        'where.a|b? "x|y" | "`z`"\n'
        "\nResult Type What it is\n"
        "count? integer\n"
        "\nSurfaced by the rule default: No rule speaks against it.\nClass read.\n"
    )


def test_a_hidden_tool_says_why_and_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    """peers.md behaviour 26."""
    show_tool(ENTRIES[1])
    told = capsys.readouterr().out
    assert "Hidden by the rule environment: prod permits read and debug.\n" in told
    assert "Class read or write.\nThe gateway wants permission write.\n" in told


def test_a_tool_of_elsewhere_says_where_it_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    """systems.md §7.4."""
    show_tool(ENTRIES[2])
    told = capsys.readouterr().out
    assert "It comes from notion-a1b2c3.\nDesktop clients see it as notion_find.\n" in told
