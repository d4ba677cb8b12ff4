"""What is typed after a tool's name becomes what the tool's schema wants."""

from __future__ import annotations

import pytest

from mcp_proxy.cli.arguments import SHOWN_CHARACTERS, Schema, from_json
from mcp_proxy.errors import ConfigError

RUNS = Schema(
    {
        "type": "object",
        "properties": {
            "limit": {"type": "integer", "minimum": 1},
            "status": {"type": "string"},
            "since": {"type": ["string", "null"]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "filter": {"$ref": "#/$defs/filter"},
            "anything": {},
            "open": True,
        },
        "required": ["status"],
        "$defs": {"filter": {"type": "object", "properties": {"all": {"type": "boolean"}}}},
    }
)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("limit=5", 5),
        ("limit=five", "five"),
        ("status=5", "5"),
        ("status=", ""),
        ("status=a=b", "a=b"),
        ('status="quoted"', '"quoted"'),
        ("status=null", "null"),
        ("since=null", None),
        ("since=2026-01-01", "2026-01-01"),
        ('tags=["a","b"]', ["a", "b"]),
        ("tags=a", "a"),
        ('filter={"all":true}', {"all": True}),
        ("anything=1.5", 1.5),
        ("anything=1e999", "1e999"),
        ("anything=NaN", "NaN"),
        ("open=true", True),
        ("unlisted=7", 7),
        ("unlisted=seven", "seven"),
    ],
)
def test_the_schema_decides_what_a_word_means(word: str, value: object) -> None:
    """Ours, for peers.md behaviour 34."""
    (found,) = RUNS.typed([word]).values()
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("word", ["limit", "=5", ""])
def test_a_word_without_a_name_and_a_value_is_refused_with_the_parameters(word: str) -> None:
    """Ours."""
    with pytest.raises(ConfigError, match="name=value") as refusal:
        RUNS.typed([word])
    assert refusal.value.hint is not None
    assert refusal.value.hint.startswith("It takes status (string, required), limit (integer), ")


def test_a_name_given_twice_is_refused() -> None:
    """Ours: the second could silently undo the first."""
    with pytest.raises(ConfigError, match="limit is given twice"):
        RUNS.typed(["limit=1", "limit=2"])


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"status": "ok"}, None),
        ({"status": "ok", "limit": 0}, "limit: 0 is less than the minimum of 1"),
        ({"status": "ok", "filter": {"all": 1}}, "filter.all: 1 is not of type 'boolean'"),
        ({}, "'status' is a required property"),
    ],
)
def test_arguments_are_judged_before_they_are_sent(
    arguments: dict[str, object], complaint: str | None
) -> None:
    """peers.md behaviour 34."""
    assert RUNS.complaint(arguments) == complaint


def test_a_complaint_about_a_large_value_is_short() -> None:
    """Ours."""
    told = RUNS.complaint({"status": ["x" * 10_000]})
    assert told is not None
    assert len(told) == SHOWN_CHARACTERS + 1


@pytest.mark.parametrize(
    "unusable",
    [
        None,
        "not a schema",
        {"type": "no such type"},
        {"properties": {"limit": {"$ref": "http://127.0.0.1:9/schema"}}},
        {"properties": {"limit": {"$ref": "#/properties/limit"}}},
        {"properties": {"limit": {"pattern": "(", "type": "string"}}},
        {"properties": "nonsense", "required": "limit"},
    ],
)
def test_a_schema_that_cannot_be_used_leaves_the_judgement_to_the_gateway(unusable: object) -> None:
    """Ours. A reference to elsewhere is not fetched: port 9 would refuse and be told."""
    schema = Schema(unusable)
    assert schema.typed(["limit=5"])["limit"] in {5, "5"}
    assert schema.complaint({"limit": "5"}) is None


def test_a_tool_without_parameters_says_so() -> None:
    """Ours."""
    assert Schema({"type": "object"}).usage() == "It takes no arguments"
    assert Schema({"properties": {"x": True}}).usage() == "It takes x"


def test_json_gives_the_arguments_as_they_are() -> None:
    """Ours. A file ends in a line break."""
    assert from_json('{"limit": 5, "since": null}\n') == {"limit": 5, "since": None}


@pytest.mark.parametrize("text", ["", "[]", "5", "{", '{"a":1,"a":2}', '{"a":NaN}', '{"a":1e999}'])
def test_json_that_is_not_one_unambiguous_object_is_refused(text: str) -> None:
    """RFC 8259; a name that comes twice means different things to different readers."""
    with pytest.raises(ConfigError, match="arguments"):
        from_json(text)
