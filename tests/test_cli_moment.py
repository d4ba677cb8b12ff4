"""A time as a person types it."""

from __future__ import annotations

import pytest

from mcp_proxy.cli.moment import moment, written
from mcp_proxy.errors import ConfigError

NOW = 1_795_409_400.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90m", NOW - 5400),
        (" 2H", NOW - 7200),
        ("3d", NOW - 3 * 86400),
        ("1w", NOW - 7 * 86400),
        ("1970-01-02", 86400.0),
        ("1970-01-01T01:00", 3600.0),
        ("1970-01-01T01:00+01:00", 0.0),
    ],
)
def test_a_time_is_how_long_ago_or_a_date_in_utc(text: str, expected: float) -> None:
    """Ours."""
    assert moment(text, NOW, "--since") == expected


@pytest.mark.parametrize("text", ["", "yesterday", "2x", "2026-13-01", "-2h"])
def test_what_is_no_time_names_the_option(text: str) -> None:
    """Ours."""
    with pytest.raises(ConfigError, match="--since must be like 2h"):
        moment(text, NOW, "--since")


def test_a_time_is_written_for_a_person() -> None:
    """Ours."""
    assert written(86400 * 3 + 60) == "4 January 1970, 00:01 UTC"
