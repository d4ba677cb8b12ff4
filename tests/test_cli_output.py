"""What commands print: for people, for programs, and when something goes wrong."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from mcp_proxy.cli import output
from mcp_proxy.cli.output import Row
from mcp_proxy.errors import (
    ConfigError,
    GatewayRefused,
    LocalProtocolError,
    NotPermitted,
    SignInRequired,
)
from terminal import at_terminal, without_escapes

TABLE = """
from mcp_proxy.cli.output import Row, table
table(["Tool", "Description"], [
    Row(("list_runs", "[red]The runs[/red] of an integration, " + "newest first, " * 20)),
    Row(("delete_run", "Short"), is_faint=True),
])
"""


def test_a_table_fits_a_terminal_of_80_columns() -> None:
    """Ours. Names stay whole, the last column is shortened, markup is only text."""
    code, screen = at_terminal(["-c", TABLE])
    assert code == 0
    assert "list_runs   [red]The runs[/red] of an integration" in without_escapes(screen)
    assert "…" in screen
    assert "\x1b[2m" in screen, "a faint row is dim"
    assert max(map(len, without_escapes(screen).splitlines())) == 80


@pytest.mark.parametrize(
    ("widths", "room", "found"),
    [
        ([4, 10], 80, [4, 10]),
        ([4, 100], 80, [4, 74]),
        ([70, 100], 80, [58, 20]),
        ([70, 60, 100], 80, [28, 28, 20]),
        ([70, 5], 80, [70, 5]),
        ([70, 100], 10, [20, 1]),
    ],
)
def test_the_widest_column_gives_way(widths: list[int], room: int, found: list[int]) -> None:
    """Ours."""
    assert output.fitted(widths, room) == found


def test_a_table_uses_a_wide_terminal() -> None:
    """Ours."""
    _, narrow = at_terminal(["-c", TABLE])
    _, wide = at_terminal(["-c", TABLE], columns=200)
    assert wide.count("newest first") > narrow.count("newest first")


def test_no_color_means_no_color() -> None:
    """https://no-color.org: present and not empty."""
    _, screen = at_terminal(["-c", TABLE], environ={"NO_COLOR": "1"})
    assert "\x1b[3" not in screen


def test_a_table_in_a_pipe_is_plain_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """Ours: what `grep` reads must not be cut at a width that nobody sees."""
    output.table(
        ["Tool", "Description"],
        [Row(("list_runs", "The runs " * 40)), Row(("x", ""), is_faint=True)],
    )
    assert capsys.readouterr().out.splitlines() == [
        "Tool       Description",
        "list_runs  " + ("The runs " * 40).rstrip(),
        "x",
    ]


def test_rich_is_not_loaded_for_a_pipe() -> None:
    """Ours: it costs more than the rest of the command."""
    script = TABLE + "\nimport sys; print('rich' in sys.modules, file=sys.stderr)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stderr == "False\n"


def test_facts_are_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    """Ours."""
    output.facts([("gateway", "https://a.example/mcp"), ("as", "default")])
    assert capsys.readouterr().out == "gateway  https://a.example/mcp\nas       default\n"


def test_facts_keep_within_a_terminal() -> None:
    """Ours. What is copied, an address, is never broken."""
    address = "https://gateway.example/" + "x" * 80
    script = (
        "from mcp_proxy.cli.output import facts\n"
        f"facts([('gateway', '{address}'), ('key', 'word ' * 30)])"
    )
    _, screen = at_terminal(["-c", script])
    first, second, third, *_ = screen.splitlines()
    assert (first, second) == ("gateway", " " * 9 + address)
    assert third == "key      " + " ".join(["word"] * 14)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("zwei\nZeilen\tund Tabs", "zwei\nZeilen\tund Tabs"),
        ("größer", "größer"),
        ("\x1b]0;title\x07", "\ufffd]0;title\ufffd"),
        ("\x1b[2J", "\ufffd[2J"),
        ("\x9b31m", "\ufffd31m"),
        ("over\rwritten", "over\ufffdwritten"),
        ("no\xa0break", "no break"),
        ("abc\u202edcba", "abcdcba"),
        ("zero\u200bwidth", "zerowidth"),
        ("half \ud800", "half \ufffd"),
    ],
)
def test_foreign_text_cannot_steer_the_terminal(text: str, shown: str) -> None:
    """Ours. ECMA-48 controls, C1 included; Unicode's bidirectional overrides."""
    assert output.printable(text) == shown


