from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_proxy.cli.command import parse, parser_of
from mcp_proxy.cli.main import command_of
from mcp_proxy.cli.options import plain_options
from mcp_proxy.errors import ConfigError

if TYPE_CHECKING:
    import argparse

SERVE = command_of("serve")


def options() -> list[argparse.Action]:
    """All options of `serve`, as argparse knows them."""
    return [one for one in parser_of("serve", SERVE)._actions if one.option_strings]


WORDS = ["acme", "https://gateway.example/mcp", "", "-", "--", "-x", "--unknown", "a=b", "read_*"]


def words() -> st.SearchStrategy[list[str]]:
    """Command lines: options of `serve` with and without values, and other words."""
    names = [
        name for one in options() for name in one.option_strings if name not in {"-h", "--help"}
    ]
    value = st.sampled_from(["x", "-x", "", "env:T", "@f", "5", "-5", "a b", "--deny"])
    joined = st.builds("{}={}".format, st.sampled_from(names), value)
    pair = st.tuples(st.sampled_from(names), value).map(list)
    alone = st.one_of(st.sampled_from([*names, *WORDS]), joined).map(lambda word: [word])
    return st.lists(st.one_of(pair, alone), max_size=5).map(lambda parts: [*chain(*parts)])


@settings(max_examples=1000, deadline=None)
@given(words())
def test_what_is_read_is_what_argparse_reads(words: list[str]) -> None:
    """Ours. The two ways to the same options must not differ, and mistakes are argparse's."""
    found = plain_options(words)
    if found is None:
        return
    assert vars(found) == vars(parse("serve", SERVE, words))


def test_every_option_is_read_without_argparse() -> None:
    """Ours: an option that was forgotten here would cost each start that uses it."""
    unusual = {"-h", "--help", "--login-timeout"}
    for option in options():
        name = option.option_strings[-1]
        given = [name] if option.nargs == 0 else [name, "x"]
        assert (plain_options(["acme", *given]) is None) == (name in unusual), name


@pytest.mark.parametrize(
    "unusual",
    [["--help"], ["--nothing"], ["--token"], ["--token", "-x"], ["--token="], ["a", "b"], [""]],
)
def test_what_is_unusual_is_left_to_argparse(unusual: list[str]) -> None:
    """Ours."""
    assert plain_options(unusual) is None


def test_a_mistake_has_the_words_of_argparse() -> None:
    """Ours. As for every other command."""
    with pytest.raises(ConfigError, match="--toke means nothing"):
        parse("serve", SERVE, ["--toke", "x"])
