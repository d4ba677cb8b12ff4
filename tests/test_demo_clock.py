"""The time of a world."""

from __future__ import annotations

from mcp_proxy.demo.clock import Clock


def test_it_goes_with_the_machines_and_can_be_put_ahead() -> None:
    """systems.md §7.6: a clock that a test moves."""
    clock = Clock()
    before = clock()
    clock.advance(86_400)
    assert 86_400 <= clock() - before < 86_460
