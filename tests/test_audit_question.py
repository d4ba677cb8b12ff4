"""Which lines of the audit somebody wants to see."""

from __future__ import annotations

import pytest

from mcp_proxy.audit.question import Question

LINE = {
    "time": "2026-01-31T12:00:00.000Z",
    "profile": "ig-dev",
    "account": "jo",
    "environment": "dev",
    "tool": "list_integrations",
    "class": "read",
    "decision": "allowed",
    "outcome": "refused-by-gateway",
}


@pytest.mark.parametrize(
    ("question", "fits"),
    [
        (Question(), True),
        (Question(profile="ig-dev"), True),
        (Question(profile="ig"), False),
        (Question(account="jo", environment="dev"), True),
        (Question(account="jo", environment="prod"), False),
        (Question(tool="list_*"), True),
        (Question(tool="LIST_*"), True),
        (Question(tool="list"), False),
        (Question(tool_class="read"), True),
        (Question(tool_class="write"), False),
        (Question(decision="allowed"), True),
        (Question(decision="refused"), False),
        (Question(outcome="refused"), True),
        (Question(outcome="refused-by-gateway"), True),
        (Question(outcome="answered"), False),
        (Question(since="2026-01-31T12:00:00.000Z"), True),
        (Question(since="2026-01-31T12:00:00.001Z"), False),
        (Question(until="2026-01-31T12:00:00.000Z"), False),
        (Question(until="2026-02"), True),
    ],
)
def test_all_that_is_asked_must_fit(question: Question, fits: bool) -> None:  # noqa: FBT001 - a table
    """Issue 4: by profile, identity, tool, class, decision, outcome and time."""
    assert question.wants(LINE) is fits


def test_what_a_line_does_not_say_does_not_fit() -> None:
    """Ours: lines of an older program have no class."""
    assert Question().wants({})
    assert not Question(tool_class="read").wants({})
    assert not Question(since="2026").wants({"time": 5})
    assert not Question(until="2026").wants({})
    assert not Question(tool="none", outcome="No").wants({})
