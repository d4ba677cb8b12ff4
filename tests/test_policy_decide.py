"""All rules together."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_proxy.policy.decide import decide, surfaced, unmatched_patterns
from mcp_proxy.policy.model import Policy, Tool

# A slow machine is not a wrong program.
settings.register_profile("calm", deadline=None)
settings.load_profile("calm")

READING = Tool("list_runs", b'{"name":"list_runs","annotations":{"readOnlyHint":true}}')
WRITING = Tool("run", b'{"name":"run"}')

PATTERNS = st.lists(st.sampled_from(["*", "list_*", "run", "x"]), max_size=2).map(tuple)
POLICIES = st.builds(Policy, allow=st.none() | PATTERNS, deny=PATTERNS, read_only=st.booleans())


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


@given(POLICIES, st.sampled_from([READING, WRITING]))
def test_every_restriction_holds_whatever_stands_beside_it(policy: Policy, tool: Tool) -> None:
    """architecture.md §2: a policy narrows, each part of it by itself."""
    parts = (
        Policy(allow=policy.allow),
        Policy(deny=policy.deny),
        Policy(read_only=policy.read_only),
    )
    each = [decide(part, tool.name, tool).allowed for part in parts]
    assert decide(policy, tool.name, tool).allowed == all(each)


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
