"""API keys."""

from __future__ import annotations

import pytest

from mcp_proxy.demo.integration.identities import identities
from mcp_proxy.demo.keys import Keys

ACCOUNT = identities()["staff-full"]
WEEK = 7 * 86_400.0


class Clock:
    """A time that passes when a test says so."""

    seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def test_a_key_is_good_until_it_is_revoked_and_never_comes_back() -> None:
    """systems.md §3.2, §4.2: revocation is immediate and final."""
    keys = Keys("sgk_", Clock())
    text = keys.issue("agent", ACCOUNT)
    found = keys.bearer(text)
    assert found is not None
    assert found.account is ACCOUNT
    keys.revoke("agent")
    assert keys.bearer(text) is None
    assert keys.rows()[0]["is_revoked"] is True


def test_it_ends_when_its_time_is_over() -> None:
    """systems.md §4.2: never, 7 days, 30 days, 90 days, 1 year."""
    clock = Clock()
    keys = Keys("sta_", clock)
    short, lasting = keys.issue("ci", ACCOUNT, life_seconds=WEEK), keys.issue("desk", ACCOUNT)
    clock.seconds += WEEK - 1
    assert keys.bearer(short) is not None
    clock.seconds += 1
    assert keys.bearer(short) is None
    assert keys.bearer(lasting) is not None


def test_when_it_was_last_used_is_known_and_only_its_beginning_is_shown() -> None:
    """systems.md §4.2: shown once, afterwards only a prefix; last use is tracked."""
    keys = Keys("sta_", Clock())
    text = keys.issue("agent", ACCOUNT)
    assert keys.by_label()["agent"].used_at is None
    keys.bearer(text)
    keys.bearer("sta_unknown")
    row = keys.rows()[0]
    assert row["used_at"] == 1_000.0
    assert row["shown"] == text[:8]
    assert text not in repr(row)
    assert text not in repr(vars(keys))


def test_who_is_not_known_has_no_key() -> None:
    """Ours."""
    keys = Keys("sgk_", Clock())
    assert keys.find("sgk_other") is None
    with pytest.raises(KeyError):
        keys.revoke("nobody")
