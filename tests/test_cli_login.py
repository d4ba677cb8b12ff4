"""`mcp-permit login`, `logout`, `status`, against the demo world."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

from cli_gateway import Terminal, environment, terminal, world
from mcp_proxy.demo.browser import sign_in as browse
from terminal import at_terminal

if TYPE_CHECKING:
    import pytest

__all__ = ["terminal", "world"]


def test_a_person_signs_in_sees_it_and_signs_out(terminal: Terminal) -> None:
    """Issue 2, "Terminal"."""
    code, out, _ = terminal.run("status", "demo")
    assert code == 0
    assert "signed in  no\n" in out

    code, out, err = terminal.run("login", "demo")
    assert code == 0
    assert out.startswith(f"Signed in to {terminal.world.url} as demo\n  renewed by itself\n")
    assert f"To sign in, open this page:\n\n  {terminal.world.origin}/o/authorize/?" in err

    code, out, _ = terminal.run("status")
    assert code == 0
    assert "signed in  yes, renewed by itself\n" in out
    assert "vault key  " in out

    code, out, _ = terminal.run("logout", "demo")
    assert code == 0
    assert out.startswith(f"Signed out of {terminal.world.url}\n")
    assert terminal.run("logout", "demo")[1] == f"Nobody was signed in to {terminal.world.url}\n"


def test_programs_read_the_same_in_documents(terminal: Terminal) -> None:
    """peers.md §8, behaviour 34; and 27: no secret in any stream."""
    code, out, err = terminal.run("login", "--json")
    assert code == 0
    assert '"signed_in":true' in out
    assert err.startswith('{"sign_in_url": "')
    (found,) = terminal.document("status")["profiles"]
    assert found["profile"] == "demo"
    assert found["signed_in"] is True
    assert found["renewable"] is True
    assert found["expires_at"] > time.time()
    assert terminal.world.client_secret not in out + err + str(found)
    assert terminal.document("logout")["removed"] is True
    assert terminal.document("status")["profiles"][0]["signed_in"] is False


def test_a_usable_grant_is_kept_unless_a_new_one_is_wanted(terminal: Terminal) -> None:
    """Ours: one browser opening, peers.md §8, behaviour 10."""
    terminal.run("login")
    before = terminal.world.counters.authorizations
    assert terminal.run("login")[0] == 0
    assert terminal.world.counters.authorizations == before
    assert terminal.run("login", "--again")[0] == 0
    assert terminal.world.counters.authorizations == before + 1


def test_a_refused_sign_in_ends_with_3(terminal: Terminal) -> None:
    """Architecture §7."""
    terminal.world.faults.deny_consent = True
    try:
        code, _, err = terminal.run("login")
    finally:
        terminal.world.faults.deny_consent = False
    assert code == 3
    assert "mcp-permit: " in err


def test_a_gateway_that_is_down_ends_with_5(terminal: Terminal) -> None:
    """Architecture §7."""
    terminal.world.from_outside(terminal.world.stop())
    try:
        assert terminal.error("login")["exit"] == 5
    finally:
        terminal.world.from_outside(terminal.world.open())


def test_a_bearer_profile_never_opens_a_browser(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 2, "OAuth"."""
    monkeypatch.setenv("DEMO_TOKEN", "some-token")
    before = terminal.world.counters.authorizations
    words = (terminal.world.url, "--token", "env:DEMO_TOKEN")
    _, out, _ = terminal.run("status", *words)
    assert "signed in  by a static token\n" in out
    assert terminal.run("tools", *words)[0] == 3
    code, _, err = terminal.run("login", *words)
    assert code == 2
    assert "has a static token: there is nothing to sign in to" in err
    assert terminal.world.counters.authorizations == before


def test_in_memory_there_is_nothing_to_sign_in_for(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 3, "Vault key": the grant would end with the command."""
    monkeypatch.setenv("MCP_PERMIT_VAULT", "memory")
    code, _, err = terminal.run("login")
    assert code == 2
    assert "MCP_PERMIT_VAULT=memory keeps no sign-in" in err


def test_a_person_waits_before_a_spinner(terminal: Terminal) -> None:
    """Ours."""
    words = ["-m", "mcp_proxy", "login", "--login-timeout", "1"]
    nobody = environment(terminal) | {"BROWSER": "true"}
    code, screen = at_terminal(words, environ=nobody)
    assert code == 3
    assert "Waiting for the sign-in" in screen
    assert "Nobody finished the sign-in within 1 s" in screen


def test_ctrl_c_ends_the_wait_for_a_person(terminal: Terminal) -> None:
    """Ours: 130, as shells have it, and not a word beside the page to open."""
    nobody = os.environ | environment(terminal) | {"BROWSER": "true"}
    command = [sys.executable, "-m", "mcp_proxy", "login"]
    with subprocess.Popen(command, env=nobody, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        # Its second line is empty, its third is the page: from then on it waits.
        lines = [process.stderr.readline() for _ in range(3)]
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert b"/o/authorize/" in lines[2]
    assert rest.strip() == b""
    assert process.returncode == 130


def stranded(terminal: Terminal) -> dict[str, str]:
    """The surroundings of somebody who works over SSH."""
    reached = {"SSH_CONNECTION": "10.0.0.9 50000 10.0.0.5 22", "SSH_TTY": "/dev/pts/9"}
    return environment(terminal) | {"BROWSER": "", "DISPLAY": ""} | reached


def test_over_ssh_the_address_of_the_last_page_is_pasted(terminal: Terminal) -> None:
    """peers.md §8, behaviour 14: a page for any browser, a ready line, a prompt."""

    def last_page(screen: str) -> str:
        (url,) = re.findall(r"^  (http://\S+/o/authorize/\S+)", screen, flags=re.MULTILINE)
        page = browse(url, until=terminal.world.redirect_uri)
        return str(page.location)

    port = terminal.world.redirect_uri.split(":")[2].split("/")[0]
    words = ["-m", "mcp_proxy", "login"]
    code, screen = at_terminal(
        words,
        environ=stranded(terminal),
        typed=[("Address: ", "what is this?"), ("Address: ", last_page)],
    )
    assert code == 0, screen
    assert f"ssh -N -L {port}:127.0.0.1:{port} " in screen
    assert "That is not the answer to this sign-in" in screen
    assert "Signed in to" in screen


def test_over_ssh_a_code_is_shown_where_the_server_has_codes(terminal: Terminal) -> None:
    """RFC 8628; peers.md §8, behaviour 14."""

    def enter() -> None:
        waiting = terminal.world.devices.waiting()
        threading.Thread(
            target=browse, args=(f"{terminal.world.origin}/o/device/?user_code={waiting[0]}",)
        ).start()

    terminal.world.faults.device_codes = True
    try:
        words = ["-m", "mcp_proxy", "login"]
        then = ("enter the code", enter)
        code, screen = at_terminal(words, environ=stranded(terminal), then=then)
    finally:
        terminal.world.faults.device_codes = False
    assert code == 0, screen
    assert "Signed in to" in screen


def test_a_code_can_be_asked_for(terminal: Terminal) -> None:
    """architecture.md §8: `login --device`; a server without codes says so."""
    told = terminal.error("login", "--device")
    assert told["exit"] == 3
    assert "offers no device codes" in told["error"]["message"]
