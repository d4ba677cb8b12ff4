"""The tools that need a capability, the two for signing up, and the generated ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_proxy.demo.baseline.refusals import not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp_proxy.demo.baseline.desk import Desk


def create_workspace(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """A new workspace; no grant names it yet."""
    place = desk.estate.add("workspace", arguments["name"], None)
    desk.effect()
    return {"id": place.id, **desk.stamp}


def create_project(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """A new project in a workspace."""
    place = desk.estate.add("project", arguments["name"], arguments["workspaceId"])
    desk.effect()
    return {"id": place.id, **desk.stamp}


def rename(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """Another name for a workspace, a project or a folder."""
    place_id = next(each for key, each in arguments.items() if key != "name")
    desk.estate.places[place_id].name = arguments["name"]
    desk.effect()
    return {"id": place_id, "name": arguments["name"], **desk.stamp}


def upsert_permission(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """Only counted: the roles of the demo stay what they are."""
    desk.effect()
    return {"accepted": arguments}


def list_invoices(desk: Desk, _arguments: dict[str, Any]) -> dict[str, Any]:
    """What was spent so far."""
    return {"seats": desk.orders.seats, "spentCents": desk.orders.spent_cents}


def preview_seats(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """The price; nothing is spent."""
    return desk.orders.preview(desk.caller.name, arguments["seats"])


def apply_seats(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """Spend what a preview told.

    Raises:
        Refused: the token is unknown, somebody else's, or was used.
    """
    cost = desk.orders.apply(desk.caller.name, arguments["confirmToken"])
    if cost is None:
        raise not_found("confirm token")
    desk.effect()
    return {"seats": desk.orders.seats, "spentCents": cost, **desk.stamp}


def start_sign_up(desk: Desk, _arguments: dict[str, Any]) -> dict[str, Any]:
    """A page to open, and a code."""
    return desk.sign_ups.start(desk.sign_up_page)


def poll_sign_up(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """Where it stands."""
    return desk.sign_ups.poll(arguments["code"])


def plain(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """A generated tool: it is permitted, it is counted, it has nothing to say."""
    if desk.tool.level == "read":
        return {"items": [], **arguments}
    desk.effect()
    return {"done": desk.tool.name, **arguments, **desk.stamp}


DEEDS: Mapping[str, Callable[[Desk, dict[str, Any]], dict[str, Any]]] = {
    "createWorkspace": create_workspace,
    "updateWorkspace": rename,
    "createProject": create_project,
    "updateProject": rename,
    "updateFolder": rename,
    "upsertResourcePermission": upsert_permission,
    "listInvoices": list_invoices,
    "previewSeatChange": preview_seats,
    "applySeatChange": apply_seats,
    "startSignup": start_sign_up,
    "pollSignupStatus": poll_sign_up,
}
