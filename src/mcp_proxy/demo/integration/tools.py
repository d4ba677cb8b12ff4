"""The tools of the instance: names, annotations and parameters as documented, and who does them.

The gateway publishes no full schemas: those here hold every parameter that its pages mention,
under names of ours where the pages give none. The list is the same for every account but the
maker's own people's; what an account may not do is refused when it is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_proxy.demo.complaints import complaints
from mcp_proxy.demo.integration import adapters, admin, documentation, frontends, integrations, runs
from mcp_proxy.demo.integration.desk import Denied
from mcp_proxy.demo.integration.instance import KINDS
from mcp_proxy.demo.integration.needs import is_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from mcp_proxy.demo.integration.desk import Desk

    Deed = Callable[[Desk, dict[str, Any]], Awaitable[dict[str, Any]]]

_TEXT, _NUMBER, _FLAG, _OBJECT = (
    {"type": each} for each in ("string", "integer", "boolean", "object")
)
_KINDS = {"type": "array", "items": {"enum": list(KINDS)}, "description": "All kinds if omitted"}
_PARTS = {"type": "object", "additionalProperties": {"type": "array", "items": _OBJECT}}
_PARTS_BY_KIND = _PARTS | {"propertyNames": {"enum": list(KINDS)}}
_DEFINITION = {
    "type": "object",
    "properties": {"name": _TEXT, "description": _TEXT, "input_schema": _OBJECT},
    "required": ["name"],
}
_CONFIRM = "Obtain the person's explicit confirmation before you call this."


def _tool(
    deed: Deed,
    description: str,
    needed: tuple[str, ...] = (),
    *,
    read_only: bool = False,
    destructive: bool = False,
    **parameters: Mapping[str, object],
) -> tuple[dict[str, Any], Deed]:
    """One entry of `tools/list`, and what a call does. The deed's name is the tool's."""
    schema = {
        "type": "object",
        "properties": parameters,
        "required": list(needed),
        "additionalProperties": False,
    }
    name = deed.__name__
    annotations = {"readOnlyHint": read_only} | (
        {} if read_only else {"destructiveHint": destructive}
    )
    entry = {
        "name": name,
        "description": description,
        "inputSchema": schema,
        "annotations": annotations,
    }
    return entry, deed


def _choice(*names: str) -> dict[str, object]:
    return {"enum": list(names)}


TOOLS: tuple[tuple[dict[str, Any], Deed], ...] = (
    _tool(
        integrations.list_integrations,
        "List integrations with your permissions on each.",
        read_only=True,
        active_only=_FLAG,
    ),
    _tool(
        integrations.read_integration,
        "Read an integration's components.",
        ("integration_id",),
        read_only=True,
        integration_id=_NUMBER,
        components=_KINDS,
    ),
    _tool(
        integrations.search_integration,
        "Search an integration by regular expression.",
        ("integration_id", "pattern"),
        read_only=True,
        integration_id=_NUMBER,
        pattern=_TEXT,
        components=_KINDS,
        case_sensitive=_FLAG | {"default": True},
        context_lines=_NUMBER | {"default": 2, "minimum": 0},
    ),
    _tool(
        integrations.write_integration,
        "Create an integration (no id) or update one (id). Pass last_saved to detect conflicts.",
        destructive=True,
        id=_NUMBER,
        name=_TEXT,
        active=_FLAG,
        components=_PARTS_BY_KIND,
        create_if_missing=_FLAG,
        last_saved=_TEXT,
    ),
    _tool(
        integrations.delete_integration_component,
        f"Delete a component, or a whole integration with everything in it. {_CONFIRM}",
        ("integration_id",),
        destructive=True,
        integration_id=_NUMBER,
        component=_choice(*KINDS),
        component_id=_NUMBER,
        last_saved=_TEXT,
    ),
    _tool(
        runs.execute_integration,
        "Run an integration with a payload, or again with the payload of run_history_id. "
        "tool_definition registers a user-defined tool where there is none.",
        ("integration_id",),
        destructive=True,
        integration_id=_NUMBER,
        payload=_OBJECT,
        run_history_id=_NUMBER,
        tool_definition=_DEFINITION,
    ),
    _tool(
        runs.get_run_history,
        "Read one run: items, messages and labels.",
        ("run_history_id",),
        read_only=True,
        run_history_id=_NUMBER,
        include_items=_FLAG,
        include_messages=_FLAG,
        include_labels=_FLAG,
    ),
    _tool(
        runs.get_run_history_item,
        "Read one item of a run, or search items by regular expression or jq path.",
        read_only=True,
        item_id=_NUMBER,
        run_history_id=_NUMBER,
        search=_TEXT,
    ),
    _tool(
        runs.search_run_histories,
        "Find runs by status, ISO 8601 dates and text; the first page, newest first.",
        read_only=True,
        status=_TEXT,
        date_from=_TEXT,
        date_to=_TEXT,
        text=_TEXT,
    ),
    _tool(
        documentation.query_buildhelper,
        "Look up services, adapters and field mappings.",
        ("endpoint",),
        read_only=True,
        endpoint=_choice(
            "list_all_services",
            "list_all_adapters",
            "list_services_for_adapter",
            "get_field_mapping_sets",
            "get_field_mappings",
        ),
        adapter=_TEXT,
    ),
    _tool(
        documentation.deployed_integrations,
        "What runs on this instance. For nCino's own people.",
        read_only=True,
    ),
    _tool(
        documentation.system_documentation,
        "Pages about the system. For nCino's own people.",
        read_only=True,
    ),
    _tool(
        documentation.ig_platform_documentation,
        "Ask the platform documentation, or get one of its pages.",
        ("action",),
        read_only=True,
        action=_choice("ask", "get_page"),
        question=_TEXT,
        goal=_TEXT,
        url=_TEXT,
    ),
    _tool(
        frontends.frontend_operations,
        f"Work on frontends and their files. Deleting: {_CONFIRM}",
        ("action",),
        destructive=True,
        action=_choice(
            "list-frontends", "list-files", "get-file", "create-frontend", "put-file", "delete-file"
        ),
        frontend=_TEXT,
        path=_TEXT,
        content=_TEXT,
    ),
    _tool(
        admin.django_admin,
        f"Work on admin models, named app_label.ModelName. Deleting: {_CONFIRM}",
        ("action",),
        destructive=True,
        action=_choice("describe-models", "get-model", "post-model", "patch-model", "delete-model"),
        model=_TEXT,
        id=_NUMBER,
        fields=_OBJECT,
    ),
    _tool(
        adapters.custom_adapter_code,
        f"Work on custom adapters. Deleting takes their configurations along: {_CONFIRM}",
        ("action",),
        destructive=True,
        action=_choice(
            "list", "get", "deletion_impact", "schema_change_impact", "create", "update", "delete"
        ),
        id=_NUMBER,
        include_code=_FLAG,
        fields=_OBJECT,
    ),
    _tool(
        adapters.custom_adapter_config,
        f"Work on adapter configurations; encrypted fields stay hidden. Deleting: {_CONFIRM}",
        ("action",),
        destructive=True,
        action=_choice(
            "list", "get", "validation_result", "create", "update", "delete", "validate"
        ),
        id=_NUMBER,
        fields=_OBJECT,
    ),
)

_DEEDS: dict[str, tuple[dict[str, Any], Deed]] = {
    entry["name"]: (entry, deed) for entry, deed in TOOLS
}


async def call(desk: Desk, name: str, arguments: dict[str, Any]) -> dict[str, Any] | None:
    """What a call of `name` answers; None where there is no such tool.

    Raises:
        Denied: the instance refuses it.
    """
    if name in _DEEDS and is_for(desk.identity, name):
        entry, deed = _DEEDS[name]
        _check(arguments, entry["inputSchema"])
        return await deed(desk, arguments)
    owner = desk.instance.user_tools().get(name)
    return await runs.run(desk, owner, arguments) if owner else None


def _check(arguments: dict[str, Any], schema: dict[str, Any]) -> None:
    if found := complaints(arguments, schema):
        raise Denied("invalid_arguments", "; ".join(found))
