"""The two custom-adapter tools: adapter code, and configurations with fields that stay hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_proxy.demo.integration.desk import MASK, Denied
from mcp_proxy.demo.integration.identities import CUSTOM_ADAPTERS

if TYPE_CHECKING:
    from mcp_proxy.demo.integration.desk import Desk

_NEW_ADAPTER = {"name": "Unnamed", "version": 1, "code": "", "schema": {}}
_NEW_CONFIG = {"name": "Unnamed", "validation": "never run"}


async def custom_adapter_code(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """List, read, judge, create, change or delete adapters; their configurations go with them."""
    desk.account(CUSTOM_ADAPTERS)
    action, fields = arguments["action"], arguments.get("fields", {})
    adapters, configs = desk.instance.adapters, desk.instance.adapter_configs
    if action == "list":
        return {"adapters": [{"id": key, "name": each["name"]} for key, each in adapters.items()]}
    if action == "create":
        return _created(desk, adapters, _NEW_ADAPTER | fields)
    adapter = _one(adapters, arguments)
    touched = [key for key, each in configs.items() if each["adapter_id"] == adapter["id"]]
    names = [configs[key]["name"] for key in touched]
    hidden = set() if arguments.get("include_code") else {"code"}
    reading: dict[str, dict[str, Any]] = {
        "get": {"adapter": {key: adapter[key] for key in adapter if key not in hidden}},
        "deletion_impact": {"deletes_configs": names},
        "schema_change_impact": {"touches_configs": names, "fields": sorted(adapter["schema"])},
    }
    if action in reading:
        return reading[action]
    if action == "update":
        adapter.update(fields | {"id": adapter["id"], "version": adapter["version"] + 1})
        return _written(desk, {"id": adapter["id"], "version": adapter["version"]})
    answer = await _deleted(desk, adapters, adapter)
    for key in touched:
        del configs[key]
    return answer


async def custom_adapter_config(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """The same for an adapter's configurations; encrypted fields can be set, never read back."""
    desk.account(CUSTOM_ADAPTERS)
    action, fields = arguments["action"], arguments.get("fields", {})
    configs = desk.instance.adapter_configs
    if action == "list":
        return {"configs": [_shown(desk, each) for each in configs.values()]}
    if action == "create":
        if fields.get("adapter_id") not in desk.instance.adapters:
            raise Denied("validation_error", "A configuration needs the adapter_id of an adapter")
        return _created(desk, configs, _NEW_CONFIG | fields)
    config = _one(configs, arguments)
    if action == "get":
        return {"config": _shown(desk, config)}
    if action == "delete":
        return await _deleted(desk, configs, config)
    if action == "update":
        config.update(fields | {"id": config["id"]})
        return _written(desk, {"config": _shown(desk, config)})
    return _validation(desk, config, again=action == "validate")


def _validation(desk: Desk, config: dict[str, Any], *, again: bool) -> dict[str, Any]:
    """What the checks last said of a configuration; `again` runs them first."""
    if not again:
        return {"validation": config["validation"]}
    config["validation"] = "passed" if config.get("host") else "host is missing"
    return _written(desk, {"validation": config["validation"]})


def _one(rows: dict[int, dict[str, Any]], arguments: dict[str, Any]) -> dict[str, Any]:
    row = rows.get(arguments.get("id", 0))
    if row is None:
        raise Denied("not_found", f"There is nothing with the id {arguments.get('id')}")
    return row


def _created(desk: Desk, rows: dict[int, dict[str, Any]], row: dict[str, Any]) -> dict[str, Any]:
    new_id = desk.instance.new_id()
    rows[new_id] = row | {"id": new_id}
    return _written(desk, {"id": new_id})


def _written(desk: Desk, answer: dict[str, Any]) -> dict[str, Any]:
    desk.effect()
    return {"success": True, **answer}


async def _deleted(
    desk: Desk, rows: dict[int, dict[str, Any]], row: dict[str, Any]
) -> dict[str, Any]:
    await desk.confirmed(row["name"])
    del rows[row["id"]]
    return _written(desk, {"deleted": row["id"]})


def _shown(desk: Desk, config: dict[str, Any]) -> dict[str, Any]:
    schema = desk.instance.adapters.get(config["adapter_id"], {}).get("schema", {})
    hidden = {key for key in config if schema.get(key) == "encrypted"}
    return {key: MASK if key in hidden else value for key, value in config.items()}
