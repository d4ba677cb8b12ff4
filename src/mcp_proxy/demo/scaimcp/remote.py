"""The cloud registry of ScaiLink: other MCP servers, whose tools appear as `remote.…` (SL-REG).

Personal ones are seen by who registered them, tenant-shared ones by everybody who may use remote
tools. Nothing goes out: the servers are made up. A tier of its own for each tool is ours; the
documentation has one for each server.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from mcp_proxy.demo.scaimcp.catalogue import schema
from mcp_proxy.demo.scaimcp.permissions import REMOTE_USE, covers

if TYPE_CHECKING:
    from mcp_proxy.demo.scaimcp.people import Person

Tier = Literal["auto", "confirm", "locked"]
"""Runs; asks the caller each time; cannot be called but by hand in ScaiLink (SL-TUT)."""

TIER = "scailink/consent_tier"
"""Where a listed tool says its tier, in `_meta` (ours)."""

_FAILURES = 3
"""So many in a row, and a server is in `error` (SL-TRBL)."""


@dataclass(frozen=True, slots=True)
class RemoteTool:
    """One tool of a remote server."""

    name: str
    description: str
    tier: Tier = "auto"
    parameters: str = ""
    is_reading: bool = True


@dataclass(slots=True)
class RemoteServer:
    """One entry of the registry."""

    id: str
    name: str
    owner_id: str
    is_shared: bool
    tools: tuple[RemoteTool, ...] = ()
    endpoint_url: str = "https://remote.example/mcp"
    consent_tier: Tier = "auto"
    is_reachable: bool = True
    status: str = "active"
    """Or `error`."""
    failures: int = 0

    @property
    def slug(self) -> str:
        """The display name in kebab case and a stable hash of six characters."""
        kebab = re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")
        return f"{kebab}-{hashlib.sha256(self.id.encode()).hexdigest()[:6]}"

    @property
    def prefix(self) -> str:
        """What comes before each of its tools' names."""
        return f"remote.{'tenant' if self.is_shared else self.owner_id}.{self.slug}."

    def refresh(self) -> None:
        """Look whether it answers: one good answer mends it, the third bad one breaks it."""
        self.failures = 0 if self.is_reachable else self.failures + 1
        if not self.failures:
            self.status = "active"
        elif self.failures >= _FAILURES:
            self.status = "error"

    def break_down(self) -> None:
        """Be unreachable, and known to be."""
        self.is_reachable, self.status, self.failures = False, "error", _FAILURES

    def mend(self) -> None:
        """Be reachable again, and known to be."""
        self.is_reachable = True
        self.refresh()

    def row(self) -> dict[str, Any]:
        """As `/v1/modules/scailink/remote-servers` has it; credentials are never shown."""
        return {
            "id": self.id,
            "name": self.name,
            "slug": self.slug,
            "endpoint_url": self.endpoint_url,
            "is_tenant_shared": self.is_shared,
            "consent_tier": self.consent_tier,
            "status": self.status,
            "tools": [{"name": each.name, "consent_tier": each.tier} for each in self.tools],
        }


class Registry:
    """All remote servers of the tenant."""

    def __init__(self, servers: tuple[RemoteServer, ...]) -> None:
        self.servers = {each.id: each for each in servers}

    def seen_by(self, person: Person) -> list[RemoteServer]:
        """The servers that somebody may know of; none without `scailink:remote.use`."""
        if not covers(person.permissions, REMOTE_USE):
            return []
        owner = person.user_id
        return [each for each in self.servers.values() if each.is_shared or each.owner_id == owner]

    def tools(self, person: Person) -> dict[str, RemoteTool]:
        """Remote tools by full name; those of a server in `error` are gone."""
        return {
            server.prefix + tool.name: tool
            for server in self.seen_by(person)
            if server.status == "active"
            for tool in server.tools
        }


def entry(name: str, tool: RemoteTool) -> dict[str, Any]:
    """As `tools/list` has it."""
    tiers = {"auto": "", "confirm": " Asks you each time.", "locked": " Only by hand in ScaiLink."}
    return {
        "name": name,
        "description": tool.description + tiers[tool.tier],
        "inputSchema": schema(tool.parameters),
        "_meta": {TIER: tool.tier},
    }


def registered(owner_id: str) -> tuple[RemoteServer, ...]:
    """The two servers that there are at first; `owner_id` has registered the personal one.

    Two of its names collide where dots become underscores, and one is of 90 characters.
    """
    long = "find_" + "and_compare_" * 4 + "pages"
    notes = (
        RemoteTool("search_pages", "Search your notes.", parameters="query!"),
        RemoteTool("search.pages", "Search your notes, under an older name.", parameters="query!"),
        RemoteTool("create_page", "Write a note.", "confirm", "title! text", is_reading=False),
        RemoteTool("empty_trash", "Delete for good.", "locked", is_reading=False),
        RemoteTool(long, "Compare notes.", parameters="query!"),
    )
    calendar = (
        RemoteTool("list_events", "List the team's events.", parameters="day"),
        RemoteTool("add_event", "Add an event.", "confirm", "title! day", is_reading=False),
        RemoteTool("purge", "Delete the calendar.", "locked", is_reading=False),
    )
    return (
        RemoteServer("rs-personal", "My Notes", owner_id, False, notes),
        RemoteServer("rs-shared", "Team Calendar", "usr-3c55", True, calendar),
    )
