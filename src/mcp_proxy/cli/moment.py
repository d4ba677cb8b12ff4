"""A time as a person types it: how long ago, or a date."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from mcp_proxy.errors import ConfigError

_UNITS = {"m": 60.0, "h": 3600.0, "d": 86400.0, "w": 7 * 86400.0}


def moment(text: str, now: float, option: str) -> float:
    """Epoch seconds of `90m`, `2h`, `3d`, `1w` before `now`, or of a date with or without a time.

    A date means its beginning in UTC, as a time without a zone is one in UTC.

    Raises:
        ConfigError: it is neither; names the option.
    """
    found = re.fullmatch(r"([0-9]{1,6})([mhdw])", text.strip().lower())
    if found:
        return now - int(found[1]) * _UNITS[found[2]]
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ConfigError(
            f"{option} must be like 2h, 3d, 2026-11-23 or 2026-11-23T14:00", key=option
        ) from None
    return (when if when.tzinfo is not None else when.replace(tzinfo=UTC)).timestamp()


def written(epoch_seconds: float) -> str:
    """A time for a person: `23 November 2026, 04:50 UTC`."""
    return datetime.fromtimestamp(epoch_seconds, UTC).strftime("%d %B %Y, %H:%M UTC").lstrip("0")
