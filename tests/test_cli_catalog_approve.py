"""`catalog approve` (peers.md behaviour 25)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from catalog_world import LIST, READ, READ_MORE, WRITE, furnish
from mcp_proxy.cli.main import main
from terminal import at_terminal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The first list is approved, a second one has come."""
    monkeypatch.setenv("MCP_PERMIT_HOME", str(tmp_path))
    furnish(tmp_path, dev=[(0.0, [READ, LIST])])
    assert main(["catalog", "approve"]) == 0
    furnish(tmp_path, dev=[(0.0, [READ_MORE, WRITE])])
    return tmp_path


def approved(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert main(["catalog", "approve", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_difference_is_shown_and_accepted(capsys: pytest.CaptureFixture[str]) -> None:
    """Behaviour 25: `diff` shows what changed."""
    capsys.readouterr()
    assert main(["catalog", "approve"]) == 0
    told = capsys.readouterr().out
    assert "+ write_integration is new\n- list_integrations is gone\n" in told
    assert "Reads one{+ of many+}." in told
    assert "Approved: list_integrations, read_integration, write_integration\n" in told
    assert main(["catalog", "approve"]) == 0
    assert "Nothing has changed since it was approved." in capsys.readouterr().out


def test_one_tool_can_be_accepted(capsys: pytest.CaptureFixture[str]) -> None:
    """Ours."""
    capsys.readouterr()
    assert approved(capsys, "write_integration")["approved"] == ["write_integration"]
    assert approved(capsys)["approved"] == ["list_integrations", "read_integration"]
    assert main(["catalog", "approve", "dev", "no_such_tool"]) == 2


def test_a_person_at_a_terminal_is_asked(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ours: nothing is accepted unseen."""
    capsys.readouterr()
    words = ["-m", "mcp_proxy", "catalog", "approve"]
    environ = {"MCP_PERMIT_HOME": str(home)}
    for answer, outcome in (("n", "Nothing was approved."), ("y", "Approved: ")):
        code, screen = at_terminal(words, environ=environ, typed=[("[y/N] ", answer)])
        assert code == 0, screen
        assert outcome in screen
