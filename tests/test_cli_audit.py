"""`mcp-permit audit`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.audit.log import Audit
from mcp_proxy.cli.main import main
from terminal import at_terminal

if TYPE_CHECKING:
    from pathlib import Path

LINE = {
    "time": "2026-01-31T12:00:00.000Z",
    "profile": "ig-dev",
    "account": "default",
    "environment": "dev",
    "tool": "search_integration",
    "class": "read",
    "decision": "allowed",
    "rule": "environment",
    "outcome": "answered",
    "error_code": None,
    "duration_ms": 12.3,
    "argument_names": ["pattern"],
}
LINES: list[dict[str, Any]] = [
    LINE,
    LINE
    | {
        "time": "2026-01-31T12:00:01.000Z",
        "tool": "execute_integration",
        "class": "execute",
        "decision": "refused",
        "rule": "execute",
        "outcome": "refused",
        "duration_ms": 0.1,
    },
    LINE
    | {
        "time": "2026-01-31T12:00:02.000Z",
        "tool": "get_run_history",
        "class": "debug",
        "outcome": "refused-by-gateway",
        "error_code": "permission_denied",
    },
    LINE | {"outcome": "failed", "error_code": "merge_conflict", "tool": "write_integration"},
    LINE | {"outcome": "failed"},
    LINE | {"outcome": "error", "error_code": -32602},
    LINE | {"outcome": "refused-by-gateway"},
    LINE | {"outcome": "OutcomeUnknown", "error_code": 1005, "duration_ms": 300_000.0},
    LINE | {"outcome": "cancelled", "duration_ms": 2_500.0},
    LINE | {"profile": "https://x.example/mcp", "account": "jo", "class": None},
]


@pytest.fixture
def audit_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The audit of a home of its own, over two files."""
    monkeypatch.setenv("MCP_PERMIT_HOME", str(tmp_path))
    path = tmp_path / "audit.jsonl"
    audit = Audit(path, limit=1500)
    for line in LINES:
        audit.record(json.dumps(line).encode() + b"\n", 0.0)
    audit.close()
    assert path.with_name("audit.jsonl.1").exists()
    return path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["audit", *words])
    out, err = capsys.readouterr()
    return code, out, err


def tools(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """The tools of the calls that were found."""
    code, out, _ = run(capsys, *words, "--json")
    assert code == 0
    return [call["tool"] for call in json.loads(out)["calls"]]


def test_a_table_tells_what_came_of_each_call(
    audit_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Issue 4. In a pipe, nothing is cut."""
    _, out, err = run(capsys)
    assert err == ""
    lines = [re.sub(r"  +", " | ", line.strip()) for line in out.splitlines()]
    assert lines[:2] == [
        (
            "calls | 10: 2 answered, 2 failed, 1 answered with an error, 1 refused here,"
            " 2 refused by the gateway, 1 cancelled, 1 without an answer"
        ),
        f"file | {audit_file}",
    ]
    assert lines[3] == "2026-01-31 UTC | Who | Tool | Class | Came to"
    dev = "ig-dev | search_integration | read"
    assert sorted(lines[4:]) == sorted([
        f"12:00:00 | {dev} | answered, 12 ms",
        "12:00:00 | ig-dev | write_integration | read | failed: merge_conflict",
        f"12:00:00 | {dev} | failed",
        f"12:00:00 | {dev} | error: -32602",
        f"12:00:00 | {dev} | gateway: refused",
        f"12:00:00 | {dev} | no answer: OutcomeUnknown",
        f"12:00:00 | {dev} | cancelled, 2 s",
        "12:00:00 | https://x.example/mcp as jo | search_integration | answered, 12 ms",
        "12:00:01 | ig-dev | execute_integration | execute | refused here: execute",
        "12:00:02 | ig-dev | get_run_history | debug | gateway: permission_denied",
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("ig-dev",), 9),
        (("gone",), 0),
        (("--account", "jo"), 1),
        (("--environment", "dev"), 10),
        (("--tool", "*_integration"), 9),
        (("--class", "debug"), 1),
        (("--decision", "refused"), 1),
        (("--outcome", "refused"), 3),
        (("--outcome", "refused-by-gateway"), 2),
        (("--since", "2026-01-31T12:00:01"), 2),
        (("--since", "2026-01-31T13:00:01+01:00", "--until", "2026-01-31T12:00:02"), 1),
        (("--since", "1h"), 0),
        (("--last", "3"), 3),
        (("ig-dev", "--tool", "search*", "--outcome", "failed"), 1),
    ],
)
def test_calls_are_found_by_all_that_a_line_says(
    audit_file: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], found: int
) -> None:
    """Issue 4: by profile, identity, tool, class, decision, outcome and time."""
    assert audit_file.exists()
    assert len(tools(capsys, *words)) == found


def test_a_url_finds_the_calls_made_without_a_profile(
    audit_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ours: what such calls are noted under is the program's own business."""
    assert audit_file.exists()
    assert run(capsys, "https://other.example/mcp", "--json")[0] == 0


def test_the_document_holds_the_lines_as_they_stand(
    audit_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """docs/cli.md: one document."""
    with audit_file.open("ab") as file:
        file.write(b"damaged\n")
    code, out, err = run(capsys, "--json")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert told["calls"] == LINES
    assert (told["matched"], told["damaged"]) == (10, 1)
    assert told["outcomes"]["failed"] == 2
    assert told["file"] == str(audit_file)
    assert run(capsys)[2] == "mcp-permit: 1 damaged line was left out\n"


def test_more_than_a_screen_is_told_and_not_shown(
    audit_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ours."""
    assert audit_file.exists()
    _, out, _ = run(capsys, "--last", "2")
    assert "the last 2; --last 10 shows all" in out
    _, out, _ = run(capsys, "ig-dev", "--last", "1")
    assert re.search(r"^profile +ig-dev$", out, re.MULTILINE)


def test_where_there_is_nothing_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ours: that is no error."""
    monkeypatch.setenv("MCP_PERMIT_HOME", str(tmp_path))
    assert run(capsys) == (0, "No such call was noted\n", "")
    assert tools(capsys) == []


@pytest.mark.parametrize(
    "words",
    [
        ("--tool", "a{b"),
        ("--since", "yesterday"),
        ("--last", "0"),
        ("--class", "sudo"),
        ("--decision", "maybe"),
    ],
)
def test_a_question_that_means_nothing_is_an_error(
    audit_file: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """docs/cli.md: exit code 2."""
    assert audit_file.exists()
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert words[0].lstrip("-") in err or words[1] in err


def test_it_fits_a_terminal_of_eighty_columns(audit_file: Path) -> None:
    """Ours: and says nothing that a gateway could paint over the screen."""
    hostile = LINES[0] | {"tool": "\x1b[2J\x07bad", "time": "2026-02-01T00:00:00.000Z"}
    with audit_file.open("ab") as file:
        file.write(json.dumps(hostile).encode() + b"\n")
    code, screen = at_terminal(["-m", "mcp_proxy", "audit"])
    plain = re.sub(r"\x1b\[[0-9;]*m", "", screen)
    assert code == 0
    # A path is one word, however long the folder is.
    assert max(len(line) for line in plain.splitlines() if "audit.jsonl" not in line) <= 80
    assert "\x1b[2J" not in screen
    assert "02-01 00:00" in plain
