"""The first answer: from memory, and before anything is loaded that costs."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.catalog.model import Snapshot
from mcp_proxy.catalog.store import CatalogStore
from mcp_proxy.config.model import Profile
from mcp_proxy.login.keys import catalog_key
from mcp_proxy.policy.model import Tool
from mcp_proxy.proxy.prologue import Opening, begin
from mcp_proxy.tokens.pointer import pointer_path
from relay_world import home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcp_proxy.config.paths import Paths

PROFILE = Profile("work", "https://gateway.example/mcp")
RESULT = (
    b'{"protocolVersion":"2025-06-18","capabilities":{"tools":{},"prompts":{}},'
    b'"serverInfo":{"name":"far","version":"1"},"vendor":1.0}'
)
HELLO = (
    b'{"jsonrpc":"2.0","id":"a","method":"initialize","params":{"protocolVersion":"2025-11-25"}}'
)
NEXT = b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n{"json'


@pytest.fixture
def place(tmp_path: Path) -> Paths:
    """A home in which the gateway has been seen."""
    place = home(tmp_path)
    tools = (Tool("look", b'{"name":"look"}'),)
    settled = {"2025-11-25": "2025-06-18"}
    seen = Snapshot(PROFILE.url, "default", 1.7e9, "2025-06-18", RESULT, tools, settled)
    CatalogStore(place.catalogs).write(catalog_key(PROFILE, place), seen)
    return place


@contextmanager
def said(*parts: bytes, is_over: bool = False) -> Iterator[int]:
    """A stdin in which something waits."""
    ours, theirs = os.pipe()
    for part in parts:
        os.write(theirs, part)
    if is_over:
        os.close(theirs)
    yield ours
    os.close(ours)
    if not is_over:
        os.close(theirs)


def answered(place: Paths, *parts: bytes, is_over: bool = False) -> tuple[Opening, list[Any]]:
    """What the prologue makes of a stdin, and the lines that it has written."""
    theirs, ours = os.pipe()
    with said(*parts, is_over=is_over) as stdin:
        opening = begin(PROFILE, place, stdin, ours)
    os.close(ours)
    with os.fdopen(theirs, "rb") as stdout:
        return opening, [json.loads(line) for line in stdout.read().splitlines(keepends=True)]


def test_a_client_is_answered_from_the_last_snapshot(place: Paths) -> None:
    """peers.md §8, behaviour 32: marked, and in the revision that was agreed last time."""
    opening, (answer,) = answered(place, HELLO + b"\r\n" + NEXT)
    assert answer["id"] == "a"
    assert answer["result"] == {
        "protocolVersion": "2025-06-18",
        "capabilities": {"tools": {"listChanged": True}, "prompts": {}},
        "serverInfo": {"name": "far", "version": "1"},
        "vendor": 1.0,
        "_meta": {
            "mcp-permit/snapshot": {"takenAt": 1_700_000_000.0, "gateway": PROFILE.url},
        },
    }
    assert (opening.unread, opening.hello) == (NEXT, HELLO)
    assert json.loads(opening.told) == answer["result"]


def test_an_account_is_recognised_without_its_pointer(place: Paths) -> None:
    """Ours: the pointer lies with the vault, and may be lost with it."""
    (kept,) = place.catalogs.glob("*.json")
    kept.rename(kept.with_name("other.json"))
    assert len(answered(place, HELLO + b"\n")[1]) == 1


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (b"\n" + HELLO + b"\n",),
        (HELLO,),
        (HELLO[:20],),
        (b"no JSON\n" + NEXT,),
        (b'{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{}}\n', NEXT),
        (b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}\n',),
        (b'{"jsonrpc":"2.0","method":"initialize"}\n',),
        (HELLO.replace(b"2025-11-25", b"2025-03-26") + b"\n",),
        (b"[" + HELLO + b"]\n",),
        (b'{"jsonrpc":"2.0","id":1,"id":2,"method":"initialize"}\n',),
    ],
)
@pytest.mark.parametrize("is_over", [False, True])
def test_everything_else_is_left_to_the_relay_byte_for_byte(
    place: Paths, parts: tuple[bytes, ...], *, is_over: bool
) -> None:
    """Ours: nothing is lost, nothing is said, nobody is waited for.

    A revision that the gateway was never asked for is the gateway's to settle.
    """
    assert answered(place, *parts, is_over=is_over) == (Opening(b"".join(parts)), [])


def test_more_than_a_chunk_may_wait(place: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours. What lies behind the first line goes along."""
    monkeypatch.setattr("mcp_proxy.proxy.prologue.CHUNK", 7)
    opening, lines = answered(place, HELLO + b"\n" + NEXT)
    assert len(lines) == 1
    assert NEXT.startswith(opening.unread)
    assert opening.hello == HELLO


