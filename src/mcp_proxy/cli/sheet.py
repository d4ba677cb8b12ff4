"""A profile's catalog as commands show it: each tool with what decides over it.

What the rules say is what `serve` would say; the class shown is the preset's word, else the
gateway's own hint, else what the name tells, also where no rule asks for it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mcp_proxy.catalog.sheet import Entry, Sheet
from mcp_proxy.config.rulebook import GENERIC, PresetFile, informed_policy_of, policy_of
from mcp_proxy.policy.alias import aliases
from mcp_proxy.policy.classes import known
from mcp_proxy.policy.decide import decide
from mcp_proxy.values import replace

if TYPE_CHECKING:
    from mcp_proxy.catalog.model import Snapshot
    from mcp_proxy.config.model import Profile
    from mcp_proxy.policy.model import Class, Decision, Tool


def sheet_of(profile: Profile, snapshot: Snapshot) -> Sheet:
    """The sheet of one list.

    Raises:
        ConfigError: the preset cannot be read.
    """
    policy = policy_of(profile)
    shown = aliases(tool.name for tool in snapshot.tools)
    entries = tuple(
        Entry(
            tool,
            shown[tool.name],
            decide(policy, tool.name, tool),
            classes=classes_of(profile, tool),
        )
        for tool in snapshot.tools
    )
    return Sheet(
        profile=profile.name,
        gateway=snapshot.gateway,
        account=snapshot.account,
        environment=profile.environment,
        server=server_name(snapshot),
        protocol_version=snapshot.protocol_version,
        taken_at=snapshot.taken_at,
        digest=snapshot.digest,
        entries=entries,
    )


def with_environments(profile: Profile, sheet: Sheet) -> Sheet:
    """The same sheet with what every environment of the preset would say."""
    preset = PresetFile(profile.preset or GENERIC)
    policy = replace(policy_of(profile), preset=preset)
    policies = [(name, replace(policy, environment=name)) for name in preset().environments]

    def asked(tool: Tool) -> tuple[tuple[str, Decision], ...]:
        return tuple((name, decide(one, tool.name, tool)) for name, one in policies)

    entries = tuple(replace(one, environments=asked(one.tool)) for one in sheet.entries)
    return replace(sheet, entries=entries)


def shown_tools(profile: Profile, snapshot: Snapshot, *, all_of_them: bool) -> tuple[Tool, ...]:
    """The tools of a list that the profile surfaces; what is hidden does not exist for it."""
    if all_of_them:
        return snapshot.tools
    policy = policy_of(profile)
    return tuple(tool for tool in snapshot.tools if decide(policy, tool.name, tool).allowed)


def classes_of(profile: Profile, tool: Tool) -> tuple[Class, ...]:
    """All that calls of a tool can amount to, as far as anything tells."""
    return known(informed_policy_of(profile), tool.name, tool).classes


def server_name(snapshot: Snapshot) -> str:
    """What a gateway calls itself, with its version; `unnamed` where it does not."""
    told = server_facts(snapshot)
    return " ".join(str(told[key]) for key in ("name", "version") if key in told) or "unnamed"


def server_facts(snapshot: Snapshot) -> dict[str, object]:
    """What the gateway says of itself (MCP 2025-11-25 `Implementation`)."""
    initialized = json.loads(snapshot.initialize)
    found = initialized.get("serverInfo") if isinstance(initialized, dict) else None
    return found if isinstance(found, dict) else {}
