"""How Stable Baseline refuses."""

from __future__ import annotations

import pytest

from mcp_proxy.demo.baseline import refusals


@pytest.mark.parametrize(
    ("refused", "code", "error"),
    [
        (refusals.malformed("id"), "validation", "id must be a valid UUID"),
        (refusals.invalid(["a: wrong", "b: too"]), "validation", "a: wrong; b: too"),
        (refusals.not_found("document"), "user_facing", "Document not found"),
        (refusals.outside("workspace"), "user_facing", "Workspace is outside credential scope"),
        (
            refusals.lacks_flag("can_lifecycle"),
            "permission",
            "Credential lacks 'can_lifecycle' on this organisation",
        ),
        (refusals.lacks_level("write"), "permission", "Credential lacks 'write'"),
        (
            refusals.lacks_level_here("write", "project"),
            "user_facing",
            "Credential lacks 'write' on this project",
        ),
    ],
)
def test_a_refusal_is_a_code_and_one_sentence(
    refused: refusals.Refused, code: str, error: str
) -> None:
    """systems.md §4.5; the last two are ours."""
    assert refused.answer == {"code": code, "error": error}
    assert str(refused) == error


def test_a_conflict_is_no_question_of_permission() -> None:
    """systems.md §4.4, optimistic locking: re-read and retry."""
    assert refusals.conflict().answer["code"] == "user_facing"
