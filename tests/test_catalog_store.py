"""Snapshots on disk."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.catalog.model import Head, Snapshot
from mcp_proxy.catalog.store import CatalogStore
from mcp_proxy.errors import StoreError
from mcp_proxy.policy.model import Tool

if TYPE_CHECKING:
    from pathlib import Path

KEY = "0123456789abcdef0123456789abcdef"

SNAPSHOT = Snapshot(
    gateway="https://ig.example/integrations/mcp/",
    account="jö",
    taken_at=1_700_000_000.25,
    protocol_version="2025-06-18",
    initialize=b'{"serverInfo": {"name":"IG",\n "version":1.10}, "tools":[]}',
    tools=(
        Tool("a", b'{"name":"a", "x":1.0e2, "y":12345678901234567890123, "z":"\\u00e9\xc3\xa9"}'),
        Tool("b.c", b'{\r\n  "description": "],}",\n  "name": "b\\u002ec"\n}'),
        Tool("\ud800", b'{"name":"\\ud800"}'),
    ),
    user_agent="mcp-permit/0",
)


def store(folder: Path) -> CatalogStore:
    return CatalogStore(folder / "catalogs", now=lambda: 1_700_000_000.0)


def kept(folder: Path) -> Path:
    return folder / "catalogs" / f"{KEY}.json"


def test_what_was_written_is_read_byte_for_byte(tmp_path: Path) -> None:
    """architecture.md §2: forward what we received; JSON text survives untouched."""
    store(tmp_path).write(KEY, SNAPSHOT)
    assert store(tmp_path).read(KEY) == SNAPSHOT


def test_the_head_tells_of_the_gateway_without_its_tools(tmp_path: Path) -> None:
    """Issue 6: `initialize` is answered from it; nothing behind it is read."""
    store(tmp_path).write(KEY, SNAPSHOT)
    with kept(tmp_path).open("r+b") as file:
        file.truncate(len(kept(tmp_path).read_bytes().partition(b'\n"tools":[\n')[0]))
    told = Head(
        SNAPSHOT.gateway,
        "jö",
        SNAPSHOT.taken_at,
        SNAPSHOT.digest,
        SNAPSHOT.initialize,
        SNAPSHOT.revisions,
    )
    assert store(tmp_path).head(KEY, "x", "y") == told
    kept(tmp_path).rename(kept(tmp_path).with_name("other.json"))
    assert store(tmp_path).head(KEY, SNAPSHOT.gateway, "jö") == told
    assert store(tmp_path).head(KEY, SNAPSHOT.gateway, "other") is None


@pytest.mark.parametrize(
    "document", [b"", b"{", b'{"layout":2,\n"initialize":{}', b'{"layout":1,\n"initialize":{}']
)
def test_a_head_that_cannot_be_read_is_none(tmp_path: Path, document: bytes) -> None:
    """Ours. Whoever reads the whole document says what is wrong with it."""
    store(tmp_path).write(KEY, SNAPSHOT)
    kept(tmp_path).write_bytes(document)
    assert store(tmp_path).head(KEY, SNAPSHOT.gateway, "jö") is None


def test_a_head_that_is_very_long_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours. It is not worth the reading before the first answer."""
    store(tmp_path).write(KEY, SNAPSHOT)
    monkeypatch.setattr("mcp_proxy.catalog.store.HEAD_BYTES", 300)
    assert store(tmp_path).head(KEY, SNAPSHOT.gateway, "jö") is None


def test_an_empty_list_is_a_snapshot_too(tmp_path: Path) -> None:
    """Ours: nothing was offered, which is not the same as never asked."""
    empty = Snapshot("https://a.example", "jo", 1.0, "2025-06-18", b"{}", ())
    store(tmp_path).write(KEY, empty)
    assert store(tmp_path).read(KEY) == empty


def test_who_never_asked_has_no_snapshot(tmp_path: Path) -> None:
    """Ours; and reading makes no folder."""
    assert store(tmp_path).read(KEY) is None
    assert not list(tmp_path.iterdir())


def test_the_newest_snapshot_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    """Ours: one file for each cache key."""
    newer = Snapshot("https://a.example", "jo", 2.0, "2025-11-25", b"{}", SNAPSHOT.tools[:1])
    for snapshot in (SNAPSHOT, newer):
        store(tmp_path).write(KEY, snapshot)
    store(tmp_path).write("f" * 32, SNAPSHOT)
    assert store(tmp_path).read(KEY) == newer
    assert store(tmp_path).read("f" * 32) == SNAPSHOT
    assert len(list(kept(tmp_path).parent.iterdir())) == 2


