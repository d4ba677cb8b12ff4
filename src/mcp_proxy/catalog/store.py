"""Snapshots on disk: one JSON document for each cache key, private and replaced whole.

The gateway's own texts stand in it untouched, one tool a line. Nothing in it is secret
by itself, but it tells what somebody may do.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from mcp_proxy.catalog.model import Head, Snapshot, tools_digest
from mcp_proxy.errors import StoreError
from mcp_proxy.files import private_folder, read_private, set_aside, write_private
from mcp_proxy.policy.model import Tool
from mcp_proxy.wire import jsontext, splice

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEAD_BYTES = 64 << 10
"""Of a document, in which its head is looked for; instructions are never that long."""
LAYOUT = 1
"""The version of the document; a higher one was written by a newer program."""

_BEFORE_INITIALIZE = b',\n"initialize":'
"""Ends the first line: what `_head` needs stands before and behind it."""

_DAMAGED = (ValueError, LookupError, TypeError, AttributeError, OverflowError)
"""What reading raises, whatever a damaged document holds instead of what we wrote."""


class CatalogStore:
    """The snapshots in `folder`, which is made when the first one is written.

    Args:
        folder: where the files lie.
        now: the time, in epoch seconds, for the names of damaged files.
    """

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._now = now

    def read(self, key_digest: str) -> Snapshot | None:
        """The snapshot under a cache key's digest; None where there is none.

        Raises:
            StoreError: the file is damaged, and was set aside; or it cannot be read;
                or a newer program wrote it.
        """
        path = self._file(key_digest)
        document = read_private(path)
        if document is None:
            return None
        try:
            return _snapshot(document)
        except _DAMAGED as error:
            kept = set_aside(path, self._now())
            raise StoreError(
                f"The catalog {path} was damaged; it is kept as {kept.name}",
                hint="The next list from the gateway makes a new one: mcp-permit tools",
            ) from error

    def last_seen(self, key_digest: str, gateway: str, account: str) -> Snapshot | None:
        """The snapshot under a key's digest, else the newest of this gateway and account.

        The pointer to the key lies with the vault, and may be lost with it; what was
        seen then still is what was seen last.

        Raises:
            StoreError: as for `read`.
        """
        found = self.read(key_digest)
        if found is not None or not self._folder.is_dir():
            return found
        others = map(_readable, self._folder.glob("*.json"))
        mine = [one for one in others if one and (one.gateway, one.account) == (gateway, account)]
        return max(mine, key=lambda one: one.taken_at, default=None)

    def head(self, key_digest: str, gateway: str, account: str) -> Head | None:
        """What `last_seen` would tell of the gateway itself; None where it is hard to tell.

        Quick: `initialize` is answered from it, and the tools are neither read nor checked.
        """
        path = self._file(key_digest)
        if path.exists() or not self._folder.is_dir():
            return _head(path)
        others = map(_head, self._folder.glob("*.json"))
        mine = [one for one in others if one and (one.gateway, one.account) == (gateway, account)]
        return max(mine, key=lambda one: one.taken_at, default=None)

    def write(self, key_digest: str, snapshot: Snapshot) -> None:
        """Keep `snapshot` in place of the one before.

        Raises:
            StoreError: it cannot be written.
        """
        private_folder(self._folder)
        write_private(self._file(key_digest), _document(snapshot))

    def _file(self, key_digest: str) -> Path:
        return self._folder / f"{key_digest}.json"


def _readable(path: Path) -> Snapshot | None:
    """Somebody's snapshot, if it is in order; what is damaged is told to whom it belongs."""
    try:
        return _snapshot(read_private(path) or b"")
    except (StoreError, *_DAMAGED):
        return None


def _head(path: Path) -> Head | None:
    """The head of a document, as `_document` writes it."""
    try:
        start = read_private(path, HEAD_BYTES) or b""
        line, mark, rest = start.partition(_BEFORE_INITIALIZE)
        facts: dict[str, Any] = json.loads(line + b"}") if mark else {"layout": None}
        if facts["layout"] != LAYOUT:
            return None
        return Head(
            gateway=_text(facts, "gateway"),
            account=_text(facts, "account"),
            taken_at=float(facts["taken_at"]),
            digest=_text(facts, "digest"),
            initialize=splice.leading(rest),
            revisions=_revisions(facts),
        )
    # A stranger's file, a damaged one, or a long one: whoever reads all of it tells.
    except (StoreError, *_DAMAGED):
        return None


def _document(snapshot: Snapshot) -> bytes:
    facts = {
        "layout": LAYOUT,
        "digest": snapshot.digest,
        "gateway": snapshot.gateway,
        "account": snapshot.account,
        "taken_at": snapshot.taken_at,
        "protocol_version": snapshot.protocol_version,
        "revisions": dict(snapshot.revisions),
        "user_agent": snapshot.user_agent,
    }
    head = json.dumps(facts).removesuffix("}").encode()
    tools = b",\n".join(tool.raw for tool in snapshot.tools)
    # Put together as text: parsing and writing again would not keep the gateway's
    # numbers, escapes and order.
    parts = (head, _BEFORE_INITIALIZE, snapshot.initialize, tools)
    return b'%s%s%s,\n"tools":[\n%s\n]}\n' % parts


def _snapshot(document: bytes) -> Snapshot:
    facts: dict[str, Any] = jsontext.read(document.decode().strip())
    if facts["layout"] > LAYOUT:
        raise StoreError(
            "The catalog was written by a newer mcp-permit",
            hint="Use that one, or list the tools again with this one: mcp-permit tools",
        )
    if facts["layout"] != LAYOUT:
        raise ValueError("there never was such a layout")
    raws = splice.elements(_raw(document, "tools"))
    names = (_text(entry, "name") for entry in facts["tools"])
    tools = tuple(map(Tool, names, raws))
    if facts["digest"] != tools_digest(tools):
        raise ValueError("the tools are not those that were listed")
    return Snapshot(
        gateway=_text(facts, "gateway"),
        account=_text(facts, "account"),
        taken_at=float(facts["taken_at"]),
        protocol_version=_text(facts, "protocol_version"),
        initialize=_raw(document, "initialize"),
        tools=tools,
        revisions=_revisions(facts),
        user_agent=_text(facts, "user_agent") if facts.get("user_agent") is not None else None,
    )


def _revisions(facts: dict[str, Any]) -> dict[str, str]:
    """Those of a snapshot; one that was written before they were kept has none."""
    return {str(asked): str(settled) for asked, settled in facts.get("revisions", {}).items()}


def _raw(document: bytes, name: str) -> bytes:
    raw = splice.member(document, name)
    if raw is None:
        raise KeyError(name)
    return raw


def _text(facts: dict[str, Any], name: str) -> str:
    found = facts[name]
    if not isinstance(found, str):
        raise TypeError(name)
    return found
