"""Files out of an answer (issue of the developer's tool: images, audio and blobs)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mcp_proxy.cli.content import Attachment
from mcp_proxy.cli.saving import save
from mcp_proxy.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def test_each_attachment_becomes_a_new_file_named_after_its_tool(tmp_path: Path) -> None:
    """Ours: what is there already stays."""
    first = save(Attachment("image/png", b"1"), tmp_path / "new", "draw")
    second = save(Attachment("image/png; x=y", b"2"), tmp_path / "new", "draw")
    assert (first.name, second.name) == ("draw-1.png", "draw-2.png")
    assert (first.read_bytes(), second.read_bytes()) == (b"1", b"2")


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("../../etc/passwd", "etc-passwd-1.bin"),
        ("remote.tenant.x\n", "remote.tenant.x-1.bin"),
        ("...", "answer-1.bin"),
        ("a" * 300, f"{'a' * 60}-1.bin"),
    ],
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, stem: str, name: str) -> None:
    """A gateway chooses the names of its tools."""
    path = save(Attachment("application/x-unheard-of", b""), tmp_path, stem)
    assert (path.parent, path.name) == (tmp_path, name)


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    """Ours."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigError, match="cannot be written to"):
        save(Attachment("image/png", b""), tmp_path / "file", "draw")
