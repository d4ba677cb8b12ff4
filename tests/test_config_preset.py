"""From the text of a preset to its values."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_proxy.config.preset import parse_preset
from mcp_proxy.errors import ConfigError
from mcp_proxy.policy.preset import (
    Environment,
    KnownTool,
    NamePattern,
    Need,
    Preset,
    RefusalShape,
    ResourceKind,
)

WHOLE = """
title = "Archive"
[sources]
A = "https://archive.example/docs"
[tool]
look = { class = "read", needs = { permission = "archive:read" }, source = "A" }
[tool.boxes]
argument = "deed"
needs = { right = "use", on = "box" }
[tool.boxes.classes]
read = ["open", "count"]
delete = ["burn"]
[[pattern]]
names = ["label_*"]
words = ["Stick"]
class = "write"
[[pattern]]
names = ["*"]
needs = { module = "cellar" }
[environment.Prod]
classes = ["read", "unknown"]
also = ["Live"]
hosts = ["*prod"]
[resource.room]
arguments = ["room*"]
[resource.box]
arguments = ["box_id"]
within = "room"
[[refusal]]
where = "http"
status = [403]
code = ["no", 7]
at = ["/error"]
has = ["/why"]
message = ["/why"]
matches = "^No"
permission = ["/lacks"]
named = "lacks (\\\\S+)"
about = "tool"
says = "is closed"
do = "Ask"
untouched = true
source = "A"
"""

PRESET = Preset(
    title="Archive",
    tools={
        "look": KnownTool(("read",), needs=Need(permission="archive:read"), source="A"),
        "boxes": KnownTool(
            ("read", "delete"),
            "deed",
            {"open": "read", "count": "read", "burn": "delete"},
            Need(right="use", on="box"),
        ),
    },
    patterns=(
        NamePattern(("label_*",), frozenset({"stick"}), "write"),
        NamePattern(("*",), needs=Need(module="cellar")),
    ),
    environments={"prod": Environment("prod", ("read", "unknown"), ("live",), ("*prod",))},
    resources={
        "room": ResourceKind("room", ("room*",)),
        "box": ResourceKind("box", ("box_id",), within="room"),
    },
    refusals=(
        RefusalShape(
            "http",
            "tool",
            "is closed",
            "Ask",
            status=(403,),
            code=("no", 7),
            at=("/error",),
            has=("/why",),
            message=("/why",),
            matches="^No",
            permission=("/lacks",),
            named=r"lacks (\S+)",
            untouched=True,
            source="A",
        ),
    ),
)
BEGUN = 'title = "A"\n'
REFUSAL = BEGUN + '[[refusal]]\nwhere = "http"\nabout = "tool"\nsays = "x"\n'


def test_everything_a_preset_says_is_kept() -> None:
    """docs/permissions.md."""
    assert parse_preset(WHOLE, where="archive.toml") == PRESET


def test_a_title_is_enough() -> None:
    """Ours: what is not said is taken from `generic`."""
    assert parse_preset(BEGUN, where="a.toml") == Preset("A")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "title is missing"),
        ("title", "it is not valid TOML: "),
        (f"title = {'[' * 5000}", "it is not valid TOML: "),
        (BEGUN + "tools = 1", "tools is not a known key; did you mean tool?"),
        (BEGUN + "sources.A = 1", "sources.A must be a string, not a number"),
        (BEGUN + "tool.look = 1", "tool.look must be a table"),
        (BEGUN + 'tool.look.clas = "read"', "tool.look.clas is not a known key; did you"),
        (BEGUN + 'tool.look.class = "raed"', "tool.look.class must be one of read, write,"),
        (BEGUN + 'tool.look.class = "unknown"', "tool.look.class must be one of read, write,"),
        (BEGUN + "[tool.look]", "tool.look must have either a class, or an argument"),
        (
            BEGUN + 'tool.look = { class = "read", argument = "a", classes = { read = ["b"] } }',
            "tool.look must have either a class, or an argument",
        ),
        (
            BEGUN + 'tool.look = { class = "read", classes = { read = ["b"] } }',
            "tool.look must have either a class, or an argument",
        ),
        (BEGUN + 'tool.look.argument = "a"', "tool.look must have either a class, or an argument"),
        (
            BEGUN + 'tool.look = { argument = "a", classes = { read = ["b"], write = ["b"] } }',
            "tool.look.classes.write names 'b', which is read",
        ),
        (
            BEGUN + 'tool.look = { class = "read", needs = {} }',
            "tool.look.needs names nothing that is needed",
        ),
        (
            BEGUN + 'tool.look = { class = "read", needs = { on = "box" } }',
            "tool.look.needs names nothing that is needed",
        ),
        (BEGUN + '[[pattern]]\nclass = "read"', "pattern[1] must have names or words, and a class"),
        (BEGUN + '[[pattern]]\nwords = ["a"]', "pattern[1] must have names or words, and a class"),
        (BEGUN + '[[pattern]]\nnames = ["["]\nclass = "read"', "pattern[1].names: '['"),
        (BEGUN + "[environment.prod]", "environment.prod.classes is missing"),
        (BEGUN + 'environment."a b".classes = ["read"]', "environment.'a b' must be one word"),
        (BEGUN + "[resource.box]", "resource.box.arguments is missing"),
        (
            BEGUN + 'resource.box = { arguments = ["box"], within = "room" }',
            "resource.box.within names no resource of this preset",
        ),
        (BEGUN + '[[refusal]]\nabout = "tool"\nsays = "x"', "refusal[1].where is missing"),
        (BEGUN + '[[refusal]]\nwhere = "rpc"\nsays = "x"', "refusal[1].about is missing"),
        (REFUSAL, "refusal[1] would take anything for a refusal"),
        (REFUSAL + 'code = ["x"]', "refusal[1] must say both code and at, or neither"),
        (REFUSAL + 'at = ["/x"]', "refusal[1] must say both code and at, or neither"),
        (REFUSAL + "status = 403", "refusal[1].status must be a list of numbers or strings"),
        (REFUSAL + "status = [true]", "refusal[1].status must be a list of numbers or strings"),
        (REFUSAL + 'has = ["x"]', "refusal[1].has must hold JSON pointers, as /error/code"),
        (REFUSAL + 'matches = "("', "refusal[1].matches is not a regular expression: "),
        (REFUSAL + 'matches = "a"\nnamed = "a"', "refusal[1].named must have a group, which finds"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_the_file(text: str, complaint: str) -> None:
    """Issue 2, "Bad input"; peers.md behaviour 23."""
    with pytest.raises(ConfigError) as caught:
        parse_preset(text, where="a.toml")
    assert str(caught.value).startswith(f"The preset a.toml: {complaint}")
    assert caught.value.hint == "Edit a.toml"


@given(st.text() | st.sampled_from(WHOLE.splitlines()).map(lambda line: WHOLE.replace(line, "")))
def test_a_mistake_never_ends_in_a_traceback(text: str) -> None:
    """Ours: any file is a preset or one complaint."""
    with suppress(ConfigError):
        parse_preset(text, where="a.toml")
