"""`mcp-permit tools`, against the demo world and without it."""

from __future__ import annotations

import shutil

import pytest

from cli_gateway import Terminal, environment, terminal, world
from terminal import at_terminal, without_escapes

__all__ = ["terminal", "world"]


def test_the_permitted_tools_are_listed_with_where_they_come_from(terminal: Terminal) -> None:
    """peers.md §8, behaviours 26 and 31."""
    terminal.run("login")
    code, out, err = terminal.run("tools", "demo")
    assert (code, err) == (0, "")
    assert f"gateway  {terminal.world.url}, account demo\n" in out
    assert "source   the gateway, just now\n" in out
    assert "\nlist_integrations " in out
    assert "delete_integration_component" not in out
    code, everything, _ = terminal.run("tools", "--all")
    (line,) = [line for line in everything.splitlines() if line.startswith("delete_integ")]
    assert " hidden " in line


def test_why_tells_the_rule_and_the_reason(terminal: Terminal) -> None:
    """peers.md §8, behaviour 26."""
    terminal.run("login")
    _, out, _ = terminal.run("tools", "--all", "--why")
    (line,) = [line for line in out.splitlines() if line.startswith("delete_integ")]
    assert " deny: The deny list names it: delete_* (delete" in line


def test_the_snapshot_is_read_with_no_network_and_no_token(terminal: Terminal) -> None:
    """peers.md §8, behaviour 31: the world is stopped and the vault is gone."""
    terminal.run("login")
    live = terminal.document("tools", "--all")
    terminal.world.from_outside(terminal.world.stop())
    try:
        for path in (terminal.home / "vault").glob("*"):
            if path.name != "refs":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        offline = terminal.document("tools", "--offline", "--all")
        code, out, _ = terminal.run("tools", "--offline", "list")
        assert terminal.error("tools")["exit"] in {3, 5}
    finally:
        terminal.world.from_outside(terminal.world.open())
    assert offline["tools"] == live["tools"]
    assert offline["digest"] == live["digest"]
    assert (live["source"], offline["source"]) == ("gateway", "snapshot")
    assert code == 0
    assert "source   the last snapshot, 0 s old\n" in out


def test_the_document_holds_the_entries_as_the_gateway_has_them(terminal: Terminal) -> None:
    """Ours: beside them what is ours, and nothing is lost."""
    terminal.run("login")
    found = terminal.document("tools", "demo", "read_integration")
    (tool,) = [tool for tool in found["tools"] if tool["name"] == "read_integration"]
    assert tool["inputSchema"]["type"] == "object"
    assert tool["permit"]["surfaced"] is True
    assert tool["permit"]["read_only"] is True
    assert tool["permit"]["shown_as"] == "read_integration"
    assert found["listed"] > found["surfaced"] > 0
    assert found["account"] == "demo"
    assert found["server"]["name"]
    assert found["unmatched_patterns"] == []


def test_words_filter_by_name_and_description(terminal: Terminal) -> None:
    """Ours. All words must occur, whatever their case."""
    terminal.run("login")
    every = terminal.document("tools")["tools"]
    some = terminal.document("tools", "INTEGRATION", "list")["tools"]
    assert 0 < len(some) < len(every)
    code, out, _ = terminal.run("tools", "zzzz", "y")
    assert code == 0
    assert "No tool has 'zzzz' and 'y' in name, title, arguments or description\n" in out
    _, out, _ = terminal.run("tools", "delete_integration_component")
    assert "Hidden by the rule deny: The deny list names it: delete_*." in out


def test_a_word_that_is_nearly_a_profile_may_have_been_meant_as_one(terminal: Terminal) -> None:
    """Ours. Whoever mistypes a profile is not told about hidden tools."""
    terminal.run("login")
    code, out, err = terminal.run("tools", "demmo")
    assert code == 0
    assert "No tool has 'demmo' in" in out
    assert "did you mean the profile demo?" in err
    with (terminal.home / "config.toml").open("a") as file:
        file.write('[profiles.other]\nurl = "https://gateway.example/mcp"\n')
    told = terminal.error("tools", "demmo")
    assert told["error"]["message"] == "There is no profile 'demmo'; did you mean demo?"


def test_a_pattern_that_matches_nothing_is_told(terminal: Terminal) -> None:
    """peers.md §8, behaviour 23."""
    terminal.run("login")
    _, _, err = terminal.run("tools", "--deny", "dlete_*")
    assert "the pattern dlete_* matches no tool" in err
    assert terminal.document("tools", "--deny", "dlete_*")["unmatched_patterns"] == ["dlete_*"]


def test_what_was_never_seen_is_said_so(terminal: Terminal) -> None:
    """Ours."""
    told = terminal.error("tools", "--offline")
    assert told["exit"] == 6
    assert "have not been seen yet" in told["error"]["message"]
    assert told["hint"] == "mcp-permit tools demo"


def test_a_script_opens_no_browser(terminal: Terminal) -> None:
    """peers.md §8, behaviour 34. Here stdin is no terminal."""
    before = terminal.world.counters.authorizations
    told = terminal.error("tools")
    assert told["exit"] == 3
    assert told["hint"] == "mcp-permit login demo"
    assert terminal.world.counters.authorizations == before


@pytest.mark.parametrize("columns", [80, 200])
def test_at_a_terminal_the_list_signs_in_and_fits(terminal: Terminal, columns: int) -> None:
    """Ours."""
    words = ["-m", "mcp_proxy", "tools", "--all", "--why"]
    code, screen = at_terminal(
        words, columns=columns, environ=environment(terminal) | {"NO_COLOR": "1"}
    )
    assert code == 0, screen
    assert "To sign in, open this page:" in screen
    table = screen[screen.index("gateway ") :]
    assert max(map(len, without_escapes(table).splitlines())) <= columns
    assert "delete_integration_component  hidden    deny: The deny" in without_escapes(table)


def test_what_fits_best_comes_first_and_arguments_count_too(terminal: Terminal) -> None:
    """Issue of the developer's tool: words over names, titles, descriptions, arguments."""
    terminal.run("login")
    found = [tool["name"] for tool in terminal.document("tools", "run_history_id")["tools"]]
    assert "get_run_history" in found or "execute_integration" in found
    best = terminal.document("tools", "list_integrations")["tools"][0]
    assert best["name"] == "list_integrations"


def test_a_class_or_an_origin_narrows_the_list(terminal: Terminal) -> None:
    """Issue of the developer's tool."""
    terminal.run("login")
    every = terminal.document("tools", "--all")["tools"]
    reading = terminal.document("tools", "--all", "--class", "read")["tools"]
    assert 0 < len(reading) < len(every)
    assert all("read" in tool["permit"]["classes"] for tool in reading)
    assert terminal.document("tools", "--origin", "elsewhere")["tools"] == []
    assert terminal.run("tools", "--origin", "elsewhere")[1].endswith("There are no such tools\n")


def test_the_name_of_a_tool_shows_how_it_is_called(terminal: Terminal) -> None:
    """Issue of the developer's tool: a readable signature."""
    terminal.run("login")
    code, out, _ = terminal.run("tools", "read_integration")
    assert code == 0
    assert "\nread_integration(" in out
    assert "\nSurfaced by the rule default: No rule speaks against it.\n" in out
    assert "\nArgument " in out
