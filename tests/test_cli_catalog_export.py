"""`catalog export`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from catalog_world import DELETE, LIST, READ, READ_MORE, WRITE, furnish
from mcp_proxy.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MCP_PERMIT_HOME", str(tmp_path))
    furnish(tmp_path, dev=[(9000.0, [READ, LIST]), (0.0, [READ_MORE, WRITE, DELETE])])
    return tmp_path


def test_the_page_holds_what_the_profile_surfaces(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Issue of the developer's tool: one self-contained file."""
    path = home / "catalog.html"
    assert main(["catalog", "export", "--output", str(path)]) == 0
    assert capsys.readouterr().out.endswith(" of html\n")
    text = path.read_text()
    assert text.startswith("<!doctype html>")
    assert "delete_all" not in text
    assert "What changed" in text
    assert 'class="matrix"' in text
    assert main(["catalog", "export", "--all"]) == 0
    assert "delete_all" in capsys.readouterr().out


def test_a_program_gets_the_sheet(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """docs/cli.md."""
    assert main(["catalog", "export", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found["tools"]] == ["read_integration", "write_integration"]
    assert found["tools"][1]["permit"]["environments"] == {
        "dev": True,
        "test": False,
        "prod": False,
    }
    assert found["changes"]["removed"] == ["list_integrations"]
    path = str(home / "c.md")
    assert main(["catalog", "export", "--format", "markdown", "--output", path, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["format"] == "markdown"


def test_a_first_list_has_no_changes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ours; another time that was asked for must be there."""
    furnish(home, prod=[(0.0, [READ])])
    assert main(["catalog", "export", "prod", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["changes"] is None
    assert main(["catalog", "export", "prod", "--since", "2h"]) == 6
    assert main(["catalog", "export", "nobody"]) == 2
    assert main(["catalog", "export", "--output", str(home / "no" / "where")]) == 2
