"""The token that a person brings."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import pytest

from cli_gateway import Terminal, environment, terminal, world
from mcp_proxy.cli.token import brought_token, expiry
from mcp_proxy.errors import ConfigError
from mcp_proxy.files import write_private
from terminal import at_terminal

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["terminal", "world"]

NOW = 1_800_000_000.0
DAY = 86_400.0


def test_a_token_comes_from_a_file_or_from_stdin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md §8, behaviour 14; pasted with or without the word Bearer."""
    write_private(tmp_path / "token", b"Bearer sgk_1\n")
    assert brought_token(str(tmp_path / "token")) == "sgk_1"
    monkeypatch.setattr(sys, "stdin", io.StringIO("sgk_2\n"))
    assert brought_token("-") == "sgk_2"
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    with pytest.raises(ConfigError, match="stdin is empty"):
        brought_token("-")


def test_at_a_terminal_a_token_is_asked_for_and_not_shown(terminal: Terminal) -> None:
    """peers.md §8, behaviour 27: no secret on a screen."""
    words = ["-m", "mcp_proxy", "login", "--token-file", "-"]
    told = [("Token: ", "sgk_canary")]
    code, screen = at_terminal(words, environ=environment(terminal), typed=told)
    assert code == 0, screen
    assert "Signed in to" in screen
    assert "canary" not in screen


def test_a_token_is_kept_with_its_end(terminal: Terminal) -> None:
    """systems.md §7.5: keys of 7, 30, 90 days and a year."""
    write_private(terminal.home / "token", b"sgk_1")
    words = ("--token-file", str(terminal.home / "token"), "--expires", "90d")
    code, out, err = terminal.run("login", *words, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["signed_in"] is True
    assert 89 * DAY < found["expires_at"] - found["signed_in_at"] < 91 * DAY
    assert terminal.world.counters.authorizations == 0


@pytest.mark.parametrize(
    ("text", "ends_at"),
    [
        ("7d", NOW + 7 * DAY),
        (" 2W ", NOW + 14 * DAY),
        ("1y", NOW + 365 * DAY),
        ("2027-01-31", 1_801_353_600.0),
    ],
)
def test_an_end_is_a_time_from_now_or_a_date(text: str, ends_at: float) -> None:
    """Ours. A date means its beginning: rather a day too early than one too late."""
    assert expiry(text, NOW) == ends_at


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("soon", "must be like"),
        ("2027-02-30", "must be like"),
        ("0d", "in the past"),
        ("2020-01-01", "in the past"),
        ("99999999999d", "must be like"),
    ],
)
def test_an_end_that_cannot_be_meant_is_refused(text: str, complaint: str) -> None:
    """peers.md behaviour 23."""
    with pytest.raises(ConfigError, match=complaint):
        expiry(text, NOW)
