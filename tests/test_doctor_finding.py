"""What one step of the walk has found."""

from __future__ import annotations

import json

from mcp_proxy.doctor.finding import STEPS, Finding, first_broken, skipped_after


def test_the_first_broken_step_is_the_one_to_mend() -> None:
    """peers.md behaviour 36."""
    found = [
        Finding("file", "ok", "a"),
        Finding("DNS", "broken", "b"),
        Finding("list", "broken", "c"),
    ]
    assert first_broken(found) == found[1]
    assert first_broken(found[:1]) is None


def test_steps_that_stand_on_a_broken_one_are_not_looked_at() -> None:
    """Ours."""
    rest = skipped_after("list")
    assert [finding.step for finding in rest] == ["names"]
    assert rest[0].verdict == "skipped"
    assert skipped_after("names") == []
    assert len(skipped_after("file")) == len(STEPS) - 1


def test_a_program_gets_every_part() -> None:
    """docs/cli.md."""
    finding = Finding("list", "warning", "The list is empty", "Ask.", {"tools": 0})
    assert json.loads(json.dumps(finding.document())) == {
        "step": "list",
        "verdict": "warning",
        "says": "The list is empty",
        "hint": "Ask.",
        "facts": {"tools": 0},
    }
