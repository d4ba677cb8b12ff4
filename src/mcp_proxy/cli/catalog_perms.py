"""`catalog perms`: who may do what, as far as rules, presets and the gateway tell.

The rights on each resource, as the gateway told them; what the rules let through of each
class, here and in each environment; what the gateway wants, and whether it shows the tools
that want it; what it has refused lately. It explains, and permits nothing.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from mcp_proxy.catalog.facts import FactStore
from mcp_proxy.catalog.matrix import matrix
from mcp_proxy.catalog.sheet import GRAVITY
from mcp_proxy.cli.output import Row, document, facts, note, one_line, printable, say, span, table
from mcp_proxy.cli.passphrase import unlock_for
from mcp_proxy.cli.register import fetched, remembered
from mcp_proxy.cli.session import session
from mcp_proxy.cli.sheet import in_environments, learnt, sheet_of
from mcp_proxy.cli.tools import headline
from mcp_proxy.config.rulebook import informed_policy_of, policy_of
from mcp_proxy.errors import ConfigError, StoreError, addressing
from mcp_proxy.login.keys import catalog_key
from mcp_proxy.login.standing import last_snapshot
from mcp_proxy.policy.classes import known
from mcp_proxy.policy.decide import decide
from mcp_proxy.proxy.refused.learnt import LESSON_SECONDS, current
from mcp_proxy.values import dataclass
from mcp_proxy.wire import mcp

if TYPE_CHECKING:
    import argparse
    from collections.abc import Container, Iterable, Sequence

    from mcp_proxy.catalog.facts import Lesson
    from mcp_proxy.catalog.matrix import Matrix
    from mcp_proxy.catalog.register import Register
    from mcp_proxy.catalog.sheet import Sheet
    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths
    from mcp_proxy.policy.classes import Known
    from mcp_proxy.policy.enquiry import MatrixTool
    from mcp_proxy.policy.model import Class, Policy, Tool


@dataclass(frozen=True, slots=True)
class Perms:
    """All that is known of what one identity may do."""

    sheet: Sheet
    rights: Matrix | None
    needs: dict[str, tuple[int, int]]
    """What the gateway wants: how many tools want it, and how many of them it shows."""
    lessons: tuple[Lesson, ...]
    classes: dict[Class, dict[str, int]]
    """For each class: how many tools may do so, for how many of them the rules let it pass
    here, and in each environment of the preset."""


def perms(profile: Profile, home: Paths, words: Sequence[str], options: argparse.Namespace) -> int:
    """Print the matrix; the exit code."""
    if words:
        raise ConfigError("perms takes a gateway only", hint="mcp-permit catalog why TOOL")
    with addressing(profile.name):
        if options.live:
            unlock_for(profile, home)
            asyncio.run(_refresh(profile, home, as_json=options.json))
        found = _found(profile, home)
    if options.json:
        document(_document(found))
        return 0
    facts(headline(found.sheet, is_live=False))
    _show_rights(found.rights)
    _show_classes(found)
    _show_needs(found.needs)
    _show_lessons(found.lessons)
    return 0


async def _refresh(profile: Profile, home: Paths, *, as_json: bool) -> None:
    """Ask for the list, the matrix and the register, as far as there are such."""
    load = policy_of(profile).preset
    shape = None if load is None else load().enquiry.matrix
    async with session(profile, home, as_json=as_json) as tap:
        names = {tool.name for tool in await tap.tools()}
        if shape is not None and shape.tool in names:
            called = {"name": shape.tool, "arguments": {}}
            _keep(profile, home, shape, await tap.request(mcp.TOOLS_CALL, called), as_json=as_json)
    await fetched(profile, home)


def _keep(
    profile: Profile, home: Paths, shape: MatrixTool, answer: bytes, *, as_json: bool
) -> None:
    found = matrix(answer, shape, time.time())
    if found is not None:
        FactStore(home.catalogs).keep_matrix(catalog_key(profile, home), found)
    elif not as_json:
        error = json.loads(answer).get("error", {})
        reason = one_line(str(error.get("message", "its answer holds none")))
        note(f"mcp-permit: {shape.tool} tells no rights: {reason}")


def _found(profile: Profile, home: Paths) -> Perms:
    snapshot = last_snapshot(profile, home)
    if snapshot is None or not snapshot.tools:
        raise StoreError(
            f"The tools of {profile.url} have not been seen yet", hint="mcp-permit tools"
        )
    key, store = catalog_key(profile, home), FactStore(home.catalogs)
    withheld = learnt(profile, home)
    sheet = sheet_of(profile, snapshot, withheld)
    return Perms(
        sheet=sheet,
        classes=_classes(profile, sheet, withheld),
        rights=store.matrix(key),
        needs=_needs(profile, sheet, remembered(profile, home)),
        lessons=tuple(current(store.lessons(key), time.time()).values()),
    )


def _classes(
    profile: Profile, sheet: Sheet, withheld: Container[str]
) -> dict[Class, dict[str, int]]:
    informed = informed_policy_of(profile)
    policies = {"here": policy_of(profile)} | in_environments(profile)
    found: dict[Class, dict[str, int]] = {}
    for tool in (entry.tool for entry in sheet.entries):
        told = known(informed, tool.name, tool)
        for one in told.classes:
            row = found.setdefault(one, dict.fromkeys(("tools", *policies), 0))
            row["tools"] += 1
            for name, policy in policies.items():
                is_hidden = name == "here" and tool.name in withheld
                row[name] += not is_hidden and _passes(policy, tool, told, one)
    return {one: found[one] for one in GRAVITY if one in found}


def _passes(policy: Policy, tool: Tool, told: Known, tool_class: Class) -> bool:
    """Whether the rules let calls of this class pass."""
    argument = told.argument
    if argument is None:
        return decide(policy, tool.name, tool).allowed
    values = (value for value, one in told.class_of.items() if one == tool_class)
    return any(decide(policy, tool.name, tool, {argument: value}).allowed for value in values)


def _needs(profile: Profile, sheet: Sheet, register: Register | None) -> dict[str, tuple[int, int]]:
    """What the gateway wants of which tools: by its own register, else as the preset knows."""
    shown = {entry.tool.name for entry in sheet.entries}
    policy = informed_policy_of(profile)
    wanted = {each.name: each.needs() for each in register.tools} if register else {}
    for entry in sheet.entries:
        told = known(policy, entry.tool.name, entry.tool).needs
        wanted.setdefault(entry.tool.name, told or "")
    found: dict[str, tuple[int, int]] = {}
    for name, needs in sorted(wanted.items(), key=lambda one: one[1]):
        if needs:
            tools, listed = found.get(needs, (0, 0))
            found[needs] = tools + 1, listed + (name in shown)
    return found


def _document(found: Perms) -> dict[str, Any]:
    sheet, now = found.sheet, time.time()
    return {
        "profile": sheet.profile,
        "gateway": sheet.gateway,
        "account": sheet.account,
        "environment": sheet.environment,
        "taken_at": sheet.taken_at,
        "rights": found.rights and {
            "on": found.rights.on,
            "told_by": found.rights.tool,
            "taken_at": found.rights.taken_at,
            "rows": [
                {"id": row.id, "name": row.name, "rights": dict(row.rights)}
                for row in found.rights.rows
            ],
        },
        "classes": found.classes,
        "needs": [
            {"needs": needs, "tools": tools, "listed": listed}
            for needs, (tools, listed) in found.needs.items()
        ],
        "learnt": [
            {
                "tool": each.tool,
                "reason": each.reason,
                "permission": each.permission,
                "gateway_code": each.code,
                "learnt_at": each.learnt_at,
                "forgotten_in_seconds": round(each.learnt_at + LESSON_SECONDS - now, 3),
            }
            for each in found.lessons
        ],
    }  # fmt: skip


# ---- for a person -------------------------------------------------------------------------------


def _show_rights(rights: Matrix | None) -> None:
    if rights is None:
        return
    yes, no = _signs()
    say(f"\nRights on each {rights.on}, as {rights.tool} told {_ago(rights.taken_at)} ago\n")
    names = rights.rights
    rows = [
        Row((printable(row.name), *(_sign(row.rights.get(name), yes, no) for name in names)))
        for row in rights.rows
    ]
    table([rights.on.capitalize(), *map(printable, names)], rows)


def _signs() -> tuple[str, str]:
    """Yes and no: as signs where the stream can show them."""
    try:
        "✓·".encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return "yes", "-"
    return "✓", "·"


def _sign(held: bool | None, yes: str, no: str) -> str:  # noqa: FBT001 - a cell
    return "?" if held is None else yes if held else no


def _show_classes(found: Perms) -> None:
    say("\nTools whose calls pass the rules, by class\n")
    names = list(next(iter(found.classes.values())))
    rows = [
        Row((tool_class, *map(str, row.values())), is_faint=row["here"] == 0)
        for tool_class, row in found.classes.items()
    ]
    table(["Class", "Tools", "Here", *(f"in {name}" for name in names[2:])], rows)


def _show_needs(needs: dict[str, tuple[int, int]]) -> None:
    if needs:
        say("\nWhat the gateway wants, and for how many tools\n")
        rows = [
            Row((printable(name), str(tools), str(listed)), is_faint=listed == 0)
            for name, (tools, listed) in needs.items()
        ]
        table(["Needs", "Tools", "Listed"], rows)


def _show_lessons(lessons: Iterable[Lesson]) -> None:
    rows = [
        Row((printable(each.tool), f"{_ago(each.learnt_at)} ago", one_line(f"It {each.reason}")))
        for each in lessons
    ]
    if rows:
        say("\nRefused by the gateway lately, and hidden for it\n")
        table(["Tool", "When", "Why"], rows, wrap=True)


def _ago(at: float) -> str:
    return span(time.time() - at)
