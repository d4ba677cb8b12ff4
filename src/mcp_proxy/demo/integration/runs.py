"""The four tools about runs: execute an integration, look into its history.

Two checks stack for the history: an account permission opens the three tools, `debug` on
the integration opens its runs. Masked fields are masked before anything else sees them.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from anyio import get_cancelled_exc_class
from anyio.lowlevel import checkpoint

from mcp_proxy.demo.complaints import complaints
from mcp_proxy.demo.integration.desk import MASK, Denied
from mcp_proxy.demo.integration.identities import HEAD_OFFICE, RUN_HISTORY
from mcp_proxy.demo.integration.instance import Run, UserTool, stamp
from mcp_proxy.demo.integration.seed import MASKED_VALUE

if TYPE_CHECKING:
    from mcp_proxy.demo.integration.desk import Desk
    from mcp_proxy.demo.integration.instance import Integration

SIZE_LIMIT = 900_000
"""Bytes above which items are not shown (documented as 900 KB)."""

PAGE_SIZE = 5
"""Records on the one page that a search answers (ours: small, so that a search can fill it)."""


async def execute_integration(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """Run an integration with a payload, or again with that of an earlier run."""
    found = desk.integration(arguments["integration_id"], "execute")
    if ("payload" in arguments) == ("run_history_id" in arguments):
        raise Denied("invalid_arguments", "Exactly one of payload and run_history_id is needed")
    if "tool_definition" in arguments and found.tool is None:
        await _register(desk, found, arguments["tool_definition"])
    if found.tool is None:
        message = f"{found.name} has no user-defined tool; pass tool_definition to register one"
        return {"success": False, "requires_tool_definition": True, "message": message}
    if "payload" in arguments:
        return await run(desk, found, arguments["payload"])
    return await run(desk, found, _run(desk, arguments["run_history_id"]).payload)


async def _register(desk: Desk, found: Integration, definition: dict[str, Any]) -> None:
    if definition["name"] in desk.instance.user_tools():
        raise Denied("validation_error", f"There is a tool {definition['name']} already")
    schema = definition.get("input_schema", {"type": "object"})
    found.tool = UserTool(definition["name"], definition.get("description", ""), schema)
    await desk.tools_changed()


async def run(desk: Desk, found: Integration, payload: dict[str, Any]) -> dict[str, Any]:
    """One run, service request by service request; `wait_for_approval` makes it wait.

    Raises:
        Denied: the account may not execute the integration.
    """
    desk.integration(found.id, "execute")
    schema = found.tool.input_schema if found.tool else {"type": "object"}
    if found_wrong := complaints(payload, schema):
        return {"success": False, "validation_errors": found_wrong}
    done: list[dict[str, Any]] = []
    steps = found.components["service_requests"]
    try:
        if payload.get("wait_for_approval"):
            await desk.progress(0, len(steps), "Waiting for approval")
            await desk.approval()
        for number, step in enumerate(steps, start=1):
            await checkpoint()
            item = {"name": step["name"], "request": payload, "response": {"status": 200}}
            done.append({"id": desk.instance.new_id(), **item})
            await desk.progress(number, len(steps), step["name"])
    except get_cancelled_exc_class():
        desk.counters.cancelled += 1
        _record(desk, found, Run(0, found.id, "Cancelled", desk.instance.now(), payload, done))
        raise
    desk.effect()
    kept = _record(desk, found, Run(0, found.id, "Succeeded", desk.instance.now(), payload, done))
    return {"success": True, "steps": len(done), **kept}


def _record(desk: Desk, found: Integration, new: Run) -> dict[str, Any]:
    """Keep a run where the integration keeps any; the member of the answer that names it."""
    if not found.keeps_history:
        return {}
    new.id, new.organization = desk.instance.new_id(), desk.identity.organization or HEAD_OFFICE
    desk.instance.runs[new.id] = new
    return {"run_history_id": new.id}


async def get_run_history(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """One run; its items, messages and labels unless switched off."""
    desk.account(RUN_HISTORY)
    found = _run(desk, arguments["run_history_id"])
    answer = _head(desk, found)
    if arguments.get("include_items", True):
        items = _masked(found.items)
        size = len(json.dumps(items))
        hint = f"The items take {size} bytes, the limit is {SIZE_LIMIT}; search for what you need."
        answer |= {"items": items} if size <= SIZE_LIMIT else {"size_error": hint}
    if arguments.get("include_messages", True):
        answer |= {"messages": found.messages}
    if arguments.get("include_labels", True):
        answer |= {"labels": found.labels}
    return answer


async def get_run_history_item(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """One item, or what a search finds in one item or in all items of a run."""
    desk.account(RUN_HISTORY)
    if "item_id" in arguments:
        items = [_item(desk, arguments["item_id"])]
    elif "run_history_id" in arguments and "search" in arguments:
        items = _masked(_run(desk, arguments["run_history_id"]).items)
    else:
        raise Denied(
            "invalid_arguments", "Pass item_id, item_id and search, or run_history_id and search"
        )
    if "search" in arguments:
        matches = [
            {"item_id": each["id"], "found": hit}
            for each in items
            for hit in _search(each, arguments["search"])
        ]
        return {"count": len(matches), "matches": matches}
    size = len(json.dumps(items[0]))
    if size > SIZE_LIMIT:
        raise Denied(
            "size_error",
            f"The item takes {size} bytes, more than {SIZE_LIMIT}; pass search as well.",
        )
    return {"item": items[0]}


async def search_run_histories(desk: Desk, arguments: dict[str, Any]) -> dict[str, Any]:
    """The newest runs that fit, on one page."""
    desk.account(RUN_HISTORY)
    since, until = _date(arguments.get("date_from")), _date(arguments.get("date_to"))
    text = arguments.get("text", "").casefold()
    fitting = [
        each
        for each in sorted(
            desk.instance.runs.values(), key=lambda run: run.started_at, reverse=True
        )
        if desk.identity.sees(each.organization)
        and desk.identity.may("debug", each.integration_id)
        and arguments.get("status", each.status) == each.status
        and (since is None or each.started_at >= since)
        and (until is None or each.started_at <= until)
        and text in json.dumps(_masked(each.items)).casefold()
    ]
    records = [_head(desk, each) for each in fitting[:PAGE_SIZE]]
    report = (
        {"search_report": {"text": arguments["text"], "searched_runs": len(desk.instance.runs)}}
        if text
        else {}
    )
    return {"count": len(fitting), "page_size": PAGE_SIZE, "records": records, **report}


def _run(desk: Desk, run_id: object) -> Run:
    found = desk.instance.runs.get(run_id) if isinstance(run_id, int) else None
    if found is None or not desk.identity.sees(found.organization):
        raise Denied("not_found", f"There is no run {run_id}")
    desk.integration(found.integration_id, "debug")
    return found


def _item(desk: Desk, item_id: int) -> Any:
    owners = [
        run
        for run in desk.instance.runs.values()
        if any(each["id"] == item_id for each in run.items)
    ]
    if not owners:
        raise Denied("not_found", f"There is no item {item_id}")
    items = _masked(_run(desk, owners[0].id).items)
    return next(each for each in items if each["id"] == item_id)


def _head(desk: Desk, found: Run) -> dict[str, Any]:
    owner = desk.instance.integrations.get(found.integration_id)
    name = owner.name if owner else "deleted"
    return {
        "id": found.id,
        "integration": name,
        "status": found.status,
        "started_at": stamp(found.started_at),
    }


def _masked(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    hidden: list[dict[str, Any]] = json.loads(json.dumps(items).replace(MASKED_VALUE, MASK))
    return hidden


def _search(item: dict[str, Any], search: str) -> list[Any]:
    """Matches of a regular expression, or the value at a jq path such as `.response.status`.

    Of jq only plain paths are known here (ours).
    """
    if search.startswith("."):
        found: Any = item
        for key in search.split(".")[1:]:
            found = found.get(key) if isinstance(found, dict) else None
        return [] if found is None else [found]
    try:
        return [match.group() for match in re.finditer(search, json.dumps(item))]
    except re.error as error:
        raise Denied("invalid_pattern", f"The search is no regular expression: {error}") from error


def _date(text: str | None) -> datetime | None:
    """An ISO 8601 date in UTC, as the documentation converts it."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Denied("invalid_arguments", f"{text} is no ISO 8601 date") from error
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
