"""What a host may read from the instance beside tools: prompts, resources, completion. Ours."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import mcp_types as types

from mcp_proxy.demo.integration.desk import Denied
from mcp_proxy.demo.integration.instance import stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.demo.integration.identities import Identity
    from mcp_proxy.demo.integration.instance import Instance, Run

    Read = Callable[[Instance, Identity, Any], dict[str, Any]]

_PREFIX = "ig://integrations/"
_RUN_ARGUMENT = {"name": "run_history_id", "description": "The run to explain", "required": True}
_PROMPT = {
    "name": "explain_run",
    "description": "Explain how a run went",
    "arguments": [_RUN_ARGUMENT],
}
_TEMPLATE = {
    "uriTemplate": _PREFIX + "{integration_id}",
    "name": "integration",
    "description": "One integration with its components",
    "mimeType": "application/json",
}
_COMPLETIONS = 100
"""Values in one completion, at most (MCP 2025-06-18, Completion)."""


def integration_uri(integration_id: int) -> str:
    """The resource of one integration."""
    return f"{_PREFIX}{integration_id}"


def list_prompts(_instance: Instance, _identity: Identity, _params: Any) -> dict[str, Any]:
    """The one prompt."""
    return {"prompts": [_PROMPT]}


def get_prompt(instance: Instance, identity: Identity, params: Any) -> dict[str, Any]:
    """A question about one run, for an assistant."""
    asked = (params.arguments or {}).get("run_history_id", "")
    run = instance.runs.get(int(asked)) if asked.isdigit() else None
    if params.name != _PROMPT["name"] or run is None:
        raise Denied("not_found", f"There is no prompt {params.name} for run {asked!r}")
    if not identity.may("debug", run.integration_id):
        raise Denied("permission_denied", f"{identity.name} lacks 'debug' here", permission="debug")
    said = ", ".join(run.messages)
    text = f"Explain this run: {run.status} at {stamp(run.started_at)}; messages: {said}."
    message = {"role": "user", "content": {"type": "text", "text": text}}
    return {"description": f"Run {run.id}", "messages": [message]}


def list_resources(instance: Instance, identity: Identity, _params: Any) -> dict[str, Any]:
    """One resource for every integration that the account may read."""
    mine = [each for each in instance.integrations.values() if identity.may("read", each.id)]
    described = [
        {"uri": integration_uri(each.id), "name": each.name, "mimeType": "application/json"}
        for each in mine
    ]
    return {"resources": described}


def list_templates(_instance: Instance, _identity: Identity, _params: Any) -> dict[str, Any]:
    """The form of a resource's URI."""
    return {"resourceTemplates": [_TEMPLATE]}


def read_resource(instance: Instance, identity: Identity, params: Any) -> dict[str, Any]:
    """One integration as JSON."""
    uri = str(params.uri)
    known = {integration_uri(each.id): each for each in instance.integrations.values()}
    found = known.get(uri)
    if found is None or not identity.may("read", found.id):
        raise Denied("not_found", f"Resource not found: {uri}")
    text = json.dumps({"name": found.name, "last_saved": found.last_saved, **found.components})
    return {"contents": [{"uri": uri, "mimeType": "application/json", "text": text}]}


def complete(instance: Instance, identity: Identity, params: Any) -> dict[str, Any]:
    """Ids that begin as typed: of runs for the prompt, of integrations for the template."""

    def mine(run: Run) -> bool:
        return identity.may("debug", run.integration_id)

    prompt = params.ref.type == "ref/prompt"
    ids = (
        [run.id for run in instance.runs.values() if mine(run)]
        if prompt
        else list(instance.integrations)
    )
    values = [str(each) for each in ids if str(each).startswith(params.argument.value)]
    return {
        "completion": {
            "values": values[:_COMPLETIONS],
            "total": len(values),
            "hasMore": len(values) > _COMPLETIONS,
        }
    }


METHODS: tuple[tuple[str, Any, Read], ...] = (
    ("prompts/list", types.PaginatedRequestParams, list_prompts),
    ("prompts/get", types.GetPromptRequestParams, get_prompt),
    ("resources/list", types.PaginatedRequestParams, list_resources),
    ("resources/templates/list", types.PaginatedRequestParams, list_templates),
    ("resources/read", types.ReadResourceRequestParams, read_resource),
    ("completion/complete", types.CompleteRequestParams, complete),
)
"""Method, the SDK's model of its parameters, and who answers."""
