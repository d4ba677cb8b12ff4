"""Spending in two steps."""

from __future__ import annotations

from mcp_proxy.demo.baseline.orders import PRICE_CENTS, Orders


def test_a_token_is_its_buyers_and_good_once() -> None:
    """systems.md §7.5, row "preview-confirm-apply"."""
    orders = Orders(iter(["t1", "t2"]).__next__)
    assert orders.preview("ci", 3) == {
        "seats": 3,
        "costCents": 3 * PRICE_CENTS,
        "confirmToken": "t1",
    }
    assert orders.apply("somebody else", "t1") is None
    assert orders.apply("ci", "t2") is None
    assert orders.apply("ci", "t1") == 3 * PRICE_CENTS
    assert orders.apply("ci", "t1") is None
    assert (orders.seats, orders.spent_cents) == (3, 3 * PRICE_CENTS)
