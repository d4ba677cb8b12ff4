"""Lists of a gateway that no rule cuts: its resources and its prompts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mcp_proxy.cli.output import Row, document, facts, one_line, say, table
from mcp_proxy.cli.result import exit_code_of, hint_of
from mcp_proxy.errors import AuthError, NotPermitted, RemoteProtocolError, StoreError
from mcp_proxy.wire import splice

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from mcp_proxy.config.model import Profile
    from mcp_proxy.proxy.tap import Tap

METHOD_NOT_FOUND = -32601
_KINDS: dict[int, type[AuthError | StoreError]] = {
    kind.exit_code: kind for kind in (AuthError, StoreError)
}
MOST_PAGES = 1000
"""Pages that are asked for: a gateway whose cursors go in a circle ends here."""


async def listed(tap: Tap, method: str, member: str) -> list[dict[str, Any]]:
    """All entries of a list, page by page; none where the gateway has no such list.

    Raises:
        PermitError: it was refused, here or there, or what was answered is no such list.
    """
    found: list[dict[str, Any]] = []
    cursor: object = None
    for _page in range(MOST_PAGES):
        params = {} if cursor is None else {"cursor": cursor}
        answer = await tap.request(method, params)
        raw = splice.member(answer, "result")
        if raw is None:
            return _none(json.loads(answer).get("error", {}), method)
        result = json.loads(raw)
        entries = result.get(member) if isinstance(result, dict) else None
        if not isinstance(entries, list):
            raise RemoteProtocolError(f"The gateway's answer to {method} is no list")
        found += [entry for entry in entries if isinstance(entry, dict)]
        cursor = result.get("nextCursor")
        if not isinstance(cursor, str):
            return found
    raise RemoteProtocolError(f"The gateway's answer to {method} has no end")


def show_list(
    profile: Profile,
    found: Mapping[str, object],
    headings: Sequence[str],
    rows: Sequence[tuple[str, ...]],
    options: argparse.Namespace,
) -> int:
    """Print a list; the exit code."""
    if options.json:
        document({"profile": profile.name, "gateway": profile.url, **found})
        return 0
    facts([("gateway", f"{profile.url}, account {profile.account}")])
    if not rows:
        say("\nThe gateway offers none.")
        return 0
    say("")
    table(headings, [Row(tuple(map(one_line, row))) for row in rows])
    return 0


def _none(error: Mapping[str, Any], method: str) -> list[dict[str, Any]]:
    if error.get("code") == METHOD_NOT_FOUND:
        return []
    told = f"{method} failed: {one_line(str(error.get('message')))}"
    code = exit_code_of(error)
    if code == NotPermitted.exit_code:
        raise NotPermitted(told, facts=error["data"], hint=hint_of(error))
    raise _KINDS.get(code, RemoteProtocolError)(told, hint=hint_of(error))
