"""`catalog perms`."""

from __future__ import annotations

import io
import re
import sys
import time
from typing import TYPE_CHECKING

from cli_gateway import environment, terminal, world
from mcp_proxy.catalog.facts import FactStore, Lesson
from mcp_proxy.cli.catalog_perms import _sign, _signs
from scai_terminal import scai, scai_world
from terminal import at_terminal

if TYPE_CHECKING:
    import pytest

    from cli_gateway import Terminal
    from scai_terminal import ScaiTerminal

__all__ = ["scai", "scai_world", "terminal", "world"]


def informed(terminal: Terminal) -> None:
    """Give the profile a preset and an environment."""
    config = terminal.home / "config.toml"
    text = 'preset = "integration-gateway"\nenvironment = "dev"\n[profiles.demo.auth]'
    config.write_text(config.read_text().replace("[profiles.demo.auth]", text))


def lines(out: str) -> list[str]:
    """A report without the width of its columns."""
    return [re.sub(r"  +", " | ", line.strip()) for line in out.splitlines()]


def test_the_matrix_of_the_gateway_is_a_picture(terminal: Terminal) -> None:
    """systems.md §7.2: read, write, execute, debug for each integration."""
    informed(terminal)
    terminal.run("login")
    code, out, err = terminal.run("catalog", "perms", "--live")
    assert (code, err) == (0, "")
    found = lines(out)
    assert "Rights on each integration, as list_integrations told 0 s ago" in found
    at = found.index("Integration | read | write | execute | debug")
    assert found[at + 1 : at + 3] == [
        "Loan Onboarding | ✓ | ✓ | ✓ | ✓",
        "Credit Check | ✓ | · | · | ·",
    ]


def test_each_class_tells_what_passes_where(terminal: Terminal) -> None:
    """systems.md §7.3: DEV reads, debugs and writes; TEST and PROD read and debug."""
    informed(terminal)
    terminal.run("login")
    terminal.run("tools")
    document = terminal.document("catalog", "perms")
    assert list(document["classes"]) == ["read", "debug", "write", "delete", "execute"]
    passes = {
        name: {where: row[where] == row["tools"] for where in ("dev", "test", "prod")}
        for name, row in document["classes"].items()
    }
    everywhere = {"dev": True, "test": True, "prod": True}
    nowhere = {"dev": False, "test": False, "prod": False}
    assert passes["read"] == passes["debug"] == everywhere
    assert passes["delete"] == passes["execute"] == nowhere
    assert document["classes"]["write"]["dev"] > document["classes"]["write"]["prod"] == 0
    # A denial of the profile's own counts here, and in the environments as well.
    assert document["classes"]["delete"]["here"] == 0
    assert document["rights"] is None
    assert "Class | Tools | Here | in dev | in test | in prod" in lines(
        terminal.run("catalog", "perms")[1]
    )


def test_what_the_gateway_wants_is_counted(scai: ScaiTerminal) -> None:
    """systems.md §7.4: by its own register where somebody read it, else as the preset knows."""
    scai.run("tools", "user")
    before = scai.document("catalog", "perms", "user")["needs"]
    assert {"needs": "permission models:list", "tools": 2, "listed": 2} in before
    scai.run("catalog", "perms", "tadmin", "--live")
    after = {one["needs"]: one for one in scai.document("catalog", "perms", "user")["needs"]}
    assert after["permission users:manage"]["listed"] == 0
    assert after["permission users:manage"]["tools"] > 5
    assert "permission users:manage" in scai.run("catalog", "perms", "user")[1]


def test_what_was_refused_lately_stands_at_the_end(scai: ScaiTerminal) -> None:
    """X27."""
    scai.run("tools", "user")
    (snapshot,) = (scai.home / "catalogs").glob("*.json")
    lesson = Lesson("models_list", "needs a permission: x (NO)", "x", "NO", time.time() - 120)
    FactStore(scai.home / "catalogs").keep_lessons(snapshot.name.partition(".")[0], [lesson])
    document = scai.document("catalog", "perms", "user")
    (learnt,) = document["learnt"]
    assert (learnt["tool"], learnt["gateway_code"]) == ("models_list", "NO")
    row = document["classes"]["read"]
    assert row["here"] == row["tools"] - 1 == row["dev"] - 1
    out = scai.run("catalog", "perms", "user")[1]
    assert "models_list | 2 min ago | It needs a permission: x (NO)" in lines(out)


def test_a_matrix_that_a_rule_denies_is_not_asked_for(terminal: Terminal) -> None:
    """systems.md §7.2: by the same rules as everything; and it says so."""
    informed(terminal)
    terminal.run("login")
    code, _, err = terminal.run("catalog", "perms", "--live", "--deny", "list_*")
    assert code == 0
    assert "list_integrations tells no rights: list_integrations is not permitted" in err
    assert terminal.document("catalog", "perms", "--live", "--deny", "list_*")["rights"] is None


def test_a_resource_may_lack_a_word_about_a_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: what is not told is no refusal. And a stream that lacks the signs gets words."""
    assert [_sign(held, "yes", "-") for held in (True, False, None)] == ["yes", "-", "?"]
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="latin-1"))
    assert _signs() == ("yes", "-")


def test_it_fits_a_terminal_of_eighty_columns(terminal: Terminal) -> None:
    """Issue 4: worth looking at."""
    informed(terminal)
    terminal.run("login")
    terminal.run("catalog", "perms", "--live")
    code, screen = at_terminal(
        ["-m", "mcp_proxy", "catalog", "perms"], environ=environment(terminal)
    )
    plain = re.sub(r"\x1b\[[0-9;]*m", "", screen)
    assert code == 0
    assert max(map(len, plain.splitlines())) <= 80
    assert "✓" in plain


def test_what_was_never_seen_is_said_so(terminal: Terminal) -> None:
    """docs/cli.md: exit code 6."""
    assert terminal.error("catalog", "perms")["exit"] == 6
    found = terminal.error("catalog", "perms", "demo", "list_integrations")
    assert (found["exit"], found["hint"]) == (2, "mcp-permit catalog why TOOL")
