"""The five tools about integrations and their components: list, read, search, write, delete."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from mcp_proxy.demo.integration.desk import Denied
from mcp_proxy.demo.integration.identities import ALL
from mcp_proxy.demo.integration.instance import KINDS, Integration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcp_proxy.demo.integration.desk import Desk

_PARENTS = {
    "field_mappings": "servicerequest_id",
    "validation_rules": "servicerequest_id",
    "value_mappings": "valuemappingset_id",
}
"""Kinds whose components hang on another one, and the member that names it."""


async def list_integrations(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """All integrations, and what this account may do with each."""
    found = [
        {
            "id": each.id,
            "name": each.name,
            "active": each.is_active,
            "permissions": {
                permission: desk.identity.may(permission, each.id) for permission in ALL
            },
        }
        for each in desk.instance.integrations.values()
        if each.is_active or not arguments.get("active_only")
    ]
    return {"count": len(found), "integrations": found}


async def read_integration(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """One integration's components, all kinds or those asked for."""
    found = desk.integration(arguments["integration_id"], "read")
    kinds = arguments.get("components") or KINDS
    parts = {kind: found.components[kind] for kind in kinds}
    return {"id": found.id, "name": found.name, "last_saved": found.last_saved, **parts}


async def search_integration(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """Lines that match a regular expression, with lines around them."""
    found = desk.integration(arguments["integration_id"], "read")
    try:
        flags = 0 if arguments.get("case_sensitive", True) else re.IGNORECASE
        wanted = re.compile(arguments["pattern"], flags)
    except re.error as error:
        raise Denied("invalid_pattern", f"The pattern is no regular expression: {error}") from error
    around = arguments.get("context_lines", 2)
    kinds = arguments.get("components") or KINDS
    matches = [hit for kind in kinds for hit in _hits(kind, found.components[kind], wanted, around)]
    return {"count": len(matches), "matches": matches}


def _hits(
    kind: str, components: list[dict[str, Any]], wanted: re.Pattern[str], around: int
) -> Iterable[Any]:
    for component in components:
        lines = json.dumps(component, indent=1).splitlines()
        for number, line in enumerate(lines):
            if wanted.search(line):
                context = lines[max(number - around, 0) : number + around + 1]
                yield {
                    "component": kind,
                    "id": component["id"],
                    "line": line.strip(),
                    "context": context,
                }


async def write_integration(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """Create an integration (no `id`), or change one and its components."""
    if "id" not in arguments:
        return await _created(desk, arguments)
    found = desk.integration(arguments["id"], "write")
    if (conflict := _conflict(found, arguments)) is not None:
        return conflict
    changes = arguments.get("components", {})
    for kind, parts in changes.items():
        for part in parts:
            _check(found, kind, part, create_if_missing=arguments.get("create_if_missing", False))
    found.name = arguments.get("name", found.name)
    found.is_active = arguments.get("active", found.is_active)
    return await _saved(desk, found, changes)


async def _created(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    empty: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    new = Integration(
        desk.instance.new_id(),
        arguments.get("name", "Unnamed"),
        arguments.get("active", True),
        keeps_history=True,
        last_saved="",
        components=empty,
    )
    for kind, parts in arguments.get("components", {}).items():
        for part in parts:
            _check(new, kind, part, create_if_missing=True)
    desk.instance.integrations[new.id] = new
    desk.identity.grants[new.id] = set(ALL)
    return await _saved(desk, new, arguments.get("components", {}))


def _check(found: Integration, kind: str, part: dict[str, Any], *, create_if_missing: bool) -> None:
    """Go on only with a component that can be written.

    Raises:
        Denied: its parent is not named, or it has an id that is not there.
    """
    parent = _PARENTS.get(kind)
    if parent is not None and parent not in part and "id" not in part:
        raise Denied("validation_error", f"A new component of {kind} needs {parent}")
    missing = "id" in part and all(each["id"] != part["id"] for each in found.components[kind])
    if missing and not create_if_missing:
        raise Denied(
            "not_found", f"{found.name} has no {kind} {part['id']}; create_if_missing is off"
        )


async def _saved(
    desk: Desk, found: Integration, changes: dict[str, list[dict[str, Any]]]
) -> dict[str, Any]:
    for kind, parts in changes.items():
        for part in parts:
            old = next(
                (each for each in found.components[kind] if each["id"] == part.get("id")), None
            )
            if old is not None:
                old.update(part)
            else:
                found.components[kind].append({"id": desk.instance.new_id()} | part)
    found.last_saved = desk.instance.save()
    desk.effect()
    await desk.saved(found.id)
    return {"success": True, "id": found.id, "last_saved": found.last_saved}


async def delete_integration_component(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """Delete one component, or, when none is named, the integration with all of them."""
    found = desk.integration(arguments["integration_id"], "write")
    if (conflict := _conflict(found, arguments)) is not None:
        return conflict
    kind, component_id = arguments.get("component"), arguments.get("component_id")
    if (kind is None) != (component_id is None):
        raise Denied("invalid_arguments", "component and component_id go together")
    doomed = [each for each in found.components.get(kind or "", []) if each["id"] == component_id]
    if kind is not None and not doomed:
        raise Denied("not_found", f"{found.name} has no {kind} {component_id}")
    what = (
        f"{kind} {component_id} of {found.name}" if kind else f"{found.name} and all its components"
    )
    await desk.confirmed(what)
    return await _deleted(desk, found, kind, doomed)


async def _deleted(
    desk: Desk, found: Integration, kind: str | None, doomed: list[dict[str, Any]]
) -> dict[str, Any]:
    if kind is None:
        del desk.instance.integrations[found.id]
        if found.tool is not None:
            await desk.tools_changed()
    else:
        found.components[kind].remove(doomed[0])
        found.last_saved = desk.instance.save()
    desk.effect()
    await desk.saved(found.id)
    return {"success": True, "deleted": doomed or [{"integration": found.name}]}


def _conflict(found: Integration, arguments: dict[str, Any]) -> dict[str, Any] | None:
    """The documented answer to a change that is based on an older state."""
    if arguments.get("last_saved", found.last_saved) == found.last_saved:
        return None
    return {
        "success": False,
        "error": "merge_conflict",
        "integration_name": found.name,
        "current_last_saved": found.last_saved,
        "message": "Somebody has saved this integration since you read it; read it again.",
    }
