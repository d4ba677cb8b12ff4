"""The built-in tools: names as documented, and what each needs (SC-NAME, SC-PERM, SC-API).

Only a few pairs of tool and permission are established; the rest are plausible ones of ours
(systems.md C12), and their `_meta` says so. ScaiMCP gives no annotations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

NEED = "mcp-permit-demo/permission"
"""Where a listed tool says in `_meta` how we know what it needs: `documented` or `guessed`."""

_ROWS = """
me_get | | | Who you are: user, tenant, roles and permissions.
modules_list | | | List modules and whether they are enabled.
skills_list | modules:use | | List skills. *
skills_search | modules:use | query! | Find skills. *
skills_view | modules:use | skill! | Read one skill. *
inference_chat | models:use | model! prompt! | Ask a model.
inference_embed | models:use | model! text! | Turn text into a vector. *
inference_image_generate | models:use | model! prompt! | Make an image. *
inference_transcribe | models:use | model! audio_url! | Turn speech into text. *
inference_synthesize | models:use | model! text! | Turn text into speech. *
models_list | models:list | | List models.
models_get | models:list | id! | Read one model. *
models_create | models:manage | name! backend | Add a model. *
models_update | models:manage | id! name | Change a model. *
models_delete | models:manage | id! | Delete a model. *
sessions_create | models:use | name! model | Begin a chat session. *
sessions_list | models:use | | List your chat sessions. *
sessions_get | models:use | id! | Read one chat session. *
sessions_send_message | models:use | id! text! | Say something in a session. *
sessions_delete | models:use | id! | Delete a session. *
rooms_create | models:use | name! | Open a room. *
rooms_list | models:use | | List rooms. *
rooms_get | models:use | id! | Read one room. *
rooms_send_message | models:use | id! text! | Say something in a room. *
rooms_delete | models:use | id! | Close a room. *
accounting_list_usage | accounting:view_own | | List what you have used. *
accounting_usage_summary | accounting:view_own | | Sum up what you have used. *
accounting_tenant_usage | accounting:view_tenant | | Sum up what the tenant has used. *
accounting_partner_usage | accounting:view_partner | | Sum up what the partner has used. *
accounting_list_budgets | accounting:view_tenant | | List budgets. *
accounting_create_budget | accounting:manage_budgets | name! limit:integer | Set a budget. *
accounting_update_budget | accounting:manage_budgets | id! limit:integer | Change a budget. *
accounting_delete_budget | accounting:manage_budgets | id! | Delete a budget. *
users_list | users:manage | | List users. *
users_get | users:manage | id! | Read one user. *
users_create | users:manage | name! email | Add a user. *
users_update | users:manage | id! name | Change a user. *
users_delete | users:manage | id! | Delete a user. *
role_mappings_list | users:manage | | List role mappings. *
role_mappings_create | users:manage | name! role | Map a group to a role. *
role_mappings_delete | users:manage | id! | Delete a role mapping. *
roles_list | users:manage | | List custom roles. *
roles_create | users:manage | name! permissions | Define a custom role. *
roles_delete | users:manage | id! | Delete a custom role. *
api_keys_list | api_keys:manage | | List your API keys. *
api_keys_create | api_keys:manage | name! | Make an API key. *
api_keys_delete | api_keys:manage | id! | Revoke an API key. *
webhooks_list | webhooks:manage | | List webhooks. *
webhooks_get | webhooks:manage | id! | Read one webhook. *
webhooks_create | webhooks:manage | name! url | Add a webhook. *
webhooks_update | webhooks:manage | id! url | Change a webhook. *
webhooks_delete | webhooks:manage | id! | Delete a webhook. *
webhooks_test | webhooks:manage | id! | Send a test event. *
modules_get | modules:use | module! | Read one module's settings. *
modules_enable | modules:manage | module! | Enable a module for the tenant. *
modules_disable | modules:manage | module! | Disable a module for the tenant. *
partners_list | admin:access | | List partners. *
partners_create | admin:access | name! | Add a partner. *
tenants_list | admin:access | | List tenants. *
tenants_create | admin:access | name! | Add a tenant. *
tenants_delete | admin:access | id! | Delete a tenant. *
backends_list | admin:access | | List inference backends. *
backends_health | admin:access | | Tell which backends answer. *
backends_create | admin:access | name! url | Add a backend. *
backends_delete | admin:access | id! | Delete a backend. *
audit_list | admin:access | action | List audit events. *
routing_policies_list | routing:view | | List routing policies. *
routing_policies_get | routing:view | id! | Read one routing policy. *
routing_policies_create | routing:manage | name! rule | Add a routing policy. *
routing_policies_update | routing:manage | id! rule | Change a routing policy. *
routing_policies_delete | routing:manage | id! | Delete a routing policy. *
bunker_list | scaibunker:read | | List sandboxes. *
bunker_create | scaibunker:execute | name! image | Start a sandbox. *
bunker_exec | scaibunker:execute | id! command! | Run a command in a sandbox.
bunker_terminate | scaibunker:execute | id! | End a sandbox. *
matrix_list | scaimatrix:read | | List document collections. *
matrix_search | scaimatrix:read | query! | Search documents. *
matrix_ingest_document | scaimatrix:ingest | name! text! | Add a document. *
bots_list | scaibot:bots:read | | List bots. *
bots_create | scaibot:bots:write | name! | Add a bot. *
"""
"""Name | permission | parameters (`!`: needed) | description; a star marks a pair of ours."""

MODULES = {
    "bunker": "scaibunker",
    "matrix": "scaimatrix",
    "bots": "scaibot",
}
"""Modules by the token that leads their tools' names."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool definition."""

    name: str
    description: str
    input_schema: dict[str, Any]
    required_permission: str
    """Empty: any authenticated caller."""
    module_id: str | None
    is_established: bool
    """Whether the documentation says what it needs."""

    def entry(self) -> dict[str, Any]:
        """As `tools/list` has it."""
        return {
            "name": self.name,
            "description": self.description,
            "inputSchema": self.input_schema,
            "_meta": {NEED: "documented" if self.is_established else "guessed"},
        }

    def row(self) -> dict[str, Any]:
        """As `/v1/modules/scaimcp/tools` has it (SC-API)."""
        return {
            "name": self.name,
            "description": self.description,
            "input_schema": self.input_schema,
            "required_permission": self.required_permission,
            "module_id": self.module_id,
        }


def _tool(line: str) -> Tool:
    name, permission, parameters, text = (part.strip() for part in line.split("|"))
    description = text.removesuffix("*").strip()
    module = MODULES.get(name.partition("_")[0])
    return Tool(name, description, schema(parameters), permission, module, not text.endswith("*"))


def schema(parameters: str) -> dict[str, Any]:
    """The JSON Schema of parameters written as `id! limit:integer`."""
    properties, needed = {}, []
    for each in parameters.split():
        name, _, kind = each.removesuffix("!").partition(":")
        properties[name] = {"type": kind or "string"}
        if each.endswith("!"):
            needed.append(name)
    return {"type": "object", "properties": properties, "required": needed}


CATALOGUE: dict[str, Tool] = {
    tool.name: tool for tool in (_tool(line) for line in _ROWS.strip().splitlines())
}
