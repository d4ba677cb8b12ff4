"""What a call of a tool comes to in Stable Baseline: the tables of systems.md §4.5 and §7.5."""

from __future__ import annotations

from typing import Any

import pytest

from baseline_desk import Office, held_by
from mcp_proxy.demo.baseline.calls import lacking, listed
from mcp_proxy.demo.baseline.catalogue import BILLING, BY_NAME
from mcp_proxy.demo.baseline.estate import (
    ARCHIVE,
    CARDS,
    DESIGN,
    DRAFT,
    ELSEWHERE,
    LEDGER,
    OVERVIEW,
    PAYMENTS,
    PLAIN,
)
from mcp_proxy.demo.baseline.switches import BaselineFaults

READ, WRITE, DELETE = "getDocument", "findAndReplaceTextInDocument", "deleteDocument"


def on(document: str, office: Office, who: Any) -> dict[str, str]:
    """What reading, writing and deleting one document come to: `done`, or the refusal's code."""
    stamp = office.ask(held_by("read"), READ, documentId=document)["versionTimestamp"]
    edit = {"versionTimestamp": stamp, "find": "a", "replace": "b"}
    answers = {
        "read": office.ask(who, READ, documentId=document),
        "write": office.ask(who, WRITE, documentId=document, **edit),
        "delete": office.ask(who, DELETE, documentId=document),
    }
    return {name: answer.get("code", "done") for name, answer in answers.items()}


@pytest.mark.parametrize(
    ("level", "outcomes"),
    [
        ("read", {"read": "done", "write": "permission", "delete": "permission"}),
        ("write", {"read": "done", "write": "done", "delete": "permission"}),
        ("delete", {"read": "done", "write": "done", "delete": "done"}),
    ],
)
def test_simple_mode_has_nine_outcomes(level: Any, outcomes: dict[str, str]) -> None:
    """systems.md §7.5, row "read ⊂ write ⊂ delete": a missing level is about the tool."""
    office = Office()
    assert on(OVERVIEW, office, held_by(level)) == outcomes
    done = [name for name, outcome in outcomes.items() if outcome == "done" and name != "read"]
    assert sum(office.counters.effects.values()) == len(done)


@pytest.mark.parametrize(
    ("document", "outcomes"),
    [
        (PLAIN, {"read": "done", "write": "done", "delete": "done"}),
        (DRAFT, {"read": "done", "write": "done", "delete": "user_facing"}),
        (OVERVIEW, {"read": "done", "write": "user_facing", "delete": "user_facing"}),
    ],
)
def test_granular_mode_has_nine_outcomes(document: str, outcomes: dict[str, str]) -> None:
    """systems.md §7.5, row "granular mode": a missing level is about the argument."""
    who = held_by({PAYMENTS: "delete", LEDGER: "write", DESIGN: "read"}, mode="granular")
    assert on(document, Office(), who) == outcomes


@pytest.mark.parametrize(
    ("tool", "arguments", "answer"),
    [
        (
            READ,
            {"documentId": "not-a-uuid"},
            {"code": "validation", "error": "documentId must be a valid UUID"},
        ),
        (
            READ,
            {"documentId": ELSEWHERE},
            {"code": "user_facing", "error": "Document not found"},
        ),
        (
            "listProjects",
            {"workspaceId": ARCHIVE},
            {"code": "user_facing", "error": "Workspace is outside credential scope"},
        ),
        (
            "createWorkspace",
            {"name": "New"},
            {
                "code": "permission",
                "error": "Credential lacks 'can_lifecycle' on this organisation",
            },
        ),
        (
            "createProject",
            {"workspaceId": ARCHIVE, "name": "New"},
            {
                "code": "permission",
                "error": "Credential lacks 'can_lifecycle' on this organisation",
            },
        ),
        (
            "deleteDocument",
            {"documentId": OVERVIEW},
            {"code": "permission", "error": "Credential lacks 'delete'"},
        ),
        (
            READ,
            {},
            {"code": "validation", "error": ": 'documentId' is a required property"},
        ),
        (
            # A project's id where a document's is wanted tells nothing about the project.
            READ,
            {"documentId": LEDGER},
            {"code": "user_facing", "error": "Document not found"},
        ),
    ],
)
def test_refusals_have_the_observed_shapes(
    tool: str, arguments: dict[str, Any], answer: dict[str, str]
) -> None:
    """systems.md §4.5; the missing level's sentence is ours."""
    office = Office()
    assert office.ask(held_by("write"), tool, **arguments) == answer
    assert office.counters.effects.total() == 0


