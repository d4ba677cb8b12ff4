from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.catalog.era import EraNote
from mcp_proxy.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://gateway.example/mcp"


def test_what_was_found_out_is_remembered_for_each_gateway(tmp_path: Path) -> None:
    """MCP 2026-07-28, Versioning: the verdict may be kept across restarts."""
    folder = tmp_path / "eras"
    assert EraNote(folder, URL).read() == {}
    EraNote(folder, URL).write({"modern": True})
    EraNote(folder, URL).write({"modern": True, "legacy": False})
    EraNote(folder, f"{URL}/").write({"modern": False, "legacy": True})
    assert EraNote(folder, URL).read() == {"modern": True, "legacy": False}
    assert EraNote(folder, f"{URL}/").read() == {"modern": False, "legacy": True}
    assert len(list(folder.iterdir())) == 2
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"\xff",
        b"{",
        b"[]",
        b'{"layout":1,"gateway":"https://other.example","speaks":{"modern":true}}',
        b'{"layout":2,"gateway":"https://gateway.example/mcp","speaks":{"modern":true}}',
        b'{"layout":1,"gateway":"https://gateway.example/mcp","speaks":[]}',
        b'{"layout":1,"gateway":"https://gateway.example/mcp","speaks":{"modern":1}}',
    ],
)
def test_what_is_damaged_is_found_out_again(tmp_path: Path, document: bytes) -> None:
    """Ours: a probe costs less than a complaint."""
    EraNote(tmp_path, URL).write({"modern": True})
    (file,) = tmp_path.iterdir()
    file.write_bytes(document)
    assert EraNote(tmp_path, URL).read() == {}


def test_a_file_that_is_not_ours_is_not_read(tmp_path: Path) -> None:
    """Ours: what lies in its place by somebody else's hand is no memory."""
    EraNote(tmp_path, URL).write({"modern": True})
    (file,) = tmp_path.iterdir()
    target = tmp_path / "elsewhere"
    file.rename(target)
    file.symlink_to(target)
    with pytest.raises(StoreError):
        EraNote(tmp_path, URL).read()
