"""A catalog as it is handed on."""

from __future__ import annotations

import json

from mcp_proxy.catalog.sheet import Entry
from mcp_proxy.policy.model import Decision, Tool
from sheet_world import CHANGED, ENTRIES, SHEET


def test_an_entry_tells_what_a_person_wants_to_know() -> None:
    """Ours."""
    search, write, remote = ENTRIES
    assert search.title == "Search <everything>"
    assert search.signature() == "search(query: string, limit?: integer = 10, where?: object)"
    assert [one.name for one in search.results()] == ["count"]
    assert (write.tool_class, write.origin) == ("write", "")
    assert (remote.origin, remote.description) == ("notion-a1b2c3", "")


def test_a_program_gets_the_gateways_entry_and_beside_it_what_is_ours() -> None:
    """docs/cli.md."""
    found = ENTRIES[1].document()
    assert found["name"] == "write_page"
    assert found["permit"] == {
        "surfaced": False,
        "rule": "environment",
        "reason": "prod permits read and debug",
        "classes": ["read", "write"],
        "needs": "permission write",
        "origin": "",
        "shown_as": "write_page",
        "read_only": False,
        "environments": {"dev": True, "prod": False},
    }


def test_what_nobody_has_classed_is_unknown() -> None:
    """systems.md X16."""
    entry = Entry(Tool("x", b"{}"), "x", Decision(True, "default", "No rule"))
    assert entry.tool_class == "unknown"
    assert "environments" not in entry.ours()


def test_the_whole_sheet_is_one_document() -> None:
    """docs/cli.md."""
    found = json.loads(json.dumps(CHANGED.document()))
    assert (found["listed"], found["surfaced"], found["since"]) == (3, 2, 500.0)
    assert found["changes"]["added"] == ["write_page"]
    assert found["changes"]["removed"] == ["gone*one"]
    (changed,) = found["changes"]["changed"]
    assert changed["name"] == "search"
    assert changed["changes"][0]["where"] == "description"
    assert SHEET.document()["changes"] is None
