"""What a host may read beside tools."""

from __future__ import annotations

import json

import pytest

from baseline_desk import held_by
from mcp_proxy.demo.baseline import reading
from mcp_proxy.demo.baseline.estate import CARDS, LEDGER, PAYMENTS, fresh_estate

TREE = f"sb://projects/{LEDGER}/hierarchy"


def test_eight_prompts_and_six_resources() -> None:
    """systems.md §4.1, beyond tools."""
    assert len({each["name"] for each in reading.prompts()}) == 8
    uris = {each["uri"] for each in reading.resources()}
    assert len(uris) == 6
    assert {"sb://cdmd-guide", "sb://diagram-types", "sb://server-info", TREE} <= uris
    assert reading.templates()[0]["uriTemplate"] == "sb://projects/{id}/hierarchy"


def test_a_prompt_is_about_its_topic() -> None:
    """MCP 2025-03-26, Prompts."""
    found = reading.prompt("draft_document", {"topic": "settlement"})
    assert found["messages"][0]["content"]["text"].endswith(": settlement")
    with pytest.raises(reading.NotThere):
        reading.prompt("unknown", {})


def test_every_resource_can_be_read() -> None:
    """MCP 2025-03-26, Resources."""
    estate, who = fresh_estate(), held_by("read")
    for each in reading.resources():
        (found,) = reading.resource(each["uri"], estate, who)["contents"]
        assert found["uri"] == each["uri"]
        assert json.loads(found["text"])
    tree = json.loads(reading.resource(TREE, estate, who)["contents"][0]["text"])
    assert tree == {"project": "Ledger", "contains": ["Design", "Draft"]}


def test_what_a_credential_does_not_reach_is_not_found() -> None:
    """systems.md §4.5: no leak."""
    estate = fresh_estate()
    denied = held_by({PAYMENTS: "read", LEDGER: "none"}, mode="levels")
    for uri, who in (
        (TREE, denied),
        (TREE, None),
        ("sb://projects/unknown/hierarchy", denied),
        ("sb://nothing", denied),
    ):
        with pytest.raises(reading.NotThere, match="not found"):
            reading.resource(uri, estate, who)
    assert reading.resource(f"sb://projects/{CARDS}/hierarchy", estate, denied)
