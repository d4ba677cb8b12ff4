"""Who may sign in, as far as the parts that all worlds share need to know."""

from __future__ import annotations

from typing import Protocol


class Account(Protocol):
    """Somebody whom a world knows; what each may do is the business of that world."""

    @property
    def name(self) -> str:
        """Short and stable; what a consent page sends back."""

    @property
    def description(self) -> str:
        """What the account may do, in half a line."""
