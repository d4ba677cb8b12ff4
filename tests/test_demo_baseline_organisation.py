"""The tools that need a capability, the two for signing up, and the generated ones."""

from __future__ import annotations

from baseline_desk import Office, held_by
from mcp_proxy.demo.baseline.estate import LEDGER, PAYMENTS
from mcp_proxy.demo.baseline.grants import FLAGS

WHOLE = held_by("delete", *FLAGS.values(), name="whole")
OTHER = held_by("delete", *FLAGS.values(), name="other")


def test_workspaces_and_projects_are_made_and_renamed() -> None:
    """systems.md §4.4, lifecycle."""
    office = Office()
    made = office.ask(WHOLE, "createProject", workspaceId=PAYMENTS, name="New")["id"]
    office.ask(WHOLE, "updateProject", projectId=made, name="Newer")
    office.ask(WHOLE, "updateWorkspace", workspaceId=PAYMENTS, name="Paying")
    tree = office.ask(WHOLE, "getProjectHierarchy", workspaceId=PAYMENTS)["hierarchy"]
    assert (tree["name"], tree["contains"][-1]["name"]) == ("Paying", "Newer")
    workspace = office.ask(WHOLE, "createWorkspace", name="Mine")["id"]
    # What is new is in nobody's grant yet.
    outside = {"code": "user_facing", "error": "Workspace is outside credential scope"}
    assert office.ask(WHOLE, "listProjects", workspaceId=workspace) == outside


def test_a_preview_spends_nothing_and_its_token_spends_once() -> None:
    """systems.md §7.5, row "preview-confirm-apply"."""
    office = Office()
    preview = office.ask(WHOLE, "previewSeatChange", seats=7)
    assert office.counters.effects.total() == 0
    token = preview["confirmToken"]
    assert office.ask(OTHER, "applySeatChange", confirmToken=token)["code"] == "user_facing"
    applied = office.ask(WHOLE, "applySeatChange", confirmToken=token)
    assert (applied["seats"], applied["spentCents"]) == (7, preview["costCents"])
    again = office.ask(WHOLE, "applySeatChange", confirmToken=token)
    assert again == {"code": "user_facing", "error": "Confirm token not found"}
    assert office.counters.effects == {"applySeatChange": 1}
    assert office.ask(WHOLE, "listInvoices") == {"seats": 7, "spentCents": preview["costCents"]}


def test_permissions_can_be_changed_only_for_show() -> None:
    """Ours: the roles of the demo stay what they are."""
    office = Office()
    wish = {"workspaceId": PAYMENTS, "role": "viewer", "level": "write"}
    assert office.ask(WHOLE, "upsertResourcePermission", **wish)["accepted"] == wish
    assert office.ask(WHOLE, "kg_rebuild")["done"] == "kg_rebuild"
    assert office.ask(WHOLE, "listFolders", projectId=LEDGER)["folders"]


def test_a_sign_up_begins_and_is_polled() -> None:
    """systems.md §4.3, device flow."""
    office = Office()
    begun = office.ask(None, "startSignup")
    assert begun["verificationUrl"].endswith(f"?code={begun['code']}")
    assert office.ask(None, "pollSignupStatus", code=begun["code"]) == {"status": "pending"}
    assert office.ask(None, "pollSignupStatus", code="NONE00") == {"status": "not_found"}
