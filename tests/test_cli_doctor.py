"""`mcp-permit doctor` as a person sees it."""

from __future__ import annotations

import pytest

from cli_gateway import Terminal, environment, terminal, world
from terminal import at_terminal, without_escapes

__all__ = ["terminal", "world"]


def test_each_step_is_a_line_and_the_end_says_that_all_is_well(terminal: Terminal) -> None:
    """peers.md behaviour 36."""
    terminal.run("login")
    code, out, err = terminal.run("doctor", "demo")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == f"ok      file               The profile demo, {terminal.world.url}"
    assert lines[-1] == "Everything works."


def test_the_first_broken_step_is_named_last_with_what_to_do(terminal: Terminal) -> None:
    """Behaviour 36: the next action."""
    code, out, err = terminal.run("doctor")
    assert code == 3
    assert "BROKEN  token" in out
    assert out.splitlines()[-1] == "-       3 more steps stand on it"
    assert err == "\nmcp-permit: token: Nobody is signed in as demo\n  mcp-permit login demo\n"


def test_a_file_that_is_broken_is_the_first_step(terminal: Terminal) -> None:
    """Ours."""
    (terminal.home / "config.toml").write_text("[")
    code, out, err = terminal.run("doctor")
    assert code == 2
    assert out.startswith("BROKEN  file")
    assert "mcp-permit: file: " in err


@pytest.mark.parametrize("columns", [80, 200])
def test_it_fits_the_terminal(terminal: Terminal, columns: int) -> None:
    """Issue of the developer's tool: no wrapped tables at 80 columns."""
    terminal.run("login")
    code, screen = at_terminal(
        ["-m", "mcp_proxy", "doctor"], columns=columns, environ=environment(terminal)
    )
    assert code == 0, screen
    lines = without_escapes(screen).splitlines()
    assert max(map(len, lines)) <= columns
    assert "\x1b[32m" in screen
