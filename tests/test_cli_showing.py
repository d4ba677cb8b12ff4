"""An answer for a person and for a program."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.cli.main import main
from scripted_gateway import one_page, scripted_gateway
from terminal import at_terminal, without_escapes

if TYPE_CHECKING:
    from pathlib import Path

TOOLS = one_page("tools", {"name": "draw", "inputSchema": {"type": "object"}})
PICTURE = {"type": "image", "mimeType": "image/png", "data": base64.b64encode(b"PNG").decode()}
RUNS = [{"id": number, "state": "done"} for number in range(3)]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MCP_PERMIT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def words(url: str, *more: str) -> list[str]:
    return ["call", url, "draw", "--grant", "none", *more]


def test_images_are_saved_beside_what_is_said(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Issue of the developer's tool."""
    result = {"content": [{"type": "text", "text": "Here."}, PICTURE]}
    with scripted_gateway(tools_list=TOOLS, tools_call=result) as script:
        assert main(words(script.url)) == 0
        assert capsys.readouterr().out == "Here.\n[image/png, 3 bytes, saved as draw-1.png]\n"
        assert main(words(script.url, "--save", "pictures")) == 0
    assert (home / "draw-1.png").read_bytes() == b"PNG"
    assert (home / "pictures" / "draw-1.png").read_bytes() == b"PNG"


def test_a_program_gets_the_result_as_it_came_and_files_only_when_it_asks(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """docs/cli.md."""
    result = {"content": [PICTURE], "isError": True, "x": 1.0}
    with scripted_gateway(tools_list=TOOLS, tools_call=result) as script:
        assert main(words(script.url, "--json")) == 7
        assert json.loads(capsys.readouterr().out) == result
        assert not list(home.glob("*.png"))
        assert main(words(script.url, "--json", "--save", ".")) == 7
    assert (home / "draw-1.png").read_bytes() == b"PNG"


@pytest.mark.parametrize("columns", [80, 200])
def test_like_things_are_a_table_at_a_terminal(home: Path, columns: int) -> None:
    """Issue of the developer's tool: in a pipe the text stays as it came."""
    text = json.dumps({"count": 3, "runs": RUNS})
    result: dict[str, Any] = {"content": [{"type": "text", "text": text}]}
    with scripted_gateway(tools_list=TOOLS, tools_call=result) as script:
        code, screen = at_terminal(
            ["-m", "mcp_proxy", *words(script.url)],
            columns=columns,
            environ={"MCP_PERMIT_HOME": str(home / "home"), "NO_COLOR": "1"},
        )
    assert code == 0, screen
    lines = [line.rstrip() for line in without_escapes(screen).splitlines()]
    assert [line.split() for line in lines[-3:]] == [["0", "done"], ["1", "done"], ["2", "done"]]
    assert any(line.endswith("count  3") for line in lines)


def test_progress_is_a_bar_on_a_terminal(home: Path) -> None:
    """MCP 2025-11-25, "Progress"."""
    result: dict[str, Any] = {"content": [{"type": "text", "text": "done"}]}
    with scripted_gateway(tools_list=TOOLS, tools_call=result) as script:
        script.progress = [{"progress": 1}, {"progress": 2, "total": 4, "message": "half"}]
        code, screen = at_terminal(
            ["-m", "mcp_proxy", *words(script.url)],
            environ={"MCP_PERMIT_HOME": str(home / "home")},
        )
    assert code == 0, screen
    assert without_escapes(screen).splitlines()[-1].endswith("done")
    assert "Calling draw: half" in screen
    assert "2 of 4" in screen


def test_an_answer_without_a_result_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    """docs/cli.md, exit codes."""
    refusal = {"error": {"code": -32602, "message": "Unknown\ntool"}}
    with scripted_gateway(tools_list=TOOLS, tools_call=refusal) as script:
        assert main(words(script.url)) == 5
    assert capsys.readouterr().err == "mcp-permit: Unknown\n"
