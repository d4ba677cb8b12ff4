"""The token that a person brings to `login --token-file`, and when it ends."""

from __future__ import annotations

import getpass
import re
import sys
from datetime import UTC, datetime

from mcp_proxy.config import secret
from mcp_proxy.config.load import read_token
from mcp_proxy.config.model import SecretRef
from mcp_proxy.errors import ConfigError

STDIN = "-"
_LONGEST = 1 << 16
_DAYS = {"d": 1, "w": 7, "y": 365}
_DAY_SECONDS = 86400.0


def brought_token(name: str) -> str:
    """The access token in the file `name`, or on stdin; asked for where that is a terminal.

    Raises:
        ConfigError: there is none, or others can read the file.
    """
    if name != STDIN:
        return read_token(SecretRef("file", name))
    ref = SecretRef("file", "stdin")
    text = getpass.getpass("Token: ") if sys.stdin.isatty() else sys.stdin.read(_LONGEST)
    return secret.bearer_token(secret.secret_text(text, ref), ref)


def expiry(text: str, now: float) -> float:
    """When a token ends, in epoch seconds: so many days, weeks or years from `now`, or a date.

    A date means its beginning in UTC: rather a day too early than one too late.

    Raises:
        ConfigError: it is neither, or over already.
    """
    found = re.fullmatch(r"([0-9]{1,4})([dwy])", text.strip().lower())
    try:
        ends_at = (
            now + int(found[1]) * _DAYS[found[2]] * _DAY_SECONDS
            if found
            else datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=UTC).timestamp()
        )
    except ValueError:
        raise ConfigError("--expires must be like 90d, 1y or 2027-01-31", key="--expires") from None
    if ends_at <= now:
        raise ConfigError("--expires lies in the past", key="--expires")
    return ends_at
