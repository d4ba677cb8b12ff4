"""The gateway's own audit: what was changed, by whom, under the underlying service's action.

The documentation describes it twice (C3): `/v1/audit/events?actor_user_id=` and
`/v1/audit-log?actor_id=`. Reads are not recorded, and nothing says that MCP brought a call.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mcp_proxy.demo.scaimcp.refusals import request_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp_proxy.demo.scaimcp.people import Person
    from mcp_proxy.demo.scaimcp.refusals import Refused

_NAMES = {"actor_user_id": "actor_id"}
"""A parameter's other name."""


class Events:
    """All rows since the world was made. `now` gives epoch seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._rows: list[dict[str, Any]] = []

    def note(self, person: Person, action: str, resource: str, status: str = "success") -> None:
        """Record what somebody has changed, or tried to."""
        self._rows.append(
            {
                "id": f"evt-{len(self._rows) + 1}",
                "time": datetime.fromtimestamp(self._now(), UTC).isoformat(timespec="seconds"),
                "actor_id": person.user_id,
                "action": action,
                "resource_type": resource,
                "status": status,
                "request_id": request_id(),
            }
        )

    def refused(self, person: Person, tool: str, refused: Refused) -> None:
        """Record an attempt that the permissions did not allow; other refusals leave no row."""
        if refused.code == "PERMISSION_DENIED":
            self.note(person, tool.replace("_", "."), tool.partition("_")[0], "denied")

    def found(self, wanted: Mapping[str, str]) -> list[dict[str, Any]]:
        """The rows that fit `actor_id`, `action`, `resource_type`, `status`, `start` and `end`."""
        asked = {_NAMES.get(name, name): text for name, text in wanted.items() if text}
        start, end = asked.pop("start", ""), asked.pop("end", "~")
        return [
            row
            for row in self._rows
            if start <= row["time"] <= end
            and all(row.get(name, text) == text for name, text in asked.items())
        ]
