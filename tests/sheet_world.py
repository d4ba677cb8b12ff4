"""A sheet with everything that can stand on one."""

from __future__ import annotations

import json
from dataclasses import replace

from mcp_proxy.catalog.diff import difference
from mcp_proxy.catalog.sheet import Entry, Sheet
from mcp_proxy.policy.model import Decision, Tool

YES = Decision(True, "default", "No rule speaks against it")
NO = Decision(
    False,
    "environment",
    "prod permits read and debug",
    needs="permission write",
    tool_class="write",
)


def tool(name: str, **members: object) -> Tool:
    return Tool(name, json.dumps({"name": name, **members}).encode())


SEARCH = tool(
    "search",
    title="Search <everything>",
    description="Finds pages & files.\nSecond line.",
    inputSchema={
        "properties": {
            "query": {"type": "string", "description": "What to look for."},
            "limit": {"type": "integer", "default": 10, "maximum": 50},
            "where": {"type": "object", "properties": {"a|b": {"enum": ["x|y", "`z`"]}}},
        },
        "required": ["query"],
    },
    outputSchema={"properties": {"count": {"type": "integer"}}},
)
WRITE = tool("write_page", description="</script><script>alert(1)</script>")
REMOTE = tool("remote.tenant.notion-a1b2c3.find")

ENTRIES = (
    Entry(SEARCH, "search", YES, (("dev", YES), ("prod", YES)), ("read",)),
    Entry(WRITE, "write_page", NO, (("dev", YES), ("prod", NO)), ("read", "write")),
    Entry(REMOTE, "notion_find", YES, (("dev", YES), ("prod", NO)), ("read",)),
)

SHEET = Sheet(
    profile="bank",
    gateway="https://ig.example/integrations/mcp/",
    account="jo",
    server="IG 4.22",
    protocol_version="2025-06-18",
    taken_at=1000.0,
    digest="0123456789abcdef",
    entries=ENTRIES,
    environment="prod",
)

CHANGED = replace(
    SHEET,
    since=500.0,
    changes=difference(
        [tool("search", description="Finds pages."), tool("gone*one")], [SEARCH, WRITE]
    ),
)


def day(epoch_seconds: float) -> str:
    """The time as a test can know it."""
    return f"day {epoch_seconds:g}"
