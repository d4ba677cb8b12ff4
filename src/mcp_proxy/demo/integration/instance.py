"""What an instance holds: integrations, runs, and what hangs on them.

`seed` fills it; writing through the tools really changes it. Its time passes only when something
happens, so that the same calls give the same answers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from mcp_proxy.demo.integration.identities import HEAD_OFFICE

KINDS = (
    "service_requests",
    "field_mappings",
    "validation_rules",
    "value_mapping_sets",
    "value_mappings",
    "tags",
    "comments",
    "warnings",
)
"""The component kinds of an integration, as `read_integration` documents them."""

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
"""When the instance's own time begins."""


@dataclass(slots=True)
class UserTool:
    """A tool that the users of the instance defined: one per integration."""

    name: str
    description: str
    input_schema: dict[str, Any]


@dataclass(slots=True)
class Integration:
    """One integration and its components by kind; components carry an `id`."""

    id: int
    name: str
    is_active: bool
    keeps_history: bool
    """Whether runs are recorded; where not, a run has no id to ask for later."""
    last_saved: str
    components: dict[str, list[dict[str, Any]]]
    tool: UserTool | None = None


@dataclass(slots=True)
class Run:
    """One run's history set."""

    id: int
    integration_id: int
    status: str
    started_at: datetime
    payload: dict[str, Any]
    items: list[dict[str, Any]]
    messages: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    organization: str = HEAD_OFFICE
    """Whose run it is (systems.md §2.2)."""


@dataclass(slots=True)
class Instance:
    """Everything that the tools read and write."""

    integrations: dict[int, Integration]
    runs: dict[int, Run]
    models: dict[str, dict[int, dict[str, Any]]]
    """Admin model instances by `app_label.ModelName` and id."""
    frontends: dict[str, dict[str, str]]
    """File texts by frontend name and path."""
    adapters: dict[int, dict[str, Any]]
    adapter_configs: dict[int, dict[str, Any]]
    label: str = "DEV"
    _saves: int = 0
    _last_id: int = 1000

    def save(self) -> str:
        """The time of a change that happens now: one second after the one before (ours)."""
        return stamp(self.now())

    def now(self) -> datetime:
        """The instance's own time: it passes only when something happens."""
        self._saves += 1
        return START + timedelta(hours=1, seconds=self._saves)

    def new_id(self) -> int:
        """An id that nothing has had."""
        self._last_id += 1
        return self._last_id

    def user_tools(self) -> dict[str, Integration]:
        """Integrations by the name of the tool that their users defined."""
        return {each.tool.name: each for each in self.integrations.values() if each.tool}


def stamp(moment: datetime) -> str:
    """A time as the wire has it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
