"""Lists of a gateway that no rule cuts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.cli.main import main
from scripted_gateway import scripted_gateway

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MCP_PERMIT_HOME", str(tmp_path))
    return tmp_path


def pages(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Three pages of one prompt each."""
    number = int(params.get("cursor", "0"))
    following = {"nextCursor": str(number + 1)} if number < 2 else {}
    return {"prompts": [{"name": f"p{number}"}], **following}


def test_every_page_of_a_list_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """MCP 2025-11-25, "Pagination"."""
    with scripted_gateway(prompts_list=pages) as script:
        assert main(["prompts", script.url, "--grant", "none", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert [one["name"] for one in found["prompts"]] == ["p0", "p1", "p2"]
        assert found["gateway"] == script.url


def test_a_list_without_an_end_ends(capsys: pytest.CaptureFixture[str]) -> None:
    """Ours: a gateway whose cursors go in a circle."""
    with scripted_gateway(prompts_list={"prompts": [], "nextCursor": "x"}) as script:
        assert main(["prompts", script.url, "--grant", "none"]) == 5
        assert "has no end" in capsys.readouterr().err
        assert len(script.params("prompts/list")) == 1000


def test_a_gateway_without_such_a_list_offers_none(capsys: pytest.CaptureFixture[str]) -> None:
    """MCP 2025-11-25: -32601 where a capability is missing."""
    with scripted_gateway() as script:
        assert main(["prompts", script.url, "--grant", "none"]) == 0
        assert "The gateway offers none." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "code", "told"),
    [
        ({"error": {"code": -32000, "message": "not today"}}, 5, "prompts/list failed: not today"),
        ({"prompts": 7}, 5, "is no list"),
        (
            {"error": {"code": 1, "message": "no", "data": {"code": "PERMISSION_DENIED"}}},
            4,
            "prompts/list failed: no",
        ),
    ],
)
def test_a_refused_list_is_told_with_its_exit_code(
    answer: dict[str, Any], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """docs/cli.md, exit codes."""
    with scripted_gateway(prompts_list=answer) as script:
        assert main(["prompts", script.url, "--grant", "none"]) == code
        assert told in capsys.readouterr().err
