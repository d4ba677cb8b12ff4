"""The systems that the demo can show."""

from __future__ import annotations

from mcp_proxy.demo.faults import FAULTS
from mcp_proxy.demo.systems import SYSTEMS
from mcp_proxy.demo.tour import OTHERS


def test_there_are_three_and_the_tour_mentions_them() -> None:
    """Issue 4."""
    assert tuple(SYSTEMS) == OTHERS == ("integration-gateway", "scaimcp", "stable-baseline")


def test_each_can_misbehave_in_the_common_ways_and_in_its_own() -> None:
    """systems.md §7.6."""
    for kind in SYSTEMS.values():
        assert set(FAULTS) < set(kind.faults)
