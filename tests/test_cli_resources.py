"""`mcp-permit resources` (peers.md behaviour 34)."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.cli.main import main
from scripted_gateway import one_page, scripted_gateway

if TYPE_CHECKING:
    from pathlib import Path

LIST = one_page(
    "resources",
    {"uri": "sb://server-info", "name": "server", "mimeType": "text/plain"},
)
TEMPLATES = one_page(
    "resourceTemplates", {"uriTemplate": "sb://projects/{id}", "description": "One project"}
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MCP_PERMIT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_resources_and_their_templates_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """MCP 2025-11-25, "Resources"."""
    lists = {"resources_list": LIST, "resources_templates_list": TEMPLATES}
    with scripted_gateway(**lists) as script:
        assert main(["resources", script.url, "--grant", "none"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[-2] == "sb://server-info    text/plain  server"
        assert lines[-1] == "sb://projects/{id}              One project"
        assert main(["resources", script.url, "--grant", "none", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["resources"] == LIST["resources"]
    assert found["resourceTemplates"] == TEMPLATES["resourceTemplates"]


def test_one_resource_is_read_and_its_blob_saved(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Texts are printed, files are written."""
    blob = base64.b64encode(b"%PDF").decode()
    contents = [
        {"uri": "sb://a", "text": "Plain."},
        {"uri": "sb://a/b.pdf", "mimeType": "application/pdf", "blob": blob},
    ]
    with scripted_gateway(resources_read={"contents": contents}) as script:
        assert main(["resources", script.url, "sb://x/a/", "--grant", "none"]) == 0
        assert script.params("resources/read") == [{"uri": "sb://x/a/"}]
    assert capsys.readouterr().out == "Plain.\n[application/pdf, 4 bytes, saved as a-1.pdf]\n"
    assert (home / "a-1.pdf").read_bytes() == b"%PDF"


def test_one_at_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    """Ours."""
    with scripted_gateway() as script:
        assert main(["resources", script.url, "a:b", "c:d", "--grant", "none"]) == 2
    assert "one resource at a time" in capsys.readouterr().err
