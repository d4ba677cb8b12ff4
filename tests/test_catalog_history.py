"""The lists of former days (systems.md X19)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.catalog.history import MOST, History
from mcp_proxy.catalog.model import Snapshot
from mcp_proxy.catalog.store import CatalogStore
from mcp_proxy.policy.model import Tool

if TYPE_CHECKING:
    from pathlib import Path

KEY = "0123456789abcdef0123456789abcdef"


def seen(taken_at: float, *names: str) -> Snapshot:
    tools = tuple(Tool(name, b'{"name":"%b"}' % name.encode()) for name in names)
    return Snapshot("https://a.example", "jo", taken_at, "2025-11-25", b"{}", tools)


def test_each_list_that_differs_is_kept_newest_first(tmp_path: Path) -> None:
    """Ours."""
    history = History(tmp_path)
    for snapshot in (seen(10.5, "a"), seen(20, "a"), seen(30, "a", "b"), seen(40, "a")):
        history.keep(KEY, snapshot)
    versions = history.versions(KEY)
    assert [version.taken_at for version in versions] == [40, 30, 10]
    assert history.read(versions[1]) == seen(30, "a", "b")


def test_two_lists_within_a_second_are_both_kept_in_their_order(tmp_path: Path) -> None:
    """Ours."""
    history = History(tmp_path)
    history.keep(KEY, seen(10.1, "a"))
    history.keep(KEY, seen(10.2, "b"))
    found = [history.read(version) for version in history.versions(KEY)]
    assert found == [seen(10.2, "b"), seen(10.1, "a")]


def test_a_gateway_cannot_fill_the_disk_with_lists(tmp_path: Path) -> None:
    """Ours."""
    history = History(tmp_path)
    for number in range(MOST + 3):
        history.keep(KEY, seen(number, f"t{number}"))
    versions = history.versions(KEY)
    assert len(versions) == MOST
    assert versions[-1].taken_at >= 3


def test_lists_of_different_keys_do_not_mix(tmp_path: Path) -> None:
    """systems.md X8."""
    history = History(tmp_path)
    history.keep(KEY, seen(1, "a"))
    history.keep("f" * 32, seen(2, "b"))
    assert [version.taken_at for version in history.versions(KEY)] == [1]


def test_former_lists_are_no_snapshots(tmp_path: Path) -> None:
    """What was seen long ago is not what was seen last."""
    History(tmp_path).keep(KEY, seen(1, "a"))
    assert CatalogStore(tmp_path).last_seen(KEY, "https://a.example", "jo") is None


def test_without_lists_there_is_no_history_and_no_folder(tmp_path: Path) -> None:
    """Ours; files of other names are somebody else's."""
    history = History(tmp_path)
    assert history.versions(KEY) == ()
    assert not list(tmp_path.iterdir())
    history.keep(KEY, seen(1, "a"))
    (tmp_path / "history" / f"{KEY}-x-y.json").write_bytes(b"{}")
    (tmp_path / "history" / f"{KEY}-7.json").write_bytes(b"{}")
    (version,) = history.versions(KEY)
    (tmp_path / "history" / f"{version.name}.json").unlink()
    assert history.read(version) is None
