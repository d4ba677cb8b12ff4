"""What each rule says by itself."""

from __future__ import annotations

from mcp_proxy.policy.classes import Known
from mcp_proxy.policy.model import Policy, ResourceScope, Tool
from mcp_proxy.policy.rules import (
    Use,
    allow_rule,
    class_rule,
    deny_rule,
    read_only_rule,
    resource_rule,
)

READING = Tool("list_runs", b'{"name":"list_runs","annotations":{"readOnlyHint":true}}')
WRITING = Tool("run", b'{"name":"run"}')
READ_ONLY = Policy(read_only=True)


def test_the_deny_list_has_an_opinion_only_of_what_it_names() -> None:
    """Ours."""
    policy = Policy(deny=("x", "run*"))
    decision = deny_rule(Use(policy, "Run"))
    assert decision is not None
    assert (decision.allowed, decision.rule) == (False, "deny")
    assert decision.reason == "The deny list names it: run*"
    assert deny_rule(Use(policy, "list_runs")) is None


def test_an_allow_list_has_an_opinion_of_everything() -> None:
    """peers.md behaviour 22: it closes the door for what it does not name."""
    policy = Policy(allow=("x", "list_*"))
    named, other = allow_rule(Use(policy, "list_runs")), allow_rule(Use(policy, "run"))
    assert named is not None
    assert other is not None
    assert (named.allowed, named.rule, other.allowed, other.rule) == (True, "allow", False, "allow")
    assert allow_rule(Use(Policy(), "run")) is None


def test_an_empty_allow_list_permits_nothing() -> None:
    """Ours: it fails closed, should one ever get past the settings."""
    decision = allow_rule(Use(Policy(allow=()), "run"))
    assert decision is not None
    assert not decision.allowed


def test_read_only_trusts_the_gateways_mark_where_the_preset_knows_nothing() -> None:
    """MCP, Tools: `annotations.readOnlyHint`."""
    guess = Known(("read",), "name")
    answers = [
        (decision.allowed, decision.rule)
        for use in (
            Use(READ_ONLY, "a", READING),
            Use(READ_ONLY, "a", WRITING),
            Use(READ_ONLY, "a"),
            Use(READ_ONLY, "get_a", WRITING, known=guess),
        )
        if (decision := read_only_rule(use)) is not None
    ]
    assert answers == [
        (True, "read-only"), (False, "read-only"), (False, "unlisted"), (False, "read-only"),
    ]  # fmt: skip
    assert read_only_rule(Use(Policy(), "a")) is None


def test_read_only_takes_the_presets_word_for_a_tool_that_it_names() -> None:
    """systems.md §7.2: half of the actions of a tool read, and the gateway marks the whole."""
    mixed = Known(("read", "delete"), "preset", "action", {"get": "read", "drop": "delete"})
    debug = Known(("debug",), "preset")
    answers = [
        decision.allowed
        for known, arguments in (
            (mixed, None),
            (mixed, {"action": "get"}),
            (mixed, {"action": "drop"}),
            (mixed, {"action": "frob"}),
            (debug, {}),
        )
        if (decision := read_only_rule(Use(READ_ONLY, "a", WRITING, arguments, known))) is not None
    ]
    assert answers == [True, True, False, False, True]


def test_a_profile_without_classes_has_no_opinion_of_them() -> None:
    """Ours: a preset alone limits nothing."""
    assert class_rule(Use(Policy(), "a")) is None
    known = Known(("write",), "name")
    assert class_rule(Use(Policy(), "a", known=known)) is None
    limited = class_rule(Use(Policy(classes=("read",)), "a", known=known))
    assert limited is not None
    assert not limited.allowed


def test_a_profile_without_resources_has_no_opinion_of_them() -> None:
    """Ours."""
    known = Known(("write",), "name")
    assert resource_rule(Use(Policy(), "a", known=known)) is None
    scoped = Policy(resource=(ResourceScope("folder", "f", "read"),))
    decision = resource_rule(Use(scoped, "a", known=known))
    assert decision is not None
    assert not decision.allowed
