"""The `django_admin` tool: admin models, one of them blocked, one field encrypted.

Every operation leaves an audit entry, as the gateway's documentation promises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_proxy.demo.integration.desk import MASK, Denied

if TYPE_CHECKING:
    from mcp_proxy.demo.integration.desk import Desk

BLOCKED = frozenset({"core.GlobalConfig"})
"""The documentation's own example of a blocked model."""

ENCRYPTED = {"vault.Secret": frozenset({"value"})}
QUERY_LIMIT = 200
AUDIT_MODEL = "admin.LogEntry"


async def django_admin(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """Describe, read, create, change or delete instances of admin models."""
    action, model = arguments["action"], arguments.get("model")
    if action == "describe-models":
        return {
            "models": [
                _described(desk, each) for each in desk.instance.models if each not in BLOCKED
            ]
        }
    if model in BLOCKED:
        raise Denied("blocked_model", f"{model} is blocked for MCP", model=model)
    if model not in desk.instance.models:
        raise Denied("not_found", f"There is no model {model}")
    _audit(desk, action, model)
    rows = desk.instance.models[model]
    if action == "get-model":
        wanted = [row for row in rows.values() if arguments.get("id", row["id"]) == row["id"]]
        return {"model": model, "instances": [_shown(model, row) for row in wanted[:QUERY_LIMIT]]}
    if action == "post-model":
        new_id = desk.instance.new_id()
        rows[new_id] = arguments.get("fields", {}) | {"id": new_id}
        return _written(desk, model, rows[new_id])
    return await _changed(desk, action, model, rows, arguments)


async def _changed(
    desk: Desk, action: str, model: str, rows: dict[int, dict[str, Any]], arguments: dict[str, Any]
) -> dict[str, Any]:
    row = rows.get(arguments.get("id", 0))
    if row is None:
        raise Denied("not_found", f"{model} has no instance {arguments.get('id')}")
    if action == "patch-model":
        row.update(arguments.get("fields", {}) | {"id": row["id"]})
        return _written(desk, model, row)
    await desk.confirmed(f"{model} {row['id']}")
    desk.effect()
    return {"success": True, "deleted": _shown(model, rows.pop(row["id"]))}


def _written(desk: Desk, model: str, row: dict[str, Any]) -> dict[str, Any]:
    desk.effect()
    return {"success": True, "instance": _shown(model, row)}


def _described(desk: Desk, model: str) -> dict[str, Any]:
    fields = sorted({name for row in desk.instance.models[model].values() for name in row})
    return {"model": model, "fields": fields, "encrypted": sorted(ENCRYPTED.get(model, ()))}


def _shown(model: str, row: dict[str, Any]) -> dict[str, Any]:
    hidden = ENCRYPTED.get(model, ())
    return {name: MASK if name in hidden else value for name, value in row.items()}


def _audit(desk: Desk, action: str, model: str) -> None:
    new_id = desk.instance.new_id()
    entry = {"id": new_id, "account": desk.identity.name, "action": action, "model": model}
    desk.instance.models.setdefault(AUDIT_MODEL, {})[new_id] = entry
