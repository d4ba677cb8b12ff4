"""Spending in two steps: a preview gives a token, applying it spends once. Pure.

After systems.md §4.4 (SB-README): preview, confirm token, apply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PRICE_CENTS = 1200
"""Of one seat, in a month; ours."""


class Orders:
    """Previews that nobody has applied yet. `draw` makes a token."""

    def __init__(self, draw: Callable[[], str]) -> None:
        self._draw = draw
        self._open: dict[str, tuple[str, int]] = {}
        self.seats = 5
        self.spent_cents = 0

    def preview(self, buyer: str, seats: int) -> dict[str, object]:
        """What it would cost to have `seats`, and the token that agrees to it."""
        token = self._draw()
        self._open[token] = (buyer, seats)
        return {"seats": seats, "costCents": seats * PRICE_CENTS, "confirmToken": token}

    def apply(self, buyer: str, token: str) -> int | None:
        """Spend what a preview told; None for a token that is not this buyer's, or was spent."""
        found = self._open.get(token)
        if found is None or found[0] != buyer:
            return None
        del self._open[token]
        self.seats, cost = found[1], found[1] * PRICE_CENTS
        self.spent_cents += cost
        return cost
