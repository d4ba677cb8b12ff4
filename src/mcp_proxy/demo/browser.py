"""A person at a browser, as a program: opens a page, chooses an account, presses a button.

    python -m mcp_proxy.demo.browser [--account NAME] [--deny] URL

Made to stand in `$BROWSER`. Follows redirects to the page that has none, as a browser does, and
talks to loopback only. Standard library only: it starts as fast as it can.
"""

from __future__ import annotations

import argparse
import http.client
import re
import sys
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin, urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

_TICKET = re.compile(r'name="ticket" value="([^"]+)"')
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_HOPS = 8
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Page:
    """Where a visit is now."""

    url: str
    status: int
    location: str | None
    text: str


def sign_in(
    url: str, *, account: str | None = None, is_allowed: bool = True, until: str | None = None
) -> Page:
    """Go from the authorization URL to the last page; to the redirect to `until`, if given.

    Args:
        url: the authorization request.
        account: the account that is chosen; None: the one that is chosen on the page.
        is_allowed: whether Allow is pressed.
        until: the beginning of the redirect at which to stop.

    Raises:
        OSError: somebody on the way does not answer.
        ValueError: the way leaves loopback, or does not end.
    """
    page = _fetch(url)
    for _ in range(_HOPS):
        if page.location is not None:
            if until is not None and page.location.startswith(until):
                return page
            page = _fetch(urljoin(page.url, page.location))
        elif (ticket := _TICKET.search(page.text)) is not None:
            decision = "allow" if is_allowed else "deny"
            form = {"ticket": unescape(ticket[1]), "decision": decision}
            form |= {"account": account} if account else {}
            page = _fetch(page.url, form)
        else:
            return page
    raise ValueError(f"More than {_HOPS} pages on the way from {urlsplit(url).netloc}")


def _fetch(url: str, form: dict[str, str] | None = None) -> Page:
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK:
        raise ValueError(f"Not a loopback address: {parts.netloc}")
    connection = http.client.HTTPConnection(
        parts.hostname or "", parts.port or 80, timeout=_PATIENCE_SECONDS
    )
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        if form is None:
            connection.request("GET", target)
        else:
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", target, urlencode(form), kind)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        return Page(url, answer.status, answer.getheader("Location"), text)
    finally:
        connection.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Sign in at the URL named; exit code 1 where the last page is not a good one."""
    parser = argparse.ArgumentParser(prog="python -m mcp_proxy.demo.browser", allow_abbrev=False)
    parser.add_argument("url")
    parser.add_argument("--account")
    parser.add_argument("--deny", action="store_true")
    chosen = parser.parse_args(arguments)
    page = sign_in(chosen.url, account=chosen.account, is_allowed=not chosen.deny)
    return int(page.status != http.client.OK)


if __name__ == "__main__":
    sys.exit(main())
