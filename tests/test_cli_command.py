"""Words of a command line are read strictly, and complaints help."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import pytest

from mcp_proxy.cli.command import Command, parse, parser_of
from mcp_proxy.errors import ConfigError


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("words", nargs="*")
    parser.add_argument("--read-only", action="store_true")
    parser.add_argument("--login-timeout", type=float)


TRY = Command("[WORD ...] [options]", "Tries.", _options, lambda _: 0)


def test_options_may_stand_anywhere() -> None:
    """Ours."""
    told = parse("try", TRY, ["a", "--read-only", "b", "--login-timeout", "5", "c"])
    assert told == Namespace(words=["a", "b", "c"], read_only=True, login_timeout=5.0)


@pytest.mark.parametrize(
    ("words", "complaint", "hint"),
    [
        (
            ["--read-onyl"],
            "--read-onyl means nothing to mcp-permit try",
            "Did you mean --read-only?",
        ),
        (["--read"], "--read means nothing to mcp-permit try", None),
        (["--zzz=5"], "--zzz=5 means nothing to mcp-permit try", "mcp-permit try --help"),
        (["--login-timeout"], "Argument --login-timeout: expected one argument", None),
        (["--login-timeout", "x"], "Argument --login-timeout: invalid float value: 'x'", None),
    ],
)
def test_an_unknown_option_is_refused_with_the_nearest_known(
    words: list[str], complaint: str, hint: str | None
) -> None:
    """Issue 2, "Bad input"; no abbreviations, as a later option could change their meaning."""
    with pytest.raises(ConfigError) as refusal:
        parse("try", TRY, words)
    assert str(refusal.value) == complaint
    assert hint is None or refusal.value.hint == hint


def test_help_names_the_command_as_it_is_typed() -> None:
    """Ours."""
    told = parser_of("try", TRY).format_help()
    assert told.startswith("usage: mcp-permit try [WORD ...] [options]\n\nTries.")
