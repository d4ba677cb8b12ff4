"""The person who signs in, as far as one can be reached from here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


@dataclass(frozen=True, slots=True)
class SignInPage:
    """What a person must open, fit to be shown."""

    url: str
    user_code: str | None = None
    """What to enter there, or to compare with what is shown there (RFC 8628 §3.3)."""
    is_opened: bool = False
    """Whether a browser of this machine was started with it."""
    port: int | None = None
    """Where on this machine its answer is awaited; None where it comes in another way."""

    @property
    def deed(self) -> str:
        """What to do, to go on a sentence with."""
        code = f" and enter the code {self.user_code}" if self.user_code else ""
        return f"open {self.url}{code}"


@dataclass(frozen=True, slots=True)
class Person:
    """Whom to ask.

    `show` takes the page that must be opened. `ask`, where there is a terminal, takes what
    was wrong with the last line, if there was one, and brings the next that is pasted;
    None when no more will be.
    """

    show: Callable[[SignInPage], None]
    ask: Callable[[str | None], Awaitable[str | None]] | None = None
