"""What a test may switch in Stable Baseline's world."""

from __future__ import annotations

from mcp_proxy.demo.baseline.switches import Switches


def test_as_created_the_list_is_whole_and_closed() -> None:
    """systems.md §6, C6: of three claims, the one in the middle."""
    assert Switches() == Switches(
        anonymous_list=False, only_permitted=False, hides_billing=True, marks_refusals=True
    )
