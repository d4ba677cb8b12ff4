"""The tools that look around."""

from __future__ import annotations

from baseline_desk import Office, held_by
from mcp_proxy.demo.baseline.estate import CARDS, DESIGN, LEDGER, ORGANISATION, PAYMENTS

NARROW = held_by({PAYMENTS: "write", CARDS: "none"}, "can_lifecycle", mode="levels")


def test_a_credential_is_told_what_it_may_do() -> None:
    """systems.md §7.5, row "resource scope + operations": a gateway that tells them."""
    told = Office().ask(NARROW, "getCurrentUser")
    assert told["role"] == "owner"
    assert told["mode"] == "levels"
    assert [(each["name"], each["level"]) for each in told["scope"]] == [
        ("Payments", "write"),
        ("Cards", "none"),
    ]
    assert told["capabilities"] == ["can_lifecycle"]


def test_what_a_credential_does_not_reach_is_not_there() -> None:
    """systems.md §4.5: no leak."""
    office = Office()
    assert [each["name"] for each in office.ask(NARROW, "listWorkspaces")["workspaces"]] == [
        "Payments"
    ]
    assert [
        each["name"]
        for each in office.ask(NARROW, "listProjects", workspaceId=PAYMENTS)["projects"]
    ] == ["Ledger"]
    tree = office.ask(NARROW, "getProjectHierarchy", workspaceId=PAYMENTS)["hierarchy"]
    assert [each["name"] for each in tree["contains"]] == ["Ledger", "Principles"]
    assert office.ask(NARROW, "kg_search", query="instructions")["results"] == []
    whole = office.ask(held_by("read"), "kg_search", query="instructions")["results"]
    assert [each["name"] for each in whole] == ["Posted by a visitor"]


def test_the_tree_of_a_project_is_told() -> None:
    """systems.md §4.4, navigation and folders."""
    office = Office()
    assert office.ask(NARROW, "listOrganisations")["organisations"][0]["id"] == ORGANISATION
    tree = office.ask(NARROW, "getFolderHierarchy", projectId=LEDGER)["hierarchy"]
    assert [(each["kind"], each["name"]) for each in tree["contains"]] == [
        ("folder", "Design"),
        ("document", "Draft"),
    ]
    assert [
        each["id"] for each in office.ask(NARROW, "listFolders", projectId=LEDGER)["folders"]
    ] == [DESIGN]
    (found,) = office.ask(NARROW, "listDocuments", folderId=DESIGN)["documents"]
    assert found["name"] == "Overview"


def test_tools_are_found_by_text_and_by_category() -> None:
    """systems.md §4.1, meta tools."""
    office = Office()
    folders = office.ask(NARROW, "searchTools", category="folders")
    assert folders["count"] == 5
    found = office.ask(NARROW, "searchTools", query="RENAME a folder")["tools"]
    assert [each["name"] for each in found] == ["updateFolder"]
    assert office.ask(NARROW, "searchTools")["count"] == 200
    assert office.ask(NARROW, "searchTools", category="magic")["code"] == "user_facing"
