"""`catalog show`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from catalog_world import DELETE, LIST, WRITE, furnish
from mcp_proxy.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_last_list_is_shown_without_network_or_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """peers.md behaviours 24 and 31: source, account, age; what is hidden does not appear."""
    monkeypatch.setenv("MCP_PERMIT_HOME", str(tmp_path))
    furnish(tmp_path, dev=[(7200.0, [LIST, WRITE, DELETE])])
    assert main(["catalog", "show"]) == 0
    told = capsys.readouterr().out
    assert "source   the last snapshot, 2 h old" in told
    assert "delete_all" not in told
    assert main(["catalog", "show", "--json", "--all", "--class", "write"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["source"] == "snapshot"
    assert [one["name"] for one in found["tools"]] == ["write_integration"]
