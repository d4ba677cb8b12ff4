"""`mcp-permit prompts` (peers.md behaviour 34)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.cli.main import main
from scripted_gateway import one_page, scripted_gateway

if TYPE_CHECKING:
    from pathlib import Path

LIST = one_page(
    "prompts",
    {
        "name": "review",
        "description": "Looks at a run.\nMore.",
        "arguments": [{"name": "run", "required": True}, {"name": "tone"}, "stray"],
    },
    {"name": "plain", "title": "A plain one"},
)
FILLED = {"messages": [{"role": "user", "content": {"type": "text", "text": "Look at 7."}}]}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MCP_PERMIT_HOME", str(tmp_path))
    return tmp_path


def test_prompts_are_listed_with_what_they_take(capsys: pytest.CaptureFixture[str]) -> None:
    """MCP 2025-11-25, "Prompts"; an optional argument has a question mark."""
    with scripted_gateway(prompts_list=LIST) as script:
        assert main(["prompts", script.url, "--grant", "none"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == ["review  run, tone?  Looks at a run.", "plain               A plain one"]


def test_a_prompt_is_filled_in_with_texts(capsys: pytest.CaptureFixture[str]) -> None:
    """Arguments of prompts are texts; nothing types them."""
    with scripted_gateway(prompts_get=FILLED) as script:
        words = ["prompts", script.url, "review", "run=7", "tone=a=b", "--grant", "none"]
        assert main(words) == 0
        assert capsys.readouterr().out == "Look at 7.\n"
        assert script.params("prompts/get") == [
            {"name": "review", "arguments": {"run": "7", "tone": "a=b"}}
        ]
        assert main([*words, "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == FILLED


@pytest.mark.parametrize("words", [["review", "run"], ["review", "run=1", "run=2"]])
def test_what_cannot_be_meant_is_refused_before_anything_is_sent(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """peers.md behaviour 34."""
    with scripted_gateway() as script:
        assert main(["prompts", script.url, *words, "--grant", "none"]) == 2
        assert script.heard == []
    assert "run" in capsys.readouterr().err
