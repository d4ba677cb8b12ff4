"""The first answer, given before anything that costs is loaded.

A host waits for the answer to its first request, starts every server several times and often
only wants to know who we are. So, in this order: the configuration (read by whoever calls
this), the head of the last snapshot, the answer; only then, in `serve`, the event loop and
what speaks HTTP. Everything but an `initialize` or a probe that a snapshot can answer is left
to the relay, with every byte that was read.
"""

from __future__ import annotations

import os
import select
from typing import TYPE_CHECKING

from mcp_proxy.catalog.store import CatalogStore
from mcp_proxy.errors import LocalProtocolError, StoreError
from mcp_proxy.login.keys import catalog_key
from mcp_proxy.proxy import handshake
from mcp_proxy.values import dataclass, field
from mcp_proxy.wire import jsonrpc, mcp

if TYPE_CHECKING:
    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths

CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Opening:
    """What the prologue leaves to the relay."""

    unread: bytes = field(default=b"", repr=False)
    """What was read of stdin and is still to be dealt with."""
    hello: bytes | None = field(default=None, repr=False)
    """The `initialize` that is answered already."""
    told: bytes = field(default=b"", repr=False)
    """The result that it was answered with."""


def begin(profile: Profile, home: Paths, stdin: int = 0, stdout: int = 1) -> Opening:
    """Answer the client's first line, if it has come, asks who we are, and from memory.

    Never waits: what comes later finds the relay.
    """
    read = _what_has_come(stdin)
    line, end, rest = read.partition(b"\n")
    request = _question(line) if end else None
    told = None if request is None else _remembered(request, profile, home)
    if request is None or told is None:
        return Opening(read)
    answer = jsonrpc.result_raw(request.request_id, told)
    _write(stdout, jsonrpc.one_line(answer) + b"\n")
    # A probe decides nothing: the relay need not know of it.
    is_probe = request.method == mcp.DISCOVER
    return Opening(rest) if is_probe else Opening(rest, request.raw, told)


def _what_has_come(stdin: int) -> bytes:
    """The bytes that wait in `stdin`, up to the end of the first line at least."""
    read = b""
    try:
        while b"\n" not in read and select.select((stdin,), (), (), 0)[0]:
            part = os.read(stdin, CHUNK)
            if not part:
                break
            read += part
    except (OSError, ValueError):  # closed; or Windows, where only sockets can be asked
        pass
    return read


def _question(line: bytes) -> jsonrpc.Message | None:
    """An `initialize`, or a probe that is well-formed."""
    try:
        message = jsonrpc.parse(line)
    except LocalProtocolError:
        return None  # in the words of the relay
    if message.kind != "request" or message.method not in {mcp.INITIALIZE, mcp.DISCOVER}:
        return None
    is_refused = message.method == mcp.DISCOVER and _is_no_probe(message)
    return None if is_refused else message


def _is_no_probe(message: jsonrpc.Message) -> bool:
    # Only for a probe: most hosts shake hands.
    from mcp_proxy.proxy.eras import envelope  # noqa: PLC0415

    return envelope.refusal(message) is not None


def _remembered(request: jsonrpc.Message, profile: Profile, home: Paths) -> bytes | None:
    try:
        key = catalog_key(profile, home)
    except StoreError:
        return None  # told when the vault is opened
    head = CatalogStore(home.catalogs).head(key, profile.url, profile.account)
    if head is None:
        return None
    if request.method == mcp.DISCOVER:
        return handshake.remembered_discovery(head)
    return handshake.remembered_result(handshake.requested_version(request.params), head)


def _write(stdout: int, data: bytes) -> None:
    try:
        while data:
            data = data[os.write(stdout, data) :]
    except OSError:
        pass  # nobody reads any more: the relay meets the same, and ends