def test_who_was_never_seen_is_left_to_the_relay(tmp_path: Path) -> None:
    """Ours. Nothing is remembered, and nothing is made."""
    line = HELLO + b"\n"
    assert answered(home(tmp_path), line) == (Opening(line), [])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("spoilt", [b"", b"{", b'{"layout":2}', b'{"layout":1,\n"initialize":{}'])
def test_a_damaged_snapshot_says_nothing(place: Paths, spoilt: bytes) -> None:
    """Ours. Whoever reads all of it sets it aside and tells."""
    (kept,) = place.catalogs.glob("*.json")
    kept.write_bytes(spoilt)
    assert answered(place, HELLO + b"\n") == (Opening(HELLO + b"\n"), [])
    assert kept.read_bytes() == spoilt


def test_a_damaged_pointer_says_nothing(place: Paths) -> None:
    """Ours. It is told when the vault is opened."""
    pointer = pointer_path(place.vault, PROFILE.url, PROFILE.account, None)
    pointer.parent.mkdir(parents=True)
    pointer.write_bytes(b"{")
    assert answered(place, HELLO + b"\n") == (Opening(HELLO + b"\n"), [])


def test_closed_streams_are_left_to_the_relay(place: Paths) -> None:
    """Ours. It says what is wrong, or ends."""
    with said(HELLO + b"\n") as stdin:
        pass
    assert begin(PROFILE, place, stdin, stdin) == Opening()
    with said(HELLO + b"\n") as stdin, Path(os.devnull).open("rb") as not_for_writing:
        opening = begin(PROFILE, place, stdin, not_for_writing.fileno())
    assert opening.hello == HELLO


def probe(version: str) -> bytes:
    """A modern host's first line."""
    prefix = "io.modelcontextprotocol/"
    meta = {f"{prefix}protocolVersion": version, f"{prefix}clientCapabilities": {}}
    told = {"jsonrpc": "2.0", "id": "p", "method": "server/discover", "params": {"_meta": meta}}
    return json.dumps(told).encode() + b"\n"


def test_a_probe_is_answered_from_the_last_snapshot_and_decides_nothing(place: Paths) -> None:
    """protocol.md §5.1: hosts launch a sibling for it; MCP 2026-07-28, Discovery."""
    opening, (answer,) = answered(place, probe("2026-07-28") + NEXT)
    assert answer["id"] == "p"
    assert "2026-07-28" in answer["result"]["supportedVersions"]
    assert answer["result"]["_meta"]["mcp-permit/snapshot"]["takenAt"] == 1.7e9
    assert opening == Opening(NEXT)


@pytest.mark.parametrize(
    "line", [probe("2031-01-01"), b'{"jsonrpc":"2.0","id":1,"method":"server/discover"}\n']
)
def test_a_probe_that_is_refused_is_left_to_the_relay(place: Paths, line: bytes) -> None:
    """MCP 2026-07-28, Versioning."""
    assert answered(place, line) == (Opening(line), [])
