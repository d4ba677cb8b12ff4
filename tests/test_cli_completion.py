"""`mcp-permit completion` (issue of the developer's tool)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from catalog_world import DELETE, LIST, READ, furnish, tool
from mcp_proxy.cli.completion import SCRIPTS, candidates
from mcp_proxy.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

SEARCH = tool(
    "search",
    inputSchema={
        "properties": {
            "text": {"type": "string"},
            "scope": {"enum": ["code", "docs"]},
            "deep": {"type": "boolean"},
        },
        "required": ["text"],
    },
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MCP_PERMIT_HOME", str(tmp_path))
    furnish(tmp_path, dev=[(0.0, [LIST, READ, SEARCH, DELETE])])
    return tmp_path


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cal", ["call"]),
        ("help lo", ["login", "logout"]),
        ("nothing x", []),
        ("tools --cl", ["--class", "--client-id", "--client-key", "--client-metadata-url"]),
        ("vault move k", ["keyring"]),
        ("serve ", ["dev", "prod"]),
        ("login p", ["prod"]),
        ("tools --class r", ["read"]),
        ("tools dev re", ["read_integration"]),
        ("call --config x dev se", ["search"]),
        ("call dev search --json sc", ["scope=", "scope=code", "scope=docs"]),
        ("call dev search text=a deep", ["deep=", "deep=false", "deep=true"]),
        ("call dev search text=a te", []),
        ("call dev unheard_of x", []),
        ("catalog ap", ["approve"]),
        ("catalog approve dev list_integrations li", []),
        ("catalog why dev li", ["list_integrations"]),
        ("catalog history dev ", []),
        ("call dev delete", []),
        ("tools prod ", []),
        ("tools --json li", ["list_integrations"]),
    ],
)
def test_what_could_come_next(line: str, expected: list[str]) -> None:
    """Commands, options, their values, profiles, surfaced tools, arguments, values."""
    found = candidates(line.split(" "))
    assert found[: len(expected) or 1] == expected


def test_an_empty_line_has_all_commands() -> None:
    """Ours."""
    assert "serve" in candidates([])


def test_a_file_that_cannot_be_read_completes_nothing(home: Path) -> None:
    """Ours: the command itself says what is wrong."""
    (home / "config.toml").write_text("[")
    assert candidates(["tools", ""]) == []


def test_a_shell_gets_lines_also_for_an_unfinished_quote(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Bash breaks words at `=`, and completes what stands after it."""
    line = "mcp-permit call dev search 'scope="
    assert main(["completion", "fish", "--line", line]) == 0
    assert capsys.readouterr().out == "scope=\nscope=code\nscope=docs\n"
    assert main(["completion", "bash", "--line", "mcp-permit call dev search scope=c"]) == 0
    assert capsys.readouterr().out == "code\n"
    assert main(["completion", "bash", "--line", "mcp-permit nothing x"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["completion", "zsh", "--line", "mcp-permit x \\"]) in {0, 2}


@pytest.mark.parametrize("shell", sorted(SCRIPTS))
def test_each_shell_has_its_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Ours."""
    assert main(["completion", shell]) == 0
    assert f"mcp-permit completion {shell} --line" in capsys.readouterr().out


def test_a_real_shell_completes(home: Path) -> None:
    """Every machine with a `bash`; the others were tried by hand."""
    bash = shutil.which("bash") or pytest.fail("bash is needed")
    script = """
mcp-permit() { "$PYTHON" -m mcp_proxy "$@"; }
eval "$(mcp-permit completion bash)"
COMP_LINE="mcp-permit call dev sea" COMP_POINT=23 COMP_WORDS=(mcp-permit call dev sea) COMP_CWORD=3
_mcp_permit
echo "${COMPREPLY[@]}"
"""
    found = subprocess.run(
        [bash, "-c", script],
        env={"PYTHON": sys.executable, "MCP_PERMIT_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout == "search\n"
