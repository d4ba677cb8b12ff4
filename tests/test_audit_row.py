"""What a line of the audit says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mcp_proxy.audit.row import LONGEST_NAME, MOST_NAMES, Rows


def rows(environment: str | None = "dev") -> Rows:
    """Lines of one profile; the hash shows what it was given."""
    return Rows("ig-dev", "jo", environment, lambda second: f"<{second}>", lambda data: data.hex())


CALL: dict[str, Any] = {
    "time": 1_700_000_000.123,
    "tool": "list_integrations",
    "tool_class": "read",
    "is_allowed": True,
    "rule": "allow",
    "outcome": "answered",
    "code": None,
    "seconds": 0.0125,
    "sizes": (80, 1024),
    "arguments": {"active_only": True},
    "request_id": "r-1",
}


def line(**changed: Any) -> dict[str, Any]:
    """The line of a call, read again."""
    found: dict[str, Any] = json.loads(rows().line(**CALL | changed))
    return found


def test_a_line_tells_what_was_asked_judged_and_answered() -> None:
    """systems.md X25: names of the arguments and a hash of all, never a value."""
    assert line() == {
        "time": "<1700000000>.123Z",
        "profile": "ig-dev",
        "account": "jo",
        "environment": "dev",
        "tool": "list_integrations",
        "class": "read",
        "decision": "allowed",
        "rule": "allow",
        "outcome": "answered",
        "error_code": None,
        "duration_ms": 12.5,
        "bytes_in": 80,
        "bytes_out": 1024,
        "argument_names": ["active_only"],
        "arguments_hash": b'{"active_only":true}'.hex(),
        "request_id": "r-1",
    }


def test_what_is_not_known_is_null() -> None:
    """systems.md X25."""
    raw = rows(environment=None).line(**CALL | {"tool_class": None, "request_id": None})
    found = json.loads(raw)
    assert [found[name] for name in ("environment", "class", "request_id")] == [None] * 3


@pytest.mark.parametrize("code", [-32602, "PERMISSION_DENIED", "c" * LONGEST_NAME])
def test_a_code_is_the_gateways_own(code: int | str) -> None:
    """systems.md X17: preserved in structured form."""
    assert line(code=code, is_allowed=False)["error_code"] == code


def test_a_refused_call_says_so() -> None:
    """systems.md X25."""
    assert line(is_allowed=False, rule="deny")["decision"] == "refused"


def test_the_hash_knows_the_arguments_and_not_their_order() -> None:
    """Ours: two calls with one meaning have one hash, whatever their spelling."""
    one = line(arguments={"b": [1, {"d": 1, "c": 2}], "a": "é"})
    other = line(arguments={"a": "é", "b": [1, {"c": 2, "d": 1}]})
    assert one["arguments_hash"] == other["arguments_hash"]
    assert line(arguments={"a": "e"})["arguments_hash"] != one["arguments_hash"]
    assert line(arguments={})["arguments_hash"] is None


def test_arguments_too_deep_to_be_written_again_have_no_hash() -> None:
    """Ours: a call that has run is not failed by its line."""
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    assert line(arguments={"deep": deep})["arguments_hash"] is None


def test_the_second_is_spelled_once() -> None:
    """Ours: what costs is done when the second changes."""
    asked: list[int] = []

    def stamp(second: int) -> str:
        asked.append(second)
        return str(second)

    written = Rows("p", "a", None, stamp, lambda data: data.hex())
    times = [7.0, 7.0625, 7.9990234375, 7.9999, 8.0]
    found = [json.loads(written.line(**CALL | {"time": time}))["time"] for time in times]
    assert found == ["7.000Z", "7.062Z", "7.999Z", "8.000Z", "8.000Z"]
    assert asked == [7, 8]


def test_a_name_that_would_speak_to_a_terminal_is_written_in_ascii() -> None:
    """Ours: a client chooses the names of tools that it asks for."""
    names = ["\x1b[2J", "a\nb", "\u202e", "\ud800", "é"]
    arguments = dict.fromkeys(names, "")
    raw = rows().line(**CALL | {"tool": names[0], "arguments": arguments, "outcome": "\n"})
    assert raw.isascii()
    assert raw.count(b"\n") == 1
    assert b"\x1b" not in raw
    assert json.loads(raw)["argument_names"] == names


def test_long_names_and_many_names_are_cut() -> None:
    """Ours: a client must not fill the disk with one call."""
    names = {f"{number:05}" + "n" * 10_000: 1 for number in range(10_000)}
    found = line(tool="t" * 10_000, arguments=names, code="c" * 10_000, request_id="r" * 10_000)
    assert found["tool"] == "t" * (LONGEST_NAME - 1) + "…"
    assert len(found["argument_names"]) == MOST_NAMES
    assert {len(name) for name in found["argument_names"]} == {LONGEST_NAME}
    assert len(found["error_code"]) == len(found["request_id"]) == LONGEST_NAME
    assert line(tool="t" * LONGEST_NAME)["tool"] == "t" * LONGEST_NAME
