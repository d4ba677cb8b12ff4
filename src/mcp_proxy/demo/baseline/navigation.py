"""The tools that look around: who one is, what there is, which tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_proxy.demo.baseline.catalogue import TOOLS
from mcp_proxy.demo.baseline.estate import ORGANISATION
from mcp_proxy.demo.baseline.refusals import not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp_proxy.demo.baseline.desk import Desk
    from mcp_proxy.demo.baseline.estate import Place

_NAME = "Example Organisation"


def get_current_user(desk: Desk, _arguments: dict[str, Any]) -> dict[str, Any]:
    """The role, the credential, and what both together may do."""
    caller, estate = desk.caller, desk.estate
    named = [estate.places[each] for each in caller.grant.scope if each in estate.places]
    return {
        "role": caller.role.name,
        "credential": caller.name,
        "mode": caller.grant.mode,
        "scope": [_row(each) | {"level": desk.level(each)} for each in named],
        "capabilities": sorted(caller.flags),
    }


def list_organisations(desk: Desk, _arguments: dict[str, Any]) -> dict[str, Any]:
    """The one organisation."""
    return {"organisations": [{"id": ORGANISATION, "name": _NAME, "role": desk.caller.role.name}]}


def list_workspaces(desk: Desk, _arguments: dict[str, Any]) -> dict[str, Any]:
    """The workspaces that the caller reaches."""
    return {"workspaces": [_row(each) for each in _visible(desk, None)]}


def list_projects(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """The projects of a workspace that the caller reaches."""
    found = _visible(desk, arguments["workspaceId"])
    return {"projects": [_row(each) for each in found if each.kind == "project"]}


def project_hierarchy(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """A workspace as a tree."""
    return {"hierarchy": _tree(desk, desk.estate.places[arguments["workspaceId"]])}


def folder_hierarchy(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """A project as a tree."""
    return {"hierarchy": _tree(desk, desk.estate.places[arguments["projectId"]])}


def list_folders(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """The folders of a project that the caller reaches."""
    found = _visible(desk, arguments["projectId"])
    return {"folders": [_row(each) for each in found if each.kind == "folder"]}


def list_documents(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """The documents of a folder that the caller reaches."""
    return {"documents": [_row(each) for each in _visible(desk, arguments["folderId"])]}


def kg_search(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """Documents that contain the words, among those that the caller may read."""
    wanted = arguments["query"].casefold()
    found = [
        desk.estate.places[each]
        for each, document in desk.estate.documents.items()
        if wanted in document.text.casefold() and desk.reaches(desk.estate.places[each])
    ]
    return {"results": [_row(each) for each in found]}


def search_tools(_desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """Tools by text or category.

    Raises:
        Refused: there is no such category.
    """
    category, text = arguments.get("category"), arguments.get("query", "").casefold()
    if category is not None and all(tool.category != category for tool in TOOLS):
        raise not_found("category")
    found = [
        {"name": tool.name, "category": tool.category, "description": tool.description}
        for tool in TOOLS
        if category in {None, tool.category}
        and text in f"{tool.name} {tool.description}".casefold()
    ]
    return {"count": len(found), "tools": found}


def _visible(desk: Desk, parent: str | None) -> list[Place]:
    return [each for each in desk.estate.below(parent) if desk.reaches(each)]


def _tree(desk: Desk, place: Place) -> dict[str, Any]:
    below = [_tree(desk, each) for each in _visible(desk, place.id)]
    return _row(place) | ({"contains": below} if below else {})


def _row(place: Place) -> dict[str, Any]:
    return {"id": place.id, "kind": place.kind, "name": place.name}


DEEDS: Mapping[str, Callable[[Desk, dict[str, Any]], dict[str, Any]]] = {
    "getCurrentUser": get_current_user,
    "listOrganisations": list_organisations,
    "listWorkspaces": list_workspaces,
    "listProjects": list_projects,
    "getProjectHierarchy": project_hierarchy,
    "getFolderHierarchy": folder_hierarchy,
    "listFolders": list_folders,
    "listDocuments": list_documents,
    "kg_search": kg_search,
    "searchTools": search_tools,
}
