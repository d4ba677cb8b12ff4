"""`mcp-permit call`, against the demo world."""

from __future__ import annotations

import io
import json
import re

import pytest

from cli_gateway import Terminal, environment, terminal, world
from terminal import at_terminal, without_escapes

__all__ = ["terminal", "world"]


def test_a_tool_is_called_with_typed_arguments(terminal: Terminal) -> None:
    """Issue 2, "Terminal"."""
    terminal.run("login")
    code, out, err = terminal.run("call", "demo", "list_integrations")
    assert (code, err) == (0, "")
    assert out.strip()
    assert terminal.document("call", "list_integrations", "active_only=true")["content"]


def test_arguments_come_as_json_from_the_line_a_file_and_stdin(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md §8, behaviour 34: four ways, one meaning."""
    terminal.run("login")
    text = '{"active_only": true}'
    (terminal.home / "arguments.json").write_text(text)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    found = [
        terminal.document("call", "demo", "list_integrations", "active_only=true"),
        terminal.document("call", "demo", "list_integrations", text),
        terminal.document("call", "list_integrations", f"@{terminal.home / 'arguments.json'}"),
        terminal.document("call", "list_integrations", "-"),
    ]
    assert all(one == found[0] for one in found)


def test_a_refused_call_ends_with_4_and_never_reaches_the_gateway(terminal: Terminal) -> None:
    """Issue 2, "Permitted tools". Its arguments are not even looked at."""
    terminal.run("login")
    told = terminal.error("call", "delete_integration_component", "nonsense=1")
    assert told["exit"] == 4
    assert told["error"]["data"]["code"] == "PERMISSION_DENIED"
    assert terminal.world.counters.calls["delete_integration_component"] == 0
    rows = (terminal.home / "audit.jsonl").read_text().splitlines()
    assert json.loads(rows[-1])["decision"] == "refused"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["list_integrations", "active_only=perhaps"], "does not take these arguments"),
        (["list_integration"], "lists no tool named list_integration"),
        (["list_integrations", "{nonsense"], "not JSON"),
        (["list_integrations", "{}", "{}"], "at most once as JSON"),
        (["list_integrations", "@/nowhere/at/all"], "cannot be read from /nowhere/at/all"),
        (["dmeo", "list_integrations"], "dmeo"),
        (["demo"], "Name one tool"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_the_call(
    words: list[str], complaint: str, terminal: Terminal
) -> None:
    """peers.md §8, behaviour 34: exit 2, and nothing is called."""
    terminal.run("login")
    before = terminal.world.counters.posts["tools/call"]
    told = terminal.error("call", *words)
    assert told["exit"] == 2
    assert complaint in told["error"]["message"]
    assert terminal.world.counters.posts["tools/call"] == before


def test_a_tool_that_fails_ends_with_7(terminal: Terminal) -> None:
    """Architecture §7. What the tool says is the answer; that it failed is told beside it."""
    terminal.run("login")
    code, out, err = terminal.run("call", "read_integration", "integration_id=999999")
    assert code == 7
    assert out.strip()
    assert err == "mcp-permit: the tool answered with an error\n"
    code, out, err = terminal.run("call", "read_integration", "integration_id=999999", "--json")
    assert (code, err) == (7, "")
    assert json.loads(out)["isError"] is True


def test_a_gateway_that_fails_ends_with_5(terminal: Terminal) -> None:
    """Architecture §7."""
    terminal.run("login")
    terminal.run("tools")
    terminal.world.faults.answers, terminal.world.faults.answers_to = "500", ("tools/call",)
    try:
        told = terminal.error("call", "list_integrations")
    finally:
        terminal.world.faults.answers, terminal.world.faults.answers_to = "well", ()
    assert told["exit"] == 5


def test_progress_is_shown_while_a_person_waits(terminal: Terminal) -> None:
    """MCP 2025-11-25, "Progress"."""
    terminal.run("login")
    words = ["call", "execute_integration", "integration_id=1"]
    words += ['payload={"applicant": "A", "amount": 5, "wait_for_approval": true}']
    code, screen = at_terminal(
        ["-m", "mcp_proxy", *words],
        environ=environment(terminal),
        then=("Waiting for approval", terminal.world.approve_runs),
    )
    assert code == 0
    told = without_escapes(screen)
    assert "Calling execute_integration: Waiting for approval" in told
    assert re.search(r" 0 of \d+", told)
