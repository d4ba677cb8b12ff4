"""The switches of the world."""

from __future__ import annotations

from mcp_proxy.demo.switches import Faults


def test_as_created_nothing_is_wrong() -> None:
    """Issue 2: one-hour rotating tokens, metadata published."""
    faults = Faults()
    assert faults.answer("tools/call") == "well"
    assert (faults.token_life_seconds, faults.refresh_tokens) == (3600.0, "rotating")


def test_a_fault_is_about_all_methods_or_those_named() -> None:
    """Ours."""
    everything = Faults(answers="500")
    assert everything.answer("initialize") == "500"
    calls = Faults(answers="cut-after", answers_to=("tools/call",))
    assert (calls.answer("tools/call"), calls.answer("tools/list")) == ("cut-after", "well")
