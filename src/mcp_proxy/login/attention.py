"""What a person should do about a credential before it makes trouble. Pure."""

from __future__ import annotations

import time

DAY_SECONDS = 86_400
SOON_DAYS, URGENT_DAYS = 14, 3
"""How long before its end a token is spoken of (systems.md §7.5)."""
UNUSED_DAYS = 30
"""After how long a sign-in is one that nobody needs any more (ours)."""


def ending(expires_at: float | None, now: float) -> str | None:
    """A sentence about a token that nobody here can renew and that ends soon, or has ended."""
    if expires_at is None or expires_at - now > SOON_DAYS * DAY_SECONDS:
        return None
    day = time.strftime("%Y-%m-%d", time.gmtime(expires_at))
    left = expires_at - now
    if left <= 0:
        return f"the token ended on {day}: put a new one in its place"
    days = int(left // DAY_SECONDS)
    words = {0: "within a day", 1: "in 1 day"}.get(days, f"in {days} days")
    urgency = ": put a new one in its place now" if left <= URGENT_DAYS * DAY_SECONDS else ""
    return f"the token ends {words}, on {day}{urgency}"


def unused(last_used_at: float | None, now: float) -> str | None:
    """A sentence about a credential that nobody has used for long."""
    if last_used_at is None or now - last_used_at < UNUSED_DAYS * DAY_SECONDS:
        return None
    days = int((now - last_used_at) // DAY_SECONDS)
    return f"not used for {days} days: sign out of what nobody needs"
