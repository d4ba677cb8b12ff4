"""A snapshot and its hash."""

from __future__ import annotations

from mcp_proxy.catalog.model import Snapshot, tools_digest
from mcp_proxy.policy.model import Tool


def test_lists_that_differ_anywhere_have_different_hashes() -> None:
    """Ours: a byte, the order, and where one entry ends."""
    lists = [
        (),
        (Tool("a", b'{"name":"a"}'),),
        (Tool("a", b'{"name": "a"}'),),
        (Tool("a", b"1"), Tool("b", b"23")),
        (Tool("a", b"12"), Tool("b", b"3")),
        (Tool("b", b"3"), Tool("a", b"12")),
    ]
    assert len({tools_digest(tools) for tools in lists}) == len(lists)


def test_the_hash_does_not_depend_on_who_asked_or_when() -> None:
    """Ours: it tells whether a list says anything new."""
    tools = (Tool("a", b'{"name":"a"}'),)
    one = Snapshot("https://a.example", "jo", 1.0, "2025-06-18", b"{}", tools)
    two = Snapshot("https://b.example", "al", 2.0, "2025-11-25", b'{"a":1}', tools)
    assert one.digest == two.digest == tools_digest(tools)


def test_a_snapshot_is_shown_without_its_texts() -> None:
    """Ours: a list of tools is long, and nobody reads it in a traceback."""
    shown = repr(Snapshot("https://a.example", "jo", 1.0, "2025-06-18", b"{}", ()))
    assert "initialize" not in shown
    assert "tools" not in shown
