"""The entry point: commands, exit codes, and the last place for what goes wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.cli.main import COMMANDS, main, overview
from mcp_proxy.version import VERSION

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"], ["help", "me"]])
def test_without_a_command_the_commands_are_told(words: list[str], capsys: Capture) -> None:
    """Ours."""
    assert main(words) == 0
    assert capsys.readouterr().out == overview() + "\n"


def test_the_version_is_told(capsys: Capture) -> None:
    """Ours."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"mcp-permit {VERSION}\n"


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: Capture, *, is_first: bool) -> None:
    """Ours."""
    with pytest.raises(SystemExit) as leaving:
        main(["help", name] if is_first else [name, "--help"])
    assert leaving.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: mcp-permit {name} ")


@pytest.mark.parametrize(
    ("words", "hint"), [(["sreve"], "Did you mean serve?"), (["xyz"], "mcp-permit --help")]
)
def test_an_unknown_command_is_refused(words: list[str], hint: str, capsys: Capture) -> None:
    """Architecture §7: exit 2 for usage."""
    assert main(words) == 2
    assert (
        capsys.readouterr().err == f"mcp-permit: {words[0]} is no command of mcp-permit\n  {hint}\n"
    )


@pytest.mark.parametrize("command", ["serve", "login", "logout", "status", "tools", "call"])
def test_a_mistake_is_told_before_any_network(command: str, capsys: Capture) -> None:
    """Issue 2, "Bad input". The address is one that must never be asked: plain http elsewhere."""
    words = [command, "http://gateway.example/mcp", *(["tool"] if command == "call" else [])]
    assert main(words) == 2
    told, *_ = capsys.readouterr().err.splitlines()
    assert told.startswith("mcp-permit: ")
    assert main([*words, "--alow=x"]) == 2
    assert "Did you mean --allow?" in capsys.readouterr().err


def test_errors_speak_json_when_asked(capsys: Capture) -> None:
    """peers.md §8, behaviour 34: one line, one object."""
    assert main(["status", "http://gateway.example/mcp", "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert json.loads(err)["exit"] == 2


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    """Ours: `mcp-permit ... | head -1`."""
    script = (
        "import sys; from mcp_proxy.cli import main, output\n"
        "main.overview = lambda: 'x' * 1_000_000\n"
        "sys.exit(main.main(['--help']))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait() == 0
    assert process.stderr is not None
    with process.stderr:
        assert process.stderr.read() == b""


def _in_a_shell(line: str, home: Path) -> subprocess.CompletedProcess[str]:
    """`line` in a shell, `mcp-permit` being this program."""
    program = f'"{sys.executable}" -m mcp_proxy'
    return subprocess.run(
        ["/bin/sh", "-c", line.replace("mcp-permit", program)],
        cwd=home.parent,
        env={"MCP_PERMIT_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("command", ["config check", "config path --json", "status"])
def test_a_stream_that_is_closed_is_not_missed(command: str, closed: str, tmp_path: Path) -> None:
    """Ours. Who closes stdout wants no answer; the command does what it is for."""
    found = _in_a_shell(f"mcp-permit {command} {closed}", tmp_path)
    assert (found.returncode, found.stderr) == (0, "")


@pytest.mark.parametrize("command", ["--help", "config check", "status --json"])
def test_an_answer_that_cannot_be_written_is_said_so(command: str, tmp_path: Path) -> None:
    """Ours: no success is reported, and nobody is told of a bug."""
    line = f"ulimit -f 0; mcp-permit {command} >answer"  # no file may grow: a full disk
    found = _in_a_shell(line, tmp_path)
    assert (found.returncode, found.stderr.count("\n")) == (1, 1)
    assert "The answer could not be written: File too large" in found.stderr


@pytest.mark.parametrize("command", ["config init", "config check", "status"])
def test_a_home_that_cannot_be_looked_into_is_no_bug(command: str, tmp_path: Path) -> None:
    """Ours. A name that is too long stands in for a folder of somebody else."""
    found = _in_a_shell(f"mcp-permit {command}", tmp_path / ("x" * 300))
    assert found.returncode in {2, 6}
    assert "File name too long" in found.stderr
