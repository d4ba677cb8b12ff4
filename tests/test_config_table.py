"""One table of a settings file: known keys and types."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.config.table import Table
from mcp_proxy.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

KNOWN = ("client_id", "client_secret", "scope")
HOMES = {"url": "in [profiles.demo]", "default_profile": "at the top of the file"}


def table(**content: object) -> Table:
    return Table("profiles.demo.auth", content)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("cliend_id", "; did you mean client_id?"),
        ("CLIENT-ID", "; did you mean client_id?"),
        ("scopes", "; did you mean scope?"),
        ("url", "; it belongs in [profiles.demo]"),
        ("urll", "; did you mean url in [profiles.demo]?"),
        ("default_profile", "; it belongs at the top of the file"),
        ("defaultprofile", "; did you mean default_profile at the top of the file?"),
        ("xyz", ""),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_known_one(name: str, advice: str) -> None:
    """peers.md behaviour 23: fail closed, and help."""
    with pytest.raises(ConfigError) as caught:
        table(scope="a", **{name: "canary"}).refuse_unknown(KNOWN, HOMES)
    assert str(caught.value) == f"profiles.demo.auth.{name} is not a known key{advice}"
    assert caught.value.key == f"profiles.demo.auth.{name}"
    assert caught.value.hint == (None if advice else "Known here: client_id, client_secret, scope")


def test_a_list_of_tables_is_counted_from_one() -> None:
    """TOML 1.0 "Array of Tables"."""
    first, second = table(x=[{"a": "b"}, {}]).tables("x")
    assert (first.key("a"), first.text("a")) == ("profiles.demo.auth.x[1].a", "b")
    assert second.path == "profiles.demo.auth.x[2]"
    assert table().tables("x") == []
    with pytest.raises(ConfigError, match=r"x must hold tables, written \[\[.*\]\], not a string"):
        table(x=["a"]).tables("x")


def test_words_are_taken_once_and_in_their_order() -> None:
    """Ours."""
    assert table(x=["b", "a", "b"]).words("x", ("a", "b")) == ("b", "a")
    assert table().words("x", ("a",)) is None
    with pytest.raises(ConfigError, match="x is empty"):
        table(x=[]).words("x", ("a",))


def test_a_count_is_a_whole_number() -> None:
    """Ours."""
    assert table(x=5).count("x") == 5
    assert table().count("x") is None
    with pytest.raises(ConfigError, match="x must be a whole number, not a string"):
        table(x="5").count("x")


def test_known_keys_pass() -> None:
    """Ours."""
    table(client_id="a", scope="b").refuse_unknown(KNOWN, HOMES)


def test_a_path_shows_odd_keys_in_quotes() -> None:
    """TOML 1.0 "Keys": a quoted key may hold dots, and control characters by escape."""
    assert table().key("client_id") == "profiles.demo.auth.client_id"
    assert table().key("a.b") == "profiles.demo.auth.'a.b'"
    assert table().key("a\x1b[2J") == r"profiles.demo.auth.'a\x1b[2J'"
    assert Table("", {}).key("profiles") == "profiles"


@pytest.mark.parametrize(
    ("day", "seconds"),
    [(date(1970, 1, 1), 0), (date(2027, 1, 31), 1_801_353_600), (date(2000, 2, 29), 951_782_400)],
)
def test_a_day_begins_in_utc(day: date, seconds: int) -> None:
    """TOML 1.0 "Local Date": it has no time zone, and the earlier end is the safer one."""
    assert table(day=day).day("day") == seconds


@pytest.mark.parametrize(
    "found", ["2027-01-31", 20270131, datetime(2027, 1, 31, tzinfo=UTC), time(1), True]
)
def test_a_day_is_nothing_else(found: object) -> None:
    """Ours. A date with a time would be read by nobody in the same way."""
    with pytest.raises(ConfigError, match="day must be a date, written 2027-01-31, not"):
        table(day=found).day("day")


def test_what_is_not_there_is_none_or_the_default() -> None:
    """Ours."""
    assert table().day("missing") is None
    empty = table()
    assert empty.text("scope") is None
    assert empty.judged("scope", lambda text, key: text + key) is None
    assert empty.word("scope", ("a",)) is None
    assert empty.flag("scope", default=True)
    assert empty.seconds("scope", default=3.0) == 3.0
    assert empty.texts("scope") is None
    assert empty.table("scope") is None
    assert empty.section("scope") == Table("profiles.demo.auth.scope", {})


def test_what_is_there_is_returned() -> None:
    """Ours."""
    full = table(s=" a ", f=False, n=2, l=["x", "y"], t={"k": 1})
    assert full.text("s") == full.needed("s") == full.word("s", ("b", "a")) == "a"
    assert full.judged("s", lambda text, key: f"{key}={text}") == "profiles.demo.auth.s=a"
    assert full.flag("f", default=True) is False
    assert full.seconds("n", default=3.0) == 2.0
    assert full.texts("l") == ("x", "y")
    assert full.table("t") == full.section("t") == Table("profiles.demo.auth.t", {"k": 1})


@pytest.mark.parametrize(
    ("read", "value", "complaint"),
    [
        (lambda t: t.text("k"), 7, "must be a string, not a number"),
        (lambda t: t.text("k"), ["a"], "must be a string, not a list"),
        (lambda t: t.text("k"), " ", "is empty"),
        (lambda t: t.flag("k", default=False), "true", "must be true or false, not a string"),
        (lambda t: t.flag("k", default=False), 1, "must be true or false, not a number"),
        (lambda t: t.seconds("k", default=1.0), True, "must be a number, not true or false"),
        (lambda t: t.seconds("k", default=1.0), "5", "must be a number, not a string"),
        (lambda t: t.seconds("k", default=1.0), 0, "must be a number of seconds above 0"),
        (
            lambda t: t.seconds("k", default=1.0),
            date(2026, 11, 22),
            "must be a number, not a date or time",
        ),
        (lambda t: t.texts("k"), "list_*", "must be a list of strings, not a string"),
        (lambda t: t.texts("k"), ["a", 1.5], "must hold strings only, not a number"),
        (
            lambda t: t.table("k"),
            "a",
            "must be a table, written [profiles.demo.auth.k], not a string",
        ),
        (lambda t: t.text("k"), {"a": 1}, "must be a string, not a table"),
    ],
)
def test_a_value_of_another_type_is_refused(
    read: Callable[[Table], object], value: object, complaint: str
) -> None:
    """TOML 1.0 has these types; the value itself may be a secret and is not quoted."""
    with pytest.raises(ConfigError) as caught:
        read(table(k=value))
    assert str(caught.value) == f"profiles.demo.auth.k {complaint}"
    assert caught.value.key == "profiles.demo.auth.k"


def test_a_missing_key_that_is_needed_is_named() -> None:
    """Ours."""
    with pytest.raises(ConfigError, match=r"^profiles.demo.auth.scope is missing$"):
        table().needed("scope")


@pytest.mark.parametrize(
    ("written", "advice"),
    [("berer", "; did you mean bearer?"), ("authorization_code", "; did you mean"), ("x", "")],
)
def test_a_word_is_one_of_its_choices(written: str, advice: str) -> None:
    """Ours."""
    choices = ("authorization-code", "bearer", "none")
    with pytest.raises(ConfigError) as caught:
        table(grant=written).word("grant", choices)
    assert str(caught.value).startswith(
        f"profiles.demo.auth.grant must be one of authorization-code, bearer, none{advice}"
    )
