"""Our pages in a real browser: `make browser`, where Debian's Chromium is installed.

Not among the tests of `make test`, which needs nothing but Python.
"""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from catalog_world import DELETE, LIST, READ, READ_MORE, WRITE, furnish
from mcp_proxy.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def test_a_catalog_is_shown_without_a_word_of_complaint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue of the developer's tool: the script runs, and under its own policy."""
    assert CHROMIUM is not None, "chromium is needed: apt install chromium"
    monkeypatch.setenv("MCP_PERMIT_HOME", str(tmp_path))
    furnish(tmp_path, dev=[(9000.0, [READ, LIST]), (0.0, [READ_MORE, WRITE, DELETE])])
    home = tmp_path
    path = home / "catalog.html"
    assert main(["catalog", "export", "--all", "--output", str(path)]) == 0
    seen = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={home / 'browser'}",
            "--enable-logging=stderr",
            "--virtual-time-budget=2000",
            "--dump-dom",
            path.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Refused to" not in seen.stderr
    # The script has shown its bar, which is hidden without it.
    assert '<div class="bar">' in seen.stdout
    assert "read_integration" in seen.stdout
