"""`mcp-permit serve`, as a desktop client launches it: a process, its stdin and its stdout."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from cli_gateway import Terminal, terminal, world

__all__ = ["terminal", "world"]

HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


def test_a_desktop_client_gets_the_permitted_tools_until_it_hangs_up(terminal: Terminal) -> None:
    """Issue 2. Nothing but JSON-RPC is on stdout, and a healthy run is quiet on stderr."""
    terminal.run("login")
    asked = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
    ]
    command = [sys.executable, "-m", "mcp_proxy", "serve", "demo", "--deny", "django_*"]
    answers: dict[object, dict[str, Any]] = {}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        for message in asked:
            process.stdin.write(json.dumps(message).encode() + b"\n")
            process.stdin.flush()
        while len(answers) < 2:
            told = json.loads(process.stdout.readline())
            answers[told.get("id")] = told
        process.stdin.close()
        (line,) = process.stderr.read().decode().splitlines()
        assert line.startswith("mcp-permit: demo: ")
        assert "tools surfaced; hidden" in line
    assert process.returncode == 0
    assert answers[1]["result"]["protocolVersion"] == "2025-06-18"
    names = {tool["name"] for tool in answers[2]["result"]["tools"]}
    assert "list_integrations" in names
    assert names.isdisjoint({"django_admin", "delete_integration_component"})


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["serve", "nobody"], "nobody"),
        (["serve", "http://gateway.example/mcp"], "http"),
        (["serve", "demo", "--allow", "["], "["),
        (["serve", "demo", "--client-secret", "hunter2"], "--client-secret"),
        (["serve", "demo", "--config", "/nowhere/config.toml"], "/nowhere/config.toml"),
        (["serve", "demo", "extra"], "extra"),
        (["serve", "demo", "--json"], "--json"),
    ],
)
def test_a_mistake_ends_the_start_with_one_sentence(
    words: list[str], complaint: str, terminal: Terminal
) -> None:
    """peers.md §8, behaviour 23: exit 2 before any network, and nothing on stdout."""
    before = terminal.world.counters.posts.total()
    code, out, err = terminal.run(*words)
    assert (code, out) == (2, "")
    assert complaint in err
    assert "hunter2" not in err
    assert terminal.world.counters.posts.total() == before
