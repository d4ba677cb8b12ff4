"""The keys that the demo's Stable Baseline begins with."""

from __future__ import annotations

from typing import get_args

import pytest

from mcp_proxy.demo.baseline.estate import fresh_estate
from mcp_proxy.demo.baseline.grants import ROLES, checked
from mcp_proxy.demo.baseline.keys import EXPIRIES, KEYS, Expiry


@pytest.mark.parametrize("name", KEYS)
def test_every_key_may_be_given(name: str) -> None:
    """systems.md §7.6: no grant of the demo breaks its own rules."""
    role, grant, shows = KEYS[name]
    assert role in ROLES
    assert checked(grant, fresh_estate().chain) is grant
    assert shows


def test_there_are_five_lifetimes() -> None:
    """systems.md §4.2."""
    assert set(EXPIRIES) == set(get_args(Expiry))
    days = [life / 86_400 for life in EXPIRIES.values() if life is not None]
    assert days == [7, 30, 90, 365]
