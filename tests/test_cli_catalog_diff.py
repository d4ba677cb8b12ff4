"""`catalog diff` and `catalog history` (systems.md X19, peers.md behaviour 25)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from catalog_world import DELETE, LIST, READ, READ_MORE, WRITE, furnish
from mcp_proxy.cli.main import main
from terminal import at_terminal, without_escapes

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86400.0


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MCP_PERMIT_HOME", str(tmp_path))
    lists = [
        (3 * DAY, [READ, LIST]),
        (2 * DAY, [READ, WRITE]),
        (0.0, [READ_MORE, WRITE, DELETE]),
    ]
    furnish(tmp_path, dev=lists, prod=[(0.0, [READ, LIST])])
    return tmp_path


def document(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert main(["catalog", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_last_list_is_compared_with_the_one_before(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Added, removed, changed with the words that changed."""
    assert main(["catalog", "diff"]) == 0
    told = capsys.readouterr().out
    assert "~ read_integration  description, inputSchema.type\n" in told
    assert "  description: Reads one{+ of many+}.\n" in told
    assert "delete_all" not in told
    found = document(capsys, "diff", "--all")
    assert found["added"] == ["delete_all"]
    assert found["before"]["tools"] == 2


def test_another_time_can_be_compared_with(capsys: pytest.CaptureFixture[str]) -> None:
    """Two points in time."""
    found = document(capsys, "diff", "dev", "--since", "60h")
    assert (found["added"], found["removed"]) == (["write_integration"], ["list_integrations"])
    assert main(["catalog", "diff", "--since", "1w"]) == 6
    assert "No earlier list was kept" in capsys.readouterr().err


def test_two_profiles_can_be_compared(capsys: pytest.CaptureFixture[str]) -> None:
    """Two identities, two environments."""
    found = document(capsys, "diff", "prod", "dev")
    assert (found["before"]["profile"], found["after"]["profile"]) == ("prod", "dev")
    assert found["removed"] == ["list_integrations"]
    assert [one["name"] for one in found["changed"]] == ["read_integration"]


@pytest.mark.parametrize(
    "words", [["dev", "prod", "prod"], ["dev", "prod", "--since", "2h"], ["dev", "nobody"]]
)
def test_what_cannot_be_meant_is_a_mistake(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """docs/cli.md: 2."""
    assert main(["catalog", "diff", *words]) == 2
    assert capsys.readouterr().err


def test_history_tells_when_each_list_was_first_seen(capsys: pytest.CaptureFixture[str]) -> None:
    """Ours."""
    found = document(capsys, "history")
    assert [one["tools"] for one in found["lists"]] == [3, 2, 2]
    assert found["lists"][1]["added"] == ["write_integration"]
    assert main(["catalog", "history"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert lines[1].split()[-2:] == ["2", "1"]


def test_lists_that_are_alike_differ_in_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ours."""
    furnish(tmp_path, prod=[(0.0, [READ, WRITE])])
    furnish(tmp_path, dev=[(0.0, [READ, WRITE])])
    assert main(["catalog", "diff", "prod", "dev"]) == 0
    assert capsys.readouterr().out.endswith("Nothing differs.\n")


@pytest.mark.parametrize("columns", [80, 200])
def test_it_fits_the_terminal_and_has_colours(home: Path, columns: int) -> None:
    """No wrapped tables at 80 columns."""
    code, screen = at_terminal(
        ["-m", "mcp_proxy", "catalog", "diff", "--all"],
        columns=columns,
        environ={"MCP_PERMIT_HOME": str(home)},
    )
    assert code == 0, screen
    assert max(map(len, without_escapes(screen).splitlines())) <= columns
    assert "{+ of many+}" in without_escapes(screen)
    assert "\x1b[32m" in screen