def test_the_file_is_one_json_document_with_a_tool_on_each_line(tmp_path: Path) -> None:
    """Ours: any program can read it, and `diff` says which tool changed."""
    tools = (Tool("a", b'{"name":"a"}'), Tool("b", b'{"name":"b"}'))
    store(tmp_path).write(KEY, Snapshot("https://a.example", "jo", 1.0, "2025-06-18", b"{}", tools))
    text = kept(tmp_path).read_text()
    document = json.loads(text)
    assert document["layout"] == 1
    assert document["tools"] == [{"name": "a"}, {"name": "b"}]
    assert '\n{"name":"a"},\n{"name":"b"}\n' in text


def test_others_cannot_read_it(tmp_path: Path) -> None:
    """peers.md behaviour 28."""
    store(tmp_path).write(KEY, SNAPSHOT)
    assert kept(tmp_path).stat().st_mode & 0o777 == 0o600
    assert kept(tmp_path).parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        pytest.param(rb"(?s).*", b"", id="empty"),
        pytest.param(rb"(?s)(.*).{20}", rb"\1", id="cut off"),
        pytest.param(rb"jo", b"\xff\xfe", id="not text"),
        pytest.param(rb"123", b"124", id="another number in a tool"),
        pytest.param(rb"(?s),\n[^\n]*(\n\]\})", rb"\1", id="one tool less"),
        pytest.param(rb'"name":"a"', b'"nome":"a"', id="a tool without a name"),
        pytest.param(rb'"name":"a"', b'"name":7', id="a name of another kind"),
        pytest.param(rb'\{"name":"a"[^\n]*\}', b"7", id="a tool that is none"),
        pytest.param(rb"(?s)(.*)", rb"[\1]", id="a list"),
        pytest.param(rb'"gateway"', b'"gatewax"', id="no gateway"),
        pytest.param(rb'"account": "jo"', b'"account": 7', id="an account of another kind"),
        pytest.param(rb'"taken_at": [0-9.]*', b'"taken_at": "now"', id="no time"),
        pytest.param(rb'"taken_at": [0-9.]*', b'"taken_at": 1%s' % (b"0" * 400), id="no such time"),
        pytest.param(rb'"layout": 1', b'"layout": 0', id="no such layout"),
        pytest.param(rb'"layout": 1', b'"layout": "1"', id="a layout of another kind"),
        pytest.param(rb'"initialize"', b'"initialise"', id="no initialize"),
        pytest.param(rb"(?s).*", b'{"a":' * 100_000, id="too deep"),
    ],
)
def test_a_damaged_snapshot_is_set_aside_and_said(
    tmp_path: Path, was: bytes, becomes: bytes
) -> None:
    """Issue 2 "Bad input": one sentence, and never overwritten in silence."""
    tools = (Tool("a", b'{"name":"a","x":123}'), Tool("b", b'{"name":"b"}'))
    store(tmp_path).write(KEY, Snapshot("https://a.example", "jo", 1.5, "2025-06-18", b"{}", tools))
    document = re.sub(was, becomes, kept(tmp_path).read_bytes(), count=1)
    kept(tmp_path).write_bytes(document)
    with pytest.raises(StoreError) as caught:
        store(tmp_path).read(KEY)
    aside = kept(tmp_path).with_name(f"{KEY}.json.damaged-1700000000")
    assert str(caught.value) == (
        f"The catalog {kept(tmp_path)} was damaged; it is kept as {aside.name}"
    )
    assert aside.read_bytes() == document
    assert store(tmp_path).read(KEY) is None


def test_a_snapshot_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    """Ours: two versions may share one folder."""
    store(tmp_path).write(KEY, SNAPSHOT)
    document = kept(tmp_path).read_bytes().replace(b'"layout": 1', b'"layout": 2')
    kept(tmp_path).write_bytes(document)
    with pytest.raises(StoreError, match=r"^The catalog was written by a newer mcp-permit$"):
        store(tmp_path).read(KEY)
    assert kept(tmp_path).read_bytes() == document


def test_what_was_last_seen_is_found_without_its_key(tmp_path: Path) -> None:
    """peers.md §8, behaviour 31: a vault that is gone does not take the catalog with it."""
    older, other = replace(SNAPSHOT, taken_at=1.0), replace(SNAPSHOT, account="somebody else")
    for name, snapshot in (("a" * 32, older), ("b" * 32, SNAPSHOT), ("c" * 32, other)):
        store(tmp_path).write(name, snapshot)
    (tmp_path / "catalogs" / f"{'d' * 32}.json").write_bytes(b"{")
    found = store(tmp_path).last_seen(KEY, SNAPSHOT.gateway, SNAPSHOT.account)
    assert found == SNAPSHOT
    assert store(tmp_path).last_seen("a" * 32, SNAPSHOT.gateway, SNAPSHOT.account) == older
    assert store(tmp_path).last_seen(KEY, SNAPSHOT.gateway, "nobody") is None
    assert store(tmp_path / "new").last_seen(KEY, SNAPSHOT.gateway, "nobody") is None
    assert len(list((tmp_path / "catalogs").iterdir())) == 4
