"""A refusal in words, word for word."""

from __future__ import annotations

import pytest

from mcp_proxy.policy.explanation import Circumstances, facts, sentence
from mcp_proxy.policy.model import Decision

PROD = Circumstances("ig-prod", "jo", "prod")
ASKED = Circumstances("ig-prod", "jo", "prod", "the integration team, ext. 12")
EXECUTES = Decision(
    False,
    "execute",
    "It executes, which prod permits only with permissions.execute = true",
    "right execute on the integration",
    "execute",
)


def test_a_refusal_without_a_contact() -> None:
    """systems.md X17 and §7.3: golden, without contact."""
    assert sentence("execute_integration", EXECUTES, PROD) == (
        "execute_integration is not permitted for ig-prod (account jo, environment prod): It"
        " executes, which prod permits only with permissions.execute = true; the gateway wants"
        " right execute on the integration for it; permissions.execute of the profile decides"
    )


def test_a_refusal_with_a_contact() -> None:
    """systems.md X17 and §7.3: golden, with contact."""
    assert sentence("execute_integration", EXECUTES, ASKED) == (
        "execute_integration is not permitted for ig-prod (account jo, environment prod): It"
        " executes, which prod permits only with permissions.execute = true; the gateway wants"
        " right execute on the integration for it; permissions.execute of the profile decides, ask"
        " the integration team, ext. 12"
    )


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (
            Decision(False, "deny", "The deny list names it: x"),
            (
                "x is not permitted for p: The deny list names it: x;"
                " permissions.deny of the profile decides, ask us"
            ),
        ),
        (
            Decision(False, "environment", "It writes; test permits read and debug"),
            (
                "x is not permitted for p: It writes; test permits read and debug;"
                " permissions.classes of the profile decides, ask us"
            ),
        ),
        (
            Decision(False, "learnt", "The gateway refused it", "permission a:b"),
            (
                "x is not permitted for p: The gateway refused it;"
                " the gateway wants permission a:b for it; ask us"
            ),
        ),
    ],
)
def test_each_rule_has_its_setting_and_what_is_withheld_has_none(
    decision: Decision, words: str
) -> None:
    """Ours: what to do next."""
    assert sentence("x", decision, Circumstances("p", "p", contact="us")) == words


def test_without_circumstances_the_reason_is_told() -> None:
    """Ours."""
    decision = Decision(False, "learnt", "The gateway refused it")
    assert sentence("x", decision, None) == "x is not permitted: The gateway refused it"


@pytest.mark.parametrize(
    ("circumstances", "who"),
    [
        (Circumstances("p", "p"), "p"),
        (Circumstances("https://a.example/mcp", "default"), "https://a.example/mcp"),
        (Circumstances("p", "jo"), "p (account jo)"),
        (Circumstances("p", "p", "dev"), "p (environment dev)"),
    ],
)
def test_an_identity_is_named_as_far_as_it_is_known(circumstances: Circumstances, who: str) -> None:
    """Ours."""
    assert circumstances.who() == who


def test_programs_are_told_the_same() -> None:
    """systems.md X17: in structured form."""
    assert facts("execute_integration", EXECUTES, ASKED) == {
        "tool": "execute_integration",
        "rule": "execute",
        "reason": "It executes, which prod permits only with permissions.execute = true",
        "class": "execute",
        "needs": "right execute on the integration",
        "profile": "ig-prod",
        "account": "jo",
        "environment": "prod",
        "contact": "the integration team, ext. 12",
    }
    assert facts("x", Decision(False, "deny", "y"), None) == {
        "tool": "x",
        "rule": "deny",
        "reason": "y",
    }
