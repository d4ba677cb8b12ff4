"""Lists of former days in a home of its own."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from mcp_proxy.catalog.history import History
from mcp_proxy.catalog.model import Snapshot
from mcp_proxy.catalog.store import CatalogStore
from mcp_proxy.config.load import load_config, resolve
from mcp_proxy.config.model import Overrides
from mcp_proxy.config.paths import HOME_VARIABLE, paths
from mcp_proxy.login.keys import catalog_key
from mcp_proxy.policy.model import Tool

if TYPE_CHECKING:
    from pathlib import Path

URL, OTHER = "https://ig.example/mcp/", "https://prod.example/mcp/"
CONFIG = f"""
default_profile = "dev"
[profiles.dev]
url = "{URL}"
preset = "integration-gateway"
auth.grant = "none"
permissions.deny = ["delete_*"]
[profiles.prod]
url = "{OTHER}"
auth.grant = "none"
"""


def tool(name: str, **members: object) -> Tool:
    return Tool(name, json.dumps({"name": name, **members}).encode())


READ = tool("read_integration", description="Reads one.", inputSchema={"type": "object"})
READ_MORE = tool("read_integration", description="Reads one of many.", inputSchema={})
LIST, WRITE, DELETE = tool("list_integrations"), tool("write_integration"), tool("delete_all")
"""The last is hidden in `dev`."""


def furnish(home: Path, **lists: list[tuple[float, list[Tool]]]) -> None:
    """Write the settings, and what each profile saw so many seconds ago, oldest first."""
    (home / "config.toml").write_text(CONFIG)
    where = paths({HOME_VARIABLE: str(home)})
    for name, seen in lists.items():
        profile = resolve(load_config(where.config_file), name, Overrides())
        key = catalog_key(profile, where)
        for age, tools in seen:
            snapshot = Snapshot(
                profile.url,
                profile.account,
                time.time() - age,
                "2025-06-18",
                b'{"serverInfo":{"name":"IG"}}',
                tuple(tools),
            )
            History(where.catalogs).keep(key, snapshot)
            CatalogStore(where.catalogs).write(key, snapshot)
