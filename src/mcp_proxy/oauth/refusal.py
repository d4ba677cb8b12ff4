"""An error as an OAuth server words it, made fit to show.

RFC 6749 §4.1.2.1 and §5.2 and RFC 7591 §3.2.2 share one shape: `error` and
`error_description`. Both are somebody else's text: cut to what these sections
allow and to one line, with the secrets of the request masked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mcp_proxy.errors import GatewayRefused
from mcp_proxy.redact import redact
from mcp_proxy.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mcp_proxy.oauth.http import HttpResponse

_LONGEST = 200
_MOST_READ = 10 * _LONGEST
_SHORTEST_SECRET = 8
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")
_TOO_MANY_REQUESTS = 429
_SERVER_ERRORS = 500


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a server answered instead of what it was asked for."""

    code: str
    description: str | None = None

    def __str__(self) -> str:
        return f"{self.description} ({self.code})" if self.description else self.code


def refusal(fields: Mapping[str, object], secrets: Iterable[str | None] = ()) -> Refusal | None:
    """The error in `fields`, or None when they hold none.

    `secrets` are what the request carried: some servers echo it.
    """
    code, description = fields.get("error"), fields.get("error_description")
    if not isinstance(code, str) or not code:
        return None
    words = printable(description, secrets) if isinstance(description, str) else None
    return Refusal(printable(code, secrets), words or None)


def printable(text: str, secrets: Iterable[str | None] = ()) -> str:
    """`text` on one line of printable ASCII, 200 characters at most, without `secrets`."""
    # A short one would be found inside words, error codes included.
    held = [secret for secret in secrets if secret and len(secret) >= _SHORTEST_SECRET]
    line = _UNPRINTABLE.sub(" ", redact(text[:_MOST_READ], held)).strip()
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def without_query(url: str) -> str:
    """`url` as messages show it: a query may hold anything."""
    return printable(url.partition("?")[0])


def refused(url: str, response: HttpResponse) -> GatewayRefused:
    """The error for an answer of `url` that says nothing OAuth knows."""
    status = response.status
    hint = "Try again later." if is_passing(status) else None
    return GatewayRefused(f"{without_query(url)} answered HTTP {status}", status=status, hint=hint)


def is_passing(status: int) -> bool:
    """Whether a status says nothing about the request: 429 and all of 5xx (RFC 9110 §15.6)."""
    return status == _TOO_MANY_REQUESTS or status >= _SERVER_ERRORS
