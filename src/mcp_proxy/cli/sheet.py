"""A profile's catalog as commands show it: each tool with what decides over it.

What the rules say is what `serve` would say; the class shown is the preset's word, else the
gateway's own hint, else what the name tells, also where no rule asks for it.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from mcp_proxy.catalog.facts import FactStore
from mcp_proxy.catalog.sheet import Entry, Sheet
from mcp_proxy.config.rulebook import GENERIC, PresetFile, informed_policy_of, policy_of
from mcp_proxy.login.keys import catalog_key
from mcp_proxy.policy.alias import aliases
from mcp_proxy.policy.classes import known
from mcp_proxy.policy.decide import decide
from mcp_proxy.proxy.refused.learnt import current, decisions
from mcp_proxy.values import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.catalog.model import Snapshot
    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths
    from mcp_proxy.policy.model import Class, Decision, Policy, Tool


def sheet_of(
    profile: Profile, snapshot: Snapshot, withheld: Mapping[str, Decision] | None = None
) -> Sheet:
    """The sheet of one list.

    Args:
        profile: whose rules decide.
        snapshot: the list.
        withheld: what is hidden before all rules but a denial, by tool; see `learnt`.

    Raises:
        ConfigError: the preset cannot be read.
    """
    policy = policy_of(profile)
    shown = aliases(tool.name for tool in snapshot.tools)
    entries = tuple(
        Entry(
            tool,
            shown[tool.name],
            _decided(policy, tool, withheld or {}),
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


def learnt(profile: Profile, home: Paths) -> dict[str, Decision]:
    """What the gateway has refused for itself a while ago, and `serve` hides therefore."""
    lessons = FactStore(home.catalogs).lessons(catalog_key(profile, home))
    return decisions(current(lessons, time.time()).values())


def _decided(policy: Policy, tool: Tool, withheld: Mapping[str, Decision]) -> Decision:
    decision = decide(policy, tool.name, tool)
    return decision if decision.rule == "deny" else withheld.get(tool.name, decision)


def with_environments(profile: Profile, sheet: Sheet) -> Sheet:
    """The same sheet with what every environment of the preset would say."""
    policies = in_environments(profile)

    def asked(tool: Tool) -> tuple[tuple[str, Decision], ...]:
        return tuple((name, decide(one, tool.name, tool)) for name, one in policies.items())

    entries = tuple(replace(one, environments=asked(one.tool)) for one in sheet.entries)
    return replace(sheet, entries=entries)


def in_environments(profile: Profile) -> dict[str, Policy]:
    """The rules of a profile as they would be in each environment of its preset."""
    preset = PresetFile(profile.preset or GENERIC)
    policy = replace(policy_of(profile), preset=preset)
    return {name: replace(policy, environment=name) for name in preset().environments}


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
