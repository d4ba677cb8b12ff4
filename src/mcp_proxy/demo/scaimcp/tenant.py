"""What the one tenant has: rows by collection, and which modules are enabled for it.

Deterministic. Writing through the tools really changes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MODULES = {
    "scaibunker": "Sandboxes that run commands",
    "scaimatrix": "Documents and search",
    "scaibot": "Bots",
    "scailink": "Desktop bridge and remote MCP servers",
    "scaivoice": "Telephone, not part of the demo",
}
"""All modules that ScaiGrid has; the last one is not enabled here."""

SKILLS = {
    "usage-report": "How to report usage: accounting_usage_summary, then a table.",
    "sandbox": "How to run a command: bunker_create, bunker_exec, bunker_terminate.",
}


@dataclass(slots=True)
class Tenant:
    """Rows by collection and id."""

    rows: dict[str, dict[str, dict[str, Any]]]
    enabled: set[str] = field(default_factory=set)
    _last_id: int = 100

    def enable(self, module: str) -> None:
        """Switch a module on, from the next request on.

        Raises:
            KeyError: there is none of this name.
        """
        self.enabled.add(_known(module))

    def disable(self, module: str) -> None:
        """Switch a module off, from the next request on.

        Raises:
            KeyError: there is none of this name.
        """
        self.enabled.discard(_known(module))

    def new_id(self, collection: str) -> str:
        """An id that nothing has had."""
        self._last_id += 1
        return f"{collection.rstrip('s')}-{self._last_id}"


def _known(module: str) -> str:
    if module not in MODULES:
        raise KeyError(module)
    return module


def fresh_tenant(disabled: tuple[str, ...] = ()) -> Tenant:
    """A new tenant, the same each time, without the modules that are `disabled`."""
    collections: dict[str, list[dict[str, Any]]] = {
        "models": [
            {"id": "demo/chat-small", "kind": "chat", "backend": "gpu-1"},
            {"id": "demo/chat-large", "kind": "chat", "backend": "gpu-2"},
            {"id": "demo/embed", "kind": "embedding", "backend": "gpu-1"},
        ],
        "sessions": [{"id": "session-1", "name": "Notes", "messages": ["Hello"]}],
        "rooms": [{"id": "room-1", "name": "Desk", "messages": []}],
        "budgets": [{"id": "budget-1", "name": "Month", "limit": 500}],
        "users": [{"id": "usr-2b10", "name": "user"}, {"id": "usr-3c55", "name": "tadmin"}],
        "role_mappings": [{"id": "mapping-1", "name": "builders", "role": "tenant_user"}],
        "roles": [{"id": "role-1", "name": "auditor", "permissions": "accounting:view_tenant"}],
        "api_keys": [{"id": "key-1", "name": "desktop agent"}],
        "webhooks": [{"id": "webhook-1", "name": "billing", "url": "https://hooks.example/b"}],
        "partners": [{"id": "partner-1", "name": "Demo Partner"}],
        "tenants": [{"id": "tenant-1", "name": "demo-bank"}],
        "backends": [{"id": "gpu-1", "name": "gpu-1"}, {"id": "gpu-2", "name": "gpu-2"}],
        "routing_policies": [{"id": "policy-1", "name": "cheap first", "rule": "price"}],
        "bunker": [{"id": "bunker-1", "name": "scratch", "image": "python"}],
        "matrix": [{"id": "matrix-1", "name": "handbook", "text": "Loans need two signatures."}],
        "bots": [{"id": "bot-1", "name": "greeter"}],
    }
    rows = {name: {str(each["id"]): each for each in some} for name, some in collections.items()}
    return Tenant(rows, set(MODULES) - {"scaivoice", *disabled})
