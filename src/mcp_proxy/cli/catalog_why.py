"""`catalog why TOOL`: which rule, class, need, refusal or fact of the gateway decides over it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from mcp_proxy.catalog.facts import FactStore
from mcp_proxy.cli.command import suggestion
from mcp_proxy.cli.output import Row, document, facts, one_line, printable, say, span, table
from mcp_proxy.cli.passphrase import unlock_for
from mcp_proxy.cli.register import fetched, register_of, remembered
from mcp_proxy.cli.sheet import in_environments
from mcp_proxy.config.rulebook import informed_policy_of, policy_of
from mcp_proxy.errors import ConfigError, addressing
from mcp_proxy.login.keys import catalog_key
from mcp_proxy.login.standing import last_snapshot
from mcp_proxy.policy.alias import aliases
from mcp_proxy.policy.classes import known
from mcp_proxy.policy.decide import decide
from mcp_proxy.proxy.refused.learnt import LESSON_SECONDS, current, decisions
from mcp_proxy.values import dataclass

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from mcp_proxy.catalog.facts import Lesson
    from mcp_proxy.catalog.matrix import Matrix
    from mcp_proxy.catalog.model import Snapshot
    from mcp_proxy.catalog.register import Register
    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths
    from mcp_proxy.policy.classes import Known
    from mcp_proxy.policy.model import Decision, Tool


@dataclass(frozen=True, slots=True)
class Why:
    """All that is known about one tool of one profile; times are epoch seconds."""

    name: str
    shown_as: str
    decision: Decision
    known: Known
    listed_at: float | None
    """When it was listed last; None: the gateway did not list it."""
    environments: dict[str, Decision]
    values: dict[str, Decision]
    """What the profile says of each value of the argument that decides."""
    lesson: Lesson | None
    matrix: Matrix | None
    """Where the gateway grants rights for each resource, and this tool needs one."""
    register: Register | None

    def document(self, now: float) -> dict[str, Any]:
        """The same for programs."""
        told = self.register.tool(self.name) if self.register else None
        return {
            "tool": self.name,
            "shown_as": self.shown_as,
            "surfaced": self.decision.allowed and self.listed_at is not None,
            "rule": self.decision.rule,
            "reason": self.decision.reason,
            "classes": list(self.known.classes),
            "class_from": self.known.origin,
            "needs": self.known.needs,
            "listed": self.listed_at is not None,
            "environments": {name: one.allowed for name, one in self.environments.items()},
            "argument": self.known.argument,
            "values": {
                value: {"class": self.known.class_of[value], "allowed": one.allowed}
                for value, one in self.values.items()
            },
            "learnt": self.lesson and {
                "reason": self.lesson.reason,
                "permission": self.lesson.permission,
                "gateway_code": self.lesson.code,
                "learnt_at": self.lesson.learnt_at,
                "forgotten_in_seconds": round(self.lesson.learnt_at + LESSON_SECONDS - now, 3),
            },
            "rights": self.matrix and {
                "told_by": self.matrix.tool,
                "taken_at": self.matrix.taken_at,
                "rows": {row.name: dict(row.rights) for row in self.matrix.rows},
            },
            "register": told and {
                "taken_at": self.register and self.register.taken_at,
                "permission": told.permission,
                "module": told.module,
            },
        }  # fmt: skip


def why(profile: Profile, home: Paths, words: Sequence[str], options: argparse.Namespace) -> int:
    """Print what decides over one tool; the exit code."""
    if len(words) != 1:
        raise ConfigError("Name one tool", hint="mcp-permit catalog why TOOL")
    with addressing(profile.name):
        may_read = True
        if options.live:
            unlock_for(profile, home)
            may_read = asyncio.run(fetched(profile, home)) is not None
        found = _found(profile, home, words[0])
    now = time.time()
    if options.json:
        document({"profile": profile.name, "account": profile.account, **found.document(now)})
        return 0
    told = _told(profile, found, now, may_read=may_read)
    facts([(name, printable(text)) for name, text in told])
    if found.values:
        say("")
        argument = found.known.argument or ""
        rows = [_value(found, value) for value in found.values]
        table([argument, "Class", "This profile"], rows, wrap=True)
    return 0


def _found(profile: Profile, home: Paths, word: str) -> Why:
    policy, snapshot = policy_of(profile), last_snapshot(profile, home)
    key, store = catalog_key(profile, home), FactStore(home.catalogs)
    listed = {tool.name: tool for tool in snapshot.tools} if snapshot else {}
    shown = aliases(listed)
    name = next((real for real, alias in shown.items() if alias == word), word)
    tool, register = listed.get(name), remembered(profile, home)
    lesson = current(store.lessons(key), time.time()).get(name)
    told = known(informed_policy_of(profile), name, tool)
    is_told_of = tool is not None or told.origin == "preset" or lesson is not None
    if not is_told_of and (register is None or register.tool(name) is None):
        hint = suggestion(name, listed) or f"mcp-permit tools {profile.name} --all"
        raise ConfigError(f"Nothing is known of a tool named {name}", hint=hint)
    decision = decide(policy, name, tool)
    if lesson is not None and decision.rule != "deny":
        decision = decisions([lesson])[name]
    return Why(
        name=name,
        shown_as=shown.get(name, name),
        decision=decision,
        known=told,
        listed_at=_listed_at(snapshot, tool),
        environments={
            each: decide(one, name, tool) for each, one in in_environments(profile).items()
        },
        values={
            value: decide(policy, name, tool, {told.argument or "": value})
            for value in told.class_of
        },
        lesson=lesson,
        matrix=store.matrix(key) if told.needs and " on the " in told.needs else None,
        register=register,
    )


def _listed_at(snapshot: Snapshot | None, tool: Tool | None) -> float | None:
    return snapshot.taken_at if snapshot is not None and tool is not None else None


# ---- words --------------------------------------------------------------------------------------


def _told(profile: Profile, found: Why, now: float, *, may_read: bool) -> Iterator[tuple[str, str]]:
    yield "tool", found.name
    if found.shown_as != found.name:
        yield "shown as", found.shown_as
    environment = f", environment {profile.environment}" if profile.environment else ""
    yield "profile", f"{profile.name}, account {profile.account}{environment}"
    is_surfaced = found.decision.allowed and found.listed_at is not None
    yield "state", "surfaced" if is_surfaced else "hidden"
    yield "decides", _decides(found)
    yield "class", f"{' or '.join(found.known.classes)}, {_FROM[found.known.origin]}"
    if found.known.needs:
        yield "needs", found.known.needs
    yield "listed", _listed(profile, found, now, may_read=may_read)
    if found.lesson is not None:
        left = span(found.lesson.learnt_at + LESSON_SECONDS - now)
        ago = span(now - found.lesson.learnt_at)
        yield "refused", f"{ago} ago; shown again in {left}, or after a sign-in or another list"
    if found.matrix is not None:
        yield "rights", _rights(found, found.matrix, now)
    if found.environments:
        told = (
            f"{name} {'yes' if one.allowed else 'no'}" for name, one in found.environments.items()
        )
        yield "environments", ", ".join(told)


_FROM = {
    "preset": "as the preset knows",
    "annotations": "as the gateway's own hints say",
    "name": "as its name says",
    "nowhere": "for nothing says more",
}


def _decides(found: Why) -> str:
    if found.decision.allowed and found.listed_at is None:
        return "the gateway, which does not list it for this identity"
    return f"{found.decision.rule}: {found.decision.reason}"


def _listed(profile: Profile, found: Why, now: float, *, may_read: bool) -> str:
    if found.listed_at is not None:
        return f"yes, {span(now - found.listed_at)} ago"
    told = found.register.tool(found.name) if found.register is not None else None
    if told is not None and found.register is not None:
        age = span(now - found.register.taken_at)
        needs = told.needs() or "nothing but a sign-in"
        return f"no; the gateway's own register says that it needs {needs} ({age} ago)"
    if found.register is not None or register_of(profile) is None:
        return "no, and why is not known"
    if may_read:
        return "no, and why is not known; --live asks the gateway's register, if it lets you"
    return "no, and why is not known: the gateway's register is closed to this identity"


def _rights(found: Why, matrix: Matrix, now: float) -> str:
    """On which resources the identity holds the right that the tool needs."""
    needs = found.known.needs or ""
    right = needs.partition("right ")[2].partition(" on the ")[0]
    held = [row.name for row in matrix.rows if row.rights.get(right)]
    told = f"{right} on {', '.join(held)}" if held else f"{right} on no {matrix.on}"
    return f"{told}, as {matrix.tool} told {span(now - matrix.taken_at)} ago"


def _value(found: Why, value: str) -> Row:
    decision = found.values[value]
    state = "permitted" if decision.allowed else f"refused, {decision.rule}: {decision.reason}"
    cells = (printable(value), found.known.class_of[value], one_line(state))
    return Row(cells, is_faint=not decision.allowed)
