"""`mcp-permit catalog`: the deeds and who does them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog_world import LIST, furnish
from mcp_proxy.cli.catalog import DEEDS
from mcp_proxy.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MCP_PERMIT_HOME", str(tmp_path))
    furnish(tmp_path, dev=[(0.0, [LIST])])
    return tmp_path


def test_without_a_deed_the_deeds_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Ours."""
    assert main(["catalog"]) == 2
    assert f"Say what to do: {', '.join(DEEDS)}" in capsys.readouterr().err


@pytest.mark.parametrize("deed", ["show", "history"])
def test_what_is_no_tool_and_no_profile_is_a_mistake_where_neither_is_wanted(
    deed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ours; `show` looks for words."""
    assert main(["catalog", deed, "nothing"]) == (0 if deed == "show" else 2)
    told = capsys.readouterr()
    assert "nothing" in told.out + told.err


def test_a_gateway_that_was_never_seen_has_no_catalog(capsys: pytest.CaptureFixture[str]) -> None:
    """docs/cli.md: 6 is a file of ours."""
    for deed in ("show", "diff", "history", "export", "approve"):
        assert main(["catalog", deed, "prod"]) == 6
        assert "have not been seen yet" in capsys.readouterr().err
