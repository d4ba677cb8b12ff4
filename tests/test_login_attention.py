"""What a person is reminded of."""

from __future__ import annotations

import pytest

from mcp_proxy.login.attention import ending, unused

DAY = 86_400
END = 1_801_353_600.0  # 2027-01-31


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (14 * DAY + 1, None),
        (14 * DAY, "the token ends in 14 days, on 2027-01-31"),
        (4 * DAY - 1, "the token ends in 3 days, on 2027-01-31"),
        (3 * DAY, "the token ends in 3 days, on 2027-01-31: put a new one in its place now"),
        (2 * DAY - 1, "the token ends in 1 day, on 2027-01-31: put a new one in its place now"),
        (5, "the token ends within a day, on 2027-01-31: put a new one in its place now"),
        (0, "the token ended on 2027-01-31: put a new one in its place"),
        (-90 * DAY, "the token ended on 2027-01-31: put a new one in its place"),
    ],
)
def test_two_weeks_before_its_end_a_token_is_spoken_of(left: float, told: str | None) -> None:
    """systems.md §7.5: 14 and 3 days ahead."""
    assert ending(END, END - left) == told


def test_a_token_without_a_known_end_is_not() -> None:
    """Ours."""
    assert ending(None, 0.0) is None


@pytest.mark.parametrize(
    ("days", "told"),
    [(29.9, None), (30, "not used for 30 days: sign out of what nobody needs"), (-1, None)],
)
def test_what_nobody_used_for_a_month_is_spoken_of(days: float, told: str | None) -> None:
    """Issue 3, "Accounts"."""
    assert unused(END, END + days * DAY) == told
    assert unused(None, END) is None
