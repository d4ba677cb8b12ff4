"""A gateway's refusal in words: golden texts."""

from __future__ import annotations

from mcp_proxy.policy.explanation import Circumstances
from mcp_proxy.policy.refusals import Refusal
from mcp_proxy.policy.remark import LONGEST_WORDS, facts, quoted, reason, remark

WHO = Circumstances("scai-prod", "viewer", "prod", "it-help@example.org")
ALONE = Circumstances("scai", "default")
DENIED = Refusal(
    "tool",
    "needs a permission that this identity does not hold",
    do="Ask for the permission",
    code="PERMISSION_DENIED",
    permission="models:manage",
    words="lacks models:manage",
    request_id="r-7",
)
LIMITED = Refusal("passing", "was not carried out: the gateway is busy", code=429, retry_after=12.0)


def test_a_refusal_tells_all_that_helps() -> None:
    """systems.md X17: tool, permission, identity and environment, what to do, whom to ask."""
    assert remark("models_create", DENIED, WHO) == (
        "models_create needs a permission that this identity does not hold: models:manage"
        " (PERMISSION_DENIED). It was asked for by scai-prod (account viewer, environment prod)."
        " Ask for the permission. Whom to ask: it-help@example.org."
    )


def test_what_is_not_known_is_left_out() -> None:
    """systems.md §7.3: without a contact; no vendor's own instruction."""
    assert remark("models_create", Refusal("argument", "is refused by the gateway"), ALONE) == (
        "models_create is refused by the gateway. It was asked for by scai."
    )


def test_what_is_known_besides_stands_before_what_to_do() -> None:
    """systems.md §7.2: refusals are explained with the matrix."""
    known = "As list_integrations told 5 min ago, it holds read on A, no debug."
    refusal = Refusal("argument", "lacks a right", do="Ask.", code="no", permission="debug")
    assert remark("get_run_history", refusal, ALONE, known) == (
        "get_run_history lacks a right: debug (no). It was asked for by scai. "
        "As list_integrations told 5 min ago, it holds read on A, no debug. Ask."
    )


def test_a_refusal_of_no_call_begins_with_the_gateway() -> None:
    """systems.md §7.2: Staff only."""
    staff = Refusal("identity", "cannot be reached: only Staff may use it", code=403)
    assert remark(None, staff, ALONE) == (
        "The gateway cannot be reached: only Staff may use it (403). It was asked for by scai."
    )


def test_a_limit_tells_the_seconds() -> None:
    """systems.md §7.4, SC-RATE."""
    assert remark("look", LIMITED, ALONE) == (
        "look was not carried out: the gateway is busy (429). It was asked for by scai."
        " The gateway says to wait 12 s."
    )
    assert "wait" not in remark("look", Refusal("passing", "is busy", retry_after=0.0), ALONE)


def test_the_facts_are_the_same_for_programs() -> None:
    """systems.md X17: the gateway's own code in structured form."""
    assert facts("models_create", DENIED, WHO) == {
        "refused_by": "gateway",
        "tool": "models_create",
        "about": "tool",
        "gateway_code": "PERMISSION_DENIED",
        "permission": "models:manage",
        "do": "Ask for the permission",
        "request_id": "r-7",
        "profile": "scai-prod",
        "account": "viewer",
        "environment": "prod",
        "contact": "it-help@example.org",
    }
    assert facts(None, LIMITED, ALONE) == {
        "refused_by": "gateway",
        "about": "passing",
        "gateway_code": 429,
        "retry_after_seconds": 12.0,
        "profile": "scai",
        "account": "default",
    }


def test_a_hidden_tool_has_its_reason() -> None:
    """X27."""
    assert reason(DENIED) == (
        "needs a permission that this identity does not hold: models:manage (PERMISSION_DENIED)"
    )


def test_the_gateways_words_stay_on_one_line_and_within_bounds() -> None:
    """Ours."""
    assert quoted("a\n b\t c") == "a b c"
    assert quoted("x" * 1000) == "x" * (LONGEST_WORDS - 1) + "…"