def test_a_denied_project_is_outside_although_its_workspace_is_granted() -> None:
    """systems.md §7.5, row "none is explicit deny"."""
    office, who = Office(), held_by({PAYMENTS: "write", CARDS: "none"}, mode="levels")
    outside = {"code": "user_facing", "error": "Project is outside credential scope"}
    assert office.ask(who, "listFolders", projectId=CARDS) == outside
    assert office.ask(who, "createFolder", projectId=CARDS, name="New") == outside
    assert "id" in office.ask(who, "createFolder", projectId=LEDGER, name="New")
    shown = office.ask(who, "listProjects", workspaceId=PAYMENTS)["projects"]
    assert [each["name"] for each in shown] == ["Ledger"]


def test_a_capability_opens_its_tools() -> None:
    """systems.md §7.5, row "capability flags": with and without `can_lifecycle`."""
    office, who = Office(), held_by("write", "can_lifecycle")
    assert "id" in office.ask(who, "createWorkspace", name="New")
    assert "id" in office.ask(who, "createProject", workspaceId=PAYMENTS, name="New")
    lesser = held_by("write", "can_lifecycle", role="editor")
    assert office.ask(lesser, "createWorkspace", name="New")["code"] == "permission"


def test_a_generated_tool_obeys_the_same_rules() -> None:
    """Ours: what fills the pages is no way around."""
    office = Office()
    assert office.ask(held_by("read"), "listPlan", workspaceId=PAYMENTS)["items"] == []
    refused = office.ask(held_by("read"), "createPlan", workspaceId=PAYMENTS, name="P")
    assert refused["code"] == "permission"
    assert office.ask(held_by("write"), "createPlan", workspaceId=PAYMENTS, name="P")["done"]
    assert office.counters.effects == {"createPlan": 1}


def test_whoever_has_no_credential_can_only_sign_up() -> None:
    """systems.md §4.3, device flow: the two tools are anonymous."""
    office = Office()
    assert office.ask(None, "startSignup")["code"] == "CODE01"
    assert lacking(BY_NAME["startSignup"], held_by("read")) is None
    assert lacking(BY_NAME["getDocument"], held_by({})) is not None


def test_everybody_is_shown_all_tools() -> None:
    """systems.md §4.6 and C6: the list is a claim, not a proof."""
    whole = listed(held_by("read"), "curl", BaselineFaults())
    assert len(whole) == 200
    assert whole == listed(None, "curl", BaselineFaults())


def test_a_list_can_leave_out_what_a_credential_can_never_call() -> None:
    """systems.md §4.6, SB-NAV; what depends on an argument stays."""
    only = BaselineFaults(only_permitted=True)
    names = {each["name"] for each in listed(held_by("read"), "curl", only)}
    assert "getDocument" in names
    assert not names & {"createDocument", "deleteFolder", "createWorkspace", "listInvoices"}
    granular = held_by({PAYMENTS: "delete", LEDGER: "read"}, mode="granular")
    assert "deleteFolder" in {each["name"] for each in listed(granular, "curl", only)}
    assert len(listed(None, "curl", only)) == 200


@pytest.mark.parametrize(
    ("agent", "hidden"),
    [
        ("claude-desktop/1.0", BILLING),
        ("Mozilla/5.0 ChatGPT", BILLING),
        ("OpenAI-MCP", BILLING),
        ("mcp-permit/1.0", set()),
        ("", set()),
    ],
)
def test_the_list_depends_on_who_the_client_says_it_is(agent: str, hidden: set[str]) -> None:
    """systems.md §7.5, row "catalogue depends on client identity", X26."""
    whole = {each["name"] for each in listed(held_by("read"), "", BaselineFaults())}
    names = {each["name"] for each in listed(held_by("read"), agent, BaselineFaults())}
    assert whole - names == hidden
    off = BaselineFaults(hides_billing=False)
    assert len(listed(held_by("read"), agent, off)) == len(whole)
