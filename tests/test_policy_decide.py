"""All rules together."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_proxy.policy.decide import (
    decide,
    is_known_to_read,
    possible_classes,
    surfaced,
    unmatched_patterns,
)
from mcp_proxy.policy.model import Decision, Policy, ResourceScope, Tool
from mcp_proxy.policy.preset import Environment, KnownTool, Need, Preset, ResourceKind

# A slow machine is not a wrong program.
settings.register_profile("calm", deadline=None)
settings.load_profile("calm")

READING = Tool("list_runs", b'{"name":"list_runs","annotations":{"readOnlyHint":true}}')
WRITING = Tool("run", b'{"name":"run"}')

PRESET = Preset(
    "Runs",
    tools={
        "run": KnownTool(("execute",), needs=Need(permission="runs:start")),
        "list_runs": KnownTool(("read",)),
        "runs": KnownTool(
            ("read", "delete"), "action", {"look": "read", "drop": "delete"}, Need(right="use")
        ),
    },
    environments={"prod": Environment("prod", ("read", "debug"))},
    resources={"queue": ResourceKind("queue", ("queue",))},
)

PATTERNS = st.lists(st.sampled_from(["*", "list_*", "run", "x"]), max_size=2).map(tuple)
POLICIES = st.builds(
    Policy,
    allow=st.none() | PATTERNS,
    deny=PATTERNS,
    read_only=st.booleans(),
    classes=st.none() | st.sampled_from([("read",), ("execute", "delete"), ("unknown",)]),
    strict=st.booleans(),
    resource=st.sampled_from([(), (ResourceScope("queue", "q", "read"),)]),
    preset=st.just(lambda: PRESET),
)
CALLS = st.none() | st.sampled_from(
    [{}, {"action": "look"}, {"action": "drop", "queue": "q"}, {"queue": "other"}]
)


@pytest.mark.parametrize(
    ("policy", "tool", "allowed", "rule"),
    [
        (Policy(), WRITING, True, "default"),
        (Policy(deny=("run",)), WRITING, False, "deny"),
        (Policy(deny=("run",)), READING, True, "default"),
        (Policy(allow=("run",), deny=("r*",)), WRITING, False, "deny"),
        (Policy(allow=("run",)), WRITING, True, "allow"),
        (Policy(allow=("run",)), READING, False, "allow"),
        (Policy(allow=("run",), read_only=True), WRITING, False, "read-only"),
        (Policy(deny=("run",), read_only=True), WRITING, False, "deny"),
        (Policy(allow=("run",), read_only=True), READING, False, "allow"),
        (Policy(allow=("*",), read_only=True), READING, True, "read-only"),
        (Policy(read_only=True), READING, True, "read-only"),
    ],
)
def test_deny_wins_then_read_only_then_the_allow_list(
    policy: Policy,
    tool: Tool,
    allowed: bool,  # noqa: FBT001 - parametrized
    rule: str,
) -> None:
    """peers.md behaviour 22."""
    decision = decide(policy, tool.name, tool)
    assert (decision.allowed, decision.rule) == (allowed, rule)


def test_a_tool_that_the_gateway_does_not_list_is_judged_by_its_name() -> None:
    """Ours. The gateway itself will say that it is unknown."""
    assert decide(Policy(), "ghost", None).rule == "default"
    assert decide(Policy(deny=("gh*",)), "ghost", None).rule == "deny"
    assert decide(Policy(allow=("run",)), "ghost", None).rule == "allow"
    assert decide(Policy(read_only=True), "ghost", None).rule == "unlisted"


MIXED = Tool("runs", b'{"name":"runs"}')


@given(POLICIES, st.sampled_from([READING, WRITING, MIXED]), CALLS)
def test_every_restriction_holds_whatever_stands_beside_it(
    policy: Policy, tool: Tool, arguments: dict[str, object] | None
) -> None:
    """architecture.md §2: a policy narrows, each part of it by itself."""
    preset = policy.preset
    parts = (
        Policy(allow=policy.allow),
        Policy(deny=policy.deny),
        Policy(read_only=policy.read_only, preset=preset),
        Policy(classes=policy.classes, preset=preset),
        Policy(strict=policy.strict, preset=preset),
        Policy(resource=policy.resource, preset=preset),
    )
    each = [decide(part, tool.name, tool, arguments).allowed for part in parts]
    assert decide(policy, tool.name, tool, arguments).allowed == all(each)


@given(POLICIES, CALLS)
def test_what_a_list_hides_no_call_may_use(
    policy: Policy, arguments: dict[str, object] | None
) -> None:
    """Ours: a list shows a tool that some arguments permit, and so never too few."""
    for tool in (READING, WRITING, MIXED):
        if decide(policy, tool.name, tool, arguments).allowed:
            assert decide(policy, tool.name, tool).allowed


def test_a_decision_tells_class_and_need_whichever_rule_decided() -> None:
    """Issue 4: `tools --why` says what decides; systems.md X17."""
    prod = Policy(environment="prod", deny=("list_*",), preset=lambda: PRESET)
    assert decide(prod, "run", WRITING, {}) == Decision(
        False,
        "execute",
        "It executes, which prod permits only with permissions.execute = true",
        "permission runs:start",
        "execute",
    )
    denied = decide(prod, "list_runs", READING, {})
    assert (denied.rule, denied.tool_class, denied.needs) == ("deny", "read", None)
    open_to_all = decide(Policy(preset=lambda: PRESET), "run", WRITING)
    assert (open_to_all.rule, open_to_all.tool_class) == ("default", "execute")


def test_a_mixed_tool_has_one_class_when_it_is_called() -> None:
    """systems.md §7.2."""
    prod = Policy(environment="prod", preset=lambda: PRESET)
    listed = decide(prod, "runs", MIXED)
    assert (listed.allowed, listed.tool_class, listed.needs) == (True, None, "right use")
    assert possible_classes(prod, "runs", MIXED) == ("read", "delete")
    looked = decide(prod, "runs", MIXED, {"action": "look"})
    assert (looked.allowed, looked.tool_class) == (True, "read")
    dropped = decide(prod, "runs", MIXED, {"action": "drop"})
    assert (dropped.allowed, dropped.rule, dropped.tool_class) == (False, "environment", "delete")
    odd = decide(prod, "runs", MIXED, {"action": "frob"})
    assert (odd.allowed, odd.rule, odd.tool_class) == (False, "argument", "unknown")


def test_only_a_preset_vouches_for_a_tool_beside_the_gateway() -> None:
    """systems.md X14: what only reads may be asked again."""
    known = Policy(preset=lambda: PRESET)
    assert is_known_to_read(known, "list_runs", None, {})
    assert is_known_to_read(known, "runs", MIXED, {"action": "look"})
    assert not is_known_to_read(known, "runs", MIXED, {"action": "drop"})
    assert not is_known_to_read(known, "run", WRITING, {})
    assert not is_known_to_read(known, "get_it", None, {})
    assert not is_known_to_read(Policy(), "list_runs", READING, {})


def test_without_classes_nobody_asks_for_them() -> None:
    """Ours: a bare URL pays for no preset."""
    assert possible_classes(Policy(), "run", WRITING) == ()
    assert decide(Policy(), "run", WRITING, {}).tool_class is None


def test_a_list_keeps_its_order_and_its_refused_tools() -> None:
    """peers.md behaviour 26."""
    listed = surfaced(Policy(allow=("list_*",)), [WRITING, READING])
    assert [(tool.name, decision.allowed) for tool, decision in listed] == [
        ("run", False),
        ("list_runs", True),
    ]


def test_patterns_that_match_nothing_are_told_once() -> None:
    """peers.md behaviour 23."""
    policy = Policy(allow=("list_*", "lost_*"), deny=("RUN", "ruin", "lost_*"))
    assert unmatched_patterns(policy, [WRITING, READING]) == ("lost_*", "ruin")
    assert unmatched_patterns(Policy(), [WRITING]) == ()
    assert unmatched_patterns(policy, []) == ("list_*", "lost_*", "RUN", "ruin")