@pytest.mark.parametrize(
    ("text", "line"), [("", ""), ("\n\n  first  \nsecond", "first"), ("a\tb", "a b"), (" \n", "")]
)
def test_a_description_is_told_in_its_first_line(text: str, line: str) -> None:
    """Ours."""
    assert output.one_line(text) == line


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (47 * 3600, "47 h"),
        (48 * 3600, "2 days"),
        (30 * 86400, "30 days"),
    ],
)
def test_a_duration_has_one_unit(seconds: float, told: str) -> None:
    """Ours."""
    assert output.span(seconds) == told


def test_a_document_is_utf8_whatever_the_locale_says() -> None:
    """RFC 8259 §8.1. Half a surrogate pair is told by its escape."""
    script = "from mcp_proxy.cli.output import document; document({'a': 'größer \\ud800'})"
    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        check=True,
        env={"PYTHONIOENCODING": "ascii"},
    )
    assert run.stdout == '{"a":"größer \\ud800"}\n'.encode()
    assert json.loads(run.stdout) == {"a": "größer \ud800"}


@pytest.mark.parametrize(
    ("error", "code", "exit_code"),
    [
        (ConfigError("No", hint="Do"), 1002, 2),
        (SignInRequired("No", hint="Do"), 1003, 3),
        (NotPermitted("No", facts={"rule": "deny"}, hint="Do"), 1004, 4),
        (GatewayRefused("No", status=500, hint="Do"), 1005, 5),
        (LocalProtocolError("No", code=-32700, hint="Do"), -32700, 2),
    ],
)
def test_an_error_is_one_sentence_and_what_to_do_next(
    error: Exception, code: int, exit_code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Architecture §7."""
    assert output.fail(error, as_json=False, verbose=False) == exit_code
    assert capsys.readouterr().err == "mcp-permit: No\n  Do\n"
    assert output.fail(error, as_json=True, verbose=False) == exit_code
    told = json.loads(capsys.readouterr().err)
    assert told["hint"] == "Do"
    assert told["exit"] == exit_code
    assert told["error"]["code"] == code
    assert told["error"]["message"] == "No"
    assert told["error"]["data"]["source"] == "mcp-permit"


def test_an_error_inside_groups_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    """Ours: task groups wrap what happens in them."""
    group = ExceptionGroup("x", [ValueError(), ExceptionGroup("y", [ConfigError("Found")])])
    assert output.fail(group, as_json=False, verbose=False) == 2
    assert capsys.readouterr().err == "mcp-permit: Found\n"


def test_a_bug_is_called_a_bug(capsys: pytest.CaptureFixture[str]) -> None:
    """Ours. Its text may hold a secret and is not shown without being asked for."""
    assert output.fail(KeyError("tok-1234"), as_json=False, verbose=False) == 1
    told = capsys.readouterr().err
    assert told.startswith("mcp-permit: KeyError inside mcp-permit\n  ")
    assert "tok-1234" not in told
    assert output.fail(KeyError("x"), as_json=True, verbose=False) == 1
    assert json.loads(capsys.readouterr().err)["error"]["code"] == -32603


def test_verbose_says_what_lies_behind(capsys: pytest.CaptureFixture[str]) -> None:
    """Ours, without secrets: peers.md §8, behaviour 27."""
    error = GatewayRefused("The gateway refused", status=500)
    error.__cause__ = ValueError("Authorization: Bearer abcdefghijklmnop")
    error.__cause__.__context__ = OSError("connection reset")
    output.fail(error, as_json=False, verbose=True)
    told = capsys.readouterr().err
    assert "because of ValueError: " in told
    assert "because of OSError: connection reset" in told
    assert "abcdefghijklmnop" not in told
    output.fail(KeyError("x"), as_json=False, verbose=True)
    assert "KeyError: 'x'" in capsys.readouterr().err
    output.fail(error, as_json=True, verbose=True)
    because, _ = map(json.loads, capsys.readouterr().err.splitlines())
    assert because["because"][1] == "because of OSError: connection reset"


def test_a_warning_does_not_end_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Ours: with --json every line of stderr is JSON too."""
    output.warn("The snapshot was damaged", as_json=False)
    output.warn("The snapshot was damaged", as_json=True)
    plain, line = capsys.readouterr().err.splitlines()
    assert plain == "mcp-permit: The snapshot was damaged"
    assert json.loads(line) == {"warning": "The snapshot was damaged"}


def test_a_spinner_turns_at_a_terminal_only(capsys: pytest.CaptureFixture[str]) -> None:
    """Ours."""
    with output.spinner("Calling") as update:
        update("Calling: 1 of 2")
    assert capsys.readouterr().err == ""
    script = (
        "from mcp_proxy.cli.output import spinner\n"
        "with spinner('Calling [x]') as update: update('1 of 2')"
    )
    code, screen = at_terminal(["-c", script])
    assert code == 0
    assert "Calling [x]" in screen or "1 of 2" in screen
