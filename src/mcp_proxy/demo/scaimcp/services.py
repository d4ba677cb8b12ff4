"""What the built-in tools do: small fakes over the rows of the `tenant`.

Most are named `collection_action` and do just that. A call that changes something says so to
the counters and to the `events`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcp_proxy.demo.scaimcp.refusals import Refused
from mcp_proxy.demo.scaimcp.tenant import MODULES, SKILLS

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.demo.scaimcp.events import Events
    from mcp_proxy.demo.scaimcp.people import Person
    from mcp_proxy.demo.scaimcp.tenant import Tenant
    from mcp_proxy.demo.switches import Counters

    Deed = Callable[["Work", dict[str, Any]], object]


@dataclass(frozen=True, slots=True)
class Work:
    """One call: who asks for which tool, and what it may touch."""

    tool: str
    person: Person
    tenant: Tenant
    counters: Counters
    events: Events

    def effect(self, resource: str) -> None:
        """Note that this call has changed something of the kind `resource`."""
        self.counters.effects[self.tool] += 1
        self.events.note(self.person, self.tool.replace("_", "."), resource)


def done(work: Work, arguments: dict[str, Any]) -> object:
    """What a tool answers.

    Raises:
        Refused: there is nothing of this id.
    """
    if work.tool in _SPECIAL:
        return _SPECIAL[work.tool](work, arguments)
    collection, _, action = work.tool.rpartition("_")
    rows = work.tenant.rows[collection]
    if action == "list":
        return {collection: list(rows.values())}
    return _ON_ROW[action](work, collection, arguments)


def _row(work: Work, collection: str, arguments: dict[str, Any]) -> dict[str, Any]:
    found = work.tenant.rows[collection].get(arguments["id"])
    if found is None:
        raise Refused("NOT_FOUND", f"There is nothing of the id {arguments['id']}")
    return found


def _create(work: Work, collection: str, arguments: dict[str, Any]) -> object:
    new_id = work.tenant.new_id(collection)
    work.tenant.rows[collection][new_id] = {"id": new_id, **arguments}
    work.effect(collection)
    return {"id": new_id}


def _update(work: Work, collection: str, arguments: dict[str, Any]) -> object:
    found = _row(work, collection, arguments)
    found.update(arguments)
    work.effect(collection)
    return found


def _delete(work: Work, collection: str, arguments: dict[str, Any]) -> object:
    found = _row(work, collection, arguments)
    del work.tenant.rows[collection][found["id"]]
    work.effect(collection)
    return {"deleted": found["id"]}


def _test(work: Work, collection: str, arguments: dict[str, Any]) -> object:
    found = _row(work, collection, arguments)
    work.effect(collection)
    return {"sent_to": found.get("url")}


_ON_ROW: dict[str, Callable[[Work, str, dict[str, Any]], object]] = {
    "get": _row,
    "create": _create,
    "update": _update,
    "delete": _delete,
    "terminate": _delete,
    "test": _test,
}


def _me(work: Work, _arguments: dict[str, Any]) -> object:
    person = work.person
    return {
        "id": person.user_id,
        "name": person.name,
        "tenant": person.tenant,
        "roles": list(person.roles),
        "permissions": sorted(person.permissions),
    }


def _modules(work: Work, _arguments: dict[str, Any]) -> object:
    return {
        "modules": [
            {"id": name, "description": text, "enabled": name in work.tenant.enabled}
            for name, text in MODULES.items()
        ]
    }


def _module(work: Work, arguments: dict[str, Any]) -> object:
    name = arguments["module"]
    if name not in MODULES:
        raise Refused("NOT_FOUND", f"There is no module {name}")
    if work.tool == "modules_enable":
        work.tenant.enable(name)
    elif work.tool == "modules_disable":
        work.tenant.disable(name)
    if work.tool != "modules_get":
        work.effect("module")
    return {"id": name, "enabled": name in work.tenant.enabled}


def _skills(work: Work, arguments: dict[str, Any]) -> object:
    if work.tool == "skills_view":
        if arguments["skill"] not in SKILLS:
            raise Refused("NOT_FOUND", f"There is no skill {arguments['skill']}")
        return {"skill": arguments["skill"], "text": SKILLS[arguments["skill"]]}
    wanted = arguments.get("query", "").casefold()
    return {"skills": [name for name, text in SKILLS.items() if wanted in text.casefold()]}


def _inference(work: Work, arguments: dict[str, Any]) -> object:
    if arguments["model"] not in work.tenant.rows["models"]:
        raise Refused("NOT_FOUND", f"There is no model {arguments['model']}")
    asked = next(str(text) for name, text in arguments.items() if name != "model")
    return {"model": arguments["model"], "output": f"Answer to: {asked}", "tokens": len(asked)}


def _message(work: Work, arguments: dict[str, Any]) -> object:
    collection = work.tool.partition("_")[0]
    found = _row(work, collection, arguments)
    found["messages"].append(arguments["text"])
    work.effect(collection)
    return {"id": found["id"], "messages": len(found["messages"])}


def _usage(work: Work, _arguments: dict[str, Any]) -> object:
    return {"calls": sum(work.counters.calls.values()), "whose": work.tool.split("_")[1]}


def _budget(work: Work, arguments: dict[str, Any]) -> object:
    action = work.tool.split("_")[1]
    if action == "list":
        return {"budgets": list(work.tenant.rows["budgets"].values())}
    return _ON_ROW[action](work, "budgets", arguments)


def _health(work: Work, _arguments: dict[str, Any]) -> object:
    return {"backends": dict.fromkeys(work.tenant.rows["backends"], "healthy")}


def _exec(work: Work, arguments: dict[str, Any]) -> object:
    found = _row(work, "bunker", arguments)
    work.effect("bunker")
    return {"id": found["id"], "exit_code": 0, "stdout": f"$ {arguments['command']}\n"}


def _search(work: Work, arguments: dict[str, Any]) -> object:
    wanted = arguments["query"].casefold()
    rows = work.tenant.rows["matrix"].values()
    return {"matches": [each["id"] for each in rows if wanted in each["text"].casefold()]}


def _ingest(work: Work, arguments: dict[str, Any]) -> object:
    return _create(work, "matrix", arguments)


def _audit(work: Work, arguments: dict[str, Any]) -> object:
    return {"events": work.events.found({"action": arguments.get("action", "")})}


_SPECIAL: dict[str, Deed] = {
    "me_get": _me,
    "modules_list": _modules,
    **dict.fromkeys(("modules_get", "modules_enable", "modules_disable"), _module),
    **dict.fromkeys(("skills_list", "skills_search", "skills_view"), _skills),
    **dict.fromkeys(
        (
            "inference_chat",
            "inference_embed",
            "inference_image_generate",
            "inference_transcribe",
            "inference_synthesize",
        ),
        _inference,
    ),
    **dict.fromkeys(("sessions_send_message", "rooms_send_message"), _message),
    **dict.fromkeys(
        (
            "accounting_list_usage",
            "accounting_usage_summary",
            "accounting_tenant_usage",
            "accounting_partner_usage",
        ),
        _usage,
    ),
    **dict.fromkeys(
        (
            "accounting_list_budgets",
            "accounting_create_budget",
            "accounting_update_budget",
            "accounting_delete_budget",
        ),
        _budget,
    ),
    "backends_health": _health,
    "bunker_exec": _exec,
    "matrix_search": _search,
    "matrix_ingest_document": _ingest,
    "audit_list": _audit,
}
