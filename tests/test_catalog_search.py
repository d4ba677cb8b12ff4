"""Finding tools by words (issue of the developer's tool; ours)."""

from __future__ import annotations

import json

from mcp_proxy.catalog.search import found
from mcp_proxy.catalog.sheet import Entry
from mcp_proxy.policy.model import Decision, Tool


def entry(name: str, *arguments: str, shown_as: str = "", **members: object) -> Entry:
    schema: dict[str, object] = {"properties": {argument: {} for argument in arguments}}
    raw = json.dumps({"name": name, "inputSchema": schema, **members}).encode()
    return Entry(Tool(name, raw), shown_as or name, Decision(True, "default", "No rule"))


ENTRIES = [
    entry("read_run", description="Reads the history of one run."),
    entry("write_report", description="Nothing of the kind."),
    entry("histories", "limit"),
    entry("find", title="Search the history"),
    entry("export", "history_id", description="For later."),
    entry("prehistory"),
]


def names(*words: str) -> list[str]:
    return [one.tool.name for one in found(ENTRIES, words)]


def test_names_come_before_titles_arguments_and_descriptions() -> None:
    """Best first."""
    assert names("histor") == ["histories", "find", "prehistory", "export", "read_run"]


def test_the_whole_name_comes_first_of_all() -> None:
    """Ours."""
    more = [entry("run_all"), entry("run"), entry("rerun")]
    assert [one.tool.name for one in found(more, ["run"])] == ["run", "run_all", "rerun"]


def test_every_word_must_be_somewhere() -> None:
    """Ours; whatever its case."""
    assert names("HISTORY", "later") == ["export"]
    assert names("history", "unheard") == []


def test_without_words_all_stay_in_their_order() -> None:
    """Ours."""
    assert names() == [one.tool.name for one in ENTRIES]


def test_a_word_that_begins_a_word_counts_more() -> None:
    """Ours."""
    more = [entry("a", description="unread"), entry("b", description="to read")]
    assert [one.tool.name for one in found(more, ["read"])] == ["b", "a"]


def test_names_within_shapes_and_names_for_clients_are_found() -> None:
    """Ours."""
    schema: dict[str, object] = {"properties": {"filter": {"properties": {"colour": {}}}}}
    nested = entry("a", inputSchema=schema)
    alias = entry("remote.tenant.x.y", shown_as="x_y_1")
    assert found([nested, alias], ["colour"]) == [nested]
    assert found([nested, alias], ["x_y"]) == [alias]
    camel = entry("listDiagramTypes")
    assert found([nested, camel], ["diagram"]) == [camel]
