"""Which classes are permitted, and the words for it."""

from __future__ import annotations

import pytest

from mcp_proxy.policy.classes import Known
from mcp_proxy.policy.limits import judge, limits
from mcp_proxy.policy.model import CLASSES, Class, Decision, Policy
from mcp_proxy.policy.preset import Environment, Preset
from mcp_proxy.policy.rules import Use

PRESET = Preset("Any", environments={"prod": Environment("prod", ("read", "debug"))})
MIXED = Known(
    ("read", "write", "delete"),
    "preset",
    "action",
    {"get": "read", "look": "read", "put": "write", "drop": "delete"},
)


def policy(environment: str | None = None, **settings: object) -> Policy:
    return Policy(environment=environment, preset=lambda: PRESET, **settings)  # type: ignore[arg-type]  # as each test says


def permitted(given: Policy) -> set[Class]:
    found = limits(given)
    return set(CLASSES) if found is None else set(found.classes)


@pytest.mark.parametrize(
    ("given", "classes"),
    [
        (policy(), set(CLASSES)),
        (policy(execute=True), set(CLASSES)),
        (policy(classes=("read",)), {"read"}),
        (policy(classes=("read", "execute")), {"read", "execute"}),
        (policy(classes=("read",), execute=True), {"read", "execute"}),
        (policy(classes=("read", "unknown")), {"read", "unknown"}),
        (policy(strict=True), set(CLASSES) - {"unknown"}),
        (policy("prod"), {"read", "debug"}),
        (policy("PROD"), {"read", "debug"}),
        (policy("prod", execute=True), {"read", "debug", "execute"}),
        (policy("prod", classes=("read", "write")), {"read", "write"}),
        (policy("prod", classes=("read", "execute")), {"read"}),
        (policy("prod", classes=("execute",), execute=True), {"execute"}),
        (policy("attic"), set(CLASSES) - {"execute"}),
        (policy("attic", execute=True), set(CLASSES)),
        (policy("attic", strict=True), set(CLASSES) - {"execute", "unknown"}),
        (Policy(environment="prod"), set(CLASSES) - {"execute"}),
    ],
)
def test_the_profiles_classes_stand_in_and_execute_wants_its_line(
    given: Policy, classes: set[Class]
) -> None:
    """systems.md §7.3: changing what an environment permits needs an explicit line."""
    assert permitted(given) == classes


def judged(given: Policy, known: Known, arguments: dict[str, object] | None = None) -> Decision:
    found = limits(given)
    assert found is not None
    return found.judge(Use(given, "tool", None, arguments, known))


@pytest.mark.parametrize(
    ("given", "tool_class", "rule", "reason"),
    [
        (policy("prod"), "read", "class", "It reads, which prod permits"),
        (policy("prod"), "write", "environment", "It writes; prod permits read and debug"),
        (
            policy("prod"),
            "execute",
            "execute",
            "It executes, which prod permits only with permissions.execute = true",
        ),
        (policy("prod", execute=True), "execute", "class", "It executes, which prod permits"),
        (
            policy("prod"),
            "unknown",
            "environment",
            "Nothing trusted says what it does; prod permits read and debug",
        ),
        (
            policy(strict=True),
            "unknown",
            "strict",
            "Nothing trusted says what it does, and the profile is strict",
        ),
        (
            policy("prod", classes=("write",)),
            "delete",
            "class",
            "It deletes; the profile permits write",
        ),
        (
            policy(classes=("read", "write", "debug")),
            "admin",
            "class",
            "It administers; the profile permits read, write and debug",
        ),
        (
            policy("prod", classes=("execute",)),
            "read",
            "class",
            "It reads; the profile permits nothing",
        ),
    ],
)
def test_a_decision_says_what_the_tool_does_and_who_permits_what(
    given: Policy, tool_class: Class, rule: str, reason: str
) -> None:
    """systems.md X17."""
    decision = judged(given, Known((tool_class,), "preset"))
    assert (decision.rule, decision.reason) == (rule, reason)
    assert decision.allowed == reason.endswith("which prod permits")


@pytest.mark.parametrize(
    ("arguments", "allowed", "rule", "reason"),
    [
        (None, True, "class", "Its action decides; prod permits get and look"),
        ({"action": "get"}, True, "class", "With the action get it reads, which prod permits"),
        (
            {"action": "drop"},
            False,
            "environment",
            "With the action drop it deletes; prod permits read and debug",
        ),
        (
            {"action": "frob\x1b"},
            False,
            "argument",
            (
                "Its action 'frob\\x1b' is not one of get, look, put and drop; prod permits read"
                " and debug"
            ),
        ),
        (
            {},
            False,
            "argument",
            ("It is called without the action that says what it does; prod permits read and debug"),
        ),
    ],
)
def test_a_tool_of_several_classes_is_judged_by_its_argument(
    arguments: dict[str, object] | None,
    *,
    allowed: bool,
    rule: str,
    reason: str,
) -> None:
    """systems.md §7.2: shown where some action is permitted, judged by the action when called."""
    decision = judged(policy("prod"), MIXED, arguments)
    assert (decision.allowed, decision.rule, decision.reason) == (allowed, rule, reason)


def test_a_tool_none_of_whose_classes_is_permitted_is_not_shown() -> None:
    """systems.md §7.2."""
    decision = judged(policy(classes=("debug",)), MIXED)
    assert not decision.allowed
    assert decision.reason == "It reads, writes and deletes; the profile permits debug"


def test_a_strict_profile_takes_no_unknown_action() -> None:
    """systems.md §7.2: unknown action = refuse."""
    assert judged(policy(strict=True), MIXED, {"action": "frob"}).rule == "argument"
    assert judged(policy(strict=True), MIXED, {"action": "drop"}).allowed


def test_an_unknown_action_is_no_unknown_tool() -> None:
    """systems.md §7.2: it is refused wherever classes are limited."""
    lenient = policy(classes=("read", "unknown"))
    assert judged(lenient, MIXED, {"action": "frob"}).rule == "argument"
    assert judged(lenient, Known(("unknown",), "nowhere"), {}).allowed


def test_a_profile_that_limits_nothing_has_no_opinion() -> None:
    """Ours."""
    known = Known(("delete",), "preset")
    assert judge(Use(policy(), "tool", known=known)) is None
    decision = judge(Use(policy("prod"), "tool", known=known))
    assert decision is not None
    assert not decision.allowed
