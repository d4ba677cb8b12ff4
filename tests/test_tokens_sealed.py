"""The sealed records of a folder."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.errors import StoreError
from mcp_proxy.tokens.sealed import (
    names_in,
    opened,
    path_of,
    refuse_newer,
    reseal,
    write_sealed,
)
from mcp_proxy.tokens.vault import DamagedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32


def keys(*found: bytes) -> Callable[[], tuple[bytes, ...]]:
    return lambda: found


def never() -> tuple[bytes, ...]:
    raise AssertionError


def test_a_record_opens_with_the_first_key_that_fits(tmp_path: Path) -> None:
    """Ours."""
    write_sealed(tmp_path / "vault", OLD, "grants/one", b"secret")
    assert opened(tmp_path / "vault", "grants/one", keys(NEW, OLD)) == b"secret"
    assert opened(tmp_path / "vault", "grants/one", keys(OLD, NEW)) == b"secret"
    with pytest.raises(DamagedError):
        opened(tmp_path / "vault", "grants/one", keys(NEW, OTHER))
    file = path_of(tmp_path / "vault", "grants/one")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_no_key_is_asked_for_where_there_is_nothing_to_open(tmp_path: Path) -> None:
    """Ours: a vault that was never made has no keyring to wait for."""
    assert opened(tmp_path, "grants/none", never) is None


def test_records_are_found_by_name_and_what_was_set_aside_is_not(tmp_path: Path) -> None:
    """Ours."""
    for name in ("grants/b", "clients/a"):
        write_sealed(tmp_path, OLD, name, b"")
    path_of(tmp_path, "grants/b").with_name("c.sealed.damaged-1").write_bytes(b"")
    path_of(tmp_path, "grants/b").with_name(".d.sealed.0a1b2c").write_bytes(b"")
    assert names_in(tmp_path) == ["clients/a", "grants/b"]


def test_sealing_anew_takes_all_that_opens_and_leaves_damage_alone(tmp_path: Path) -> None:
    """Ours. One was sealed with the new key already: the change had been cut off."""
    write_sealed(tmp_path, OLD, "grants/old", b"1")
    write_sealed(tmp_path, NEW, "grants/new", b"2")
    write_sealed(tmp_path, OTHER, "grants/lost", b"3")
    lost = path_of(tmp_path, "grants/lost").read_bytes()
    done = path_of(tmp_path, "grants/new").read_bytes()
    assert reseal(tmp_path, OLD, NEW) == 2
    assert opened(tmp_path, "grants/old", keys(NEW)) == b"1"
    assert path_of(tmp_path, "grants/new").read_bytes() == done
    assert path_of(tmp_path, "grants/lost").read_bytes() == lost


def test_what_a_newer_version_sealed_is_not_touched(tmp_path: Path) -> None:
    """peers.md 7."""
    write_sealed(tmp_path, OLD, "grants/old", b"1")
    write_sealed(tmp_path, OTHER, "grants/lost", b"3")
    refuse_newer(tmp_path, OLD)
    newer = path_of(tmp_path, "grants/newer")
    newer.write_bytes(b"mcp-permit sealed v2\r\n...")
    with pytest.raises(StoreError, match="newer mcp-permit"):
        refuse_newer(tmp_path, OLD)
    with pytest.raises(StoreError, match="newer mcp-permit"):
        reseal(tmp_path, OLD, NEW)
