from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.audit.log import Audit
from mcp_proxy.errors import GatewayUnreachable, NotPermitted
from mcp_proxy.policy.model import Decision
from mcp_proxy.policy.refusals import Refusal
from mcp_proxy.proxy.plan import Call, Refuse, refusal
from mcp_proxy.proxy.trail import Trail
from mcp_proxy.values import replace
from relay_world import profile

if TYPE_CHECKING:
    from pathlib import Path

YES = Decision(True, "allow", "It is on the list.")
NO = Decision(False, "deny", "It is on the other list.")
CALL = Call("look", YES, b"{}", repeatable=True, size=120, arguments={"at": "home"})


class Clock:
    """A second passes with each look."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        self.time += 1
        return self.time


def trail(folder: Path, complaints: list[str] | None = None) -> Trail:
    """A trail below `folder`."""
    audit = Audit(folder / "audit.jsonl")
    heard: list[str] = [] if complaints is None else complaints
    return Trail(audit, profile("https://gateway.example/mcp"), Clock(), heard.append)


def rows(folder: Path) -> list[dict[str, object]]:
    """What was written."""
    return [json.loads(line) for line in (folder / "audit.jsonl").read_text().splitlines()]


def test_an_answered_call_has_its_sizes_and_its_time(tmp_path: Path) -> None:
    """systems.md X25: names of arguments, never values."""
    with trail(tmp_path).begin(CALL) as entry:
        entry.answered(b'{"jsonrpc":"2.0","id":1,"result":{}}')
    (row,) = rows(tmp_path)
    assert row["outcome"] == "answered"
    assert (row["bytes_in"], row["bytes_out"]) == (120, 36)
    assert row["duration_ms"] == 1000.0
    assert row["argument_names"] == ["at"]
    assert (row["profile"], row["account"], row["tool"]) == ("test", "default", "look")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b'{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"no"}}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"error":{"code":"odd"}}', None),
        (b'{"jsonrpc":"2.0","id":1,"error":null}', None),
        (b'{"id":1,"result":{"error":' + b"9" * 5000 + b"}}", None),
        (b'{"jsonrpc":"2.0","id":1,"result":{"x":"' + b"y" * 70_000 + b'"}}', None),
    ],
)
def test_the_gateways_error_keeps_its_code(tmp_path: Path, answer: bytes, code: int | None) -> None:
    """systems.md X17: the gateway's own code."""
    with trail(tmp_path).begin(CALL) as entry:
        entry.answered(answer)
    assert rows(tmp_path)[0]["error_code"] == code


FAILED = b'{"jsonrpc":"2.0","id":1,"result":{"content":[],"isError" : true}}'
LONG = b'{"content":[{"type":"text","text":"' + b"y" * 70_000 + b'"}]'


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (b'{"jsonrpc":"2.0","id":1,"result":{"content":[]}}', "answered"),
        (b'{"jsonrpc":"2.0","id":1,"result":{"content":[],"isError":false}}', "answered"),
        (b'{"jsonrpc":"2.0","id":1,"result":{"structuredContent":{"isError":true}}}', "answered"),
        (b'{"jsonrpc":"2.0","id":1,"result":[{"isError":true}]}', "answered"),
        (b'{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"no"}}', "error"),
        (b'{"jsonrpc":"2.0","id":1,"result":{"error":"isError"}}', "answered"),
        (FAILED, "failed"),
        (b'{"jsonrpc":"2.0","id":1,"result":' + LONG + b',"isError":true}}', "failed"),
        (b'{"jsonrpc":"2.0","id":1,"result":' + LONG + b"}}", "answered"),
        (b'["error", "request_id"]', "answered"),
        (b'{"error" broken', "answered"),
    ],
)
def test_a_failure_of_the_tool_is_an_outcome_of_its_own(
    tmp_path: Path, answer: bytes, outcome: str
) -> None:
    """Issue 4. Of a long answer, its beginning and its end tell."""
    with trail(tmp_path).begin(CALL) as entry:
        entry.answered(answer)
    assert rows(tmp_path)[0]["outcome"] == outcome


@pytest.mark.parametrize(
    ("untouched", "outcome"), [(False, "refused-by-gateway"), (True, "failed")]
)
def test_a_refusal_of_the_gateway_is_noted_as_one(
    tmp_path: Path,
    untouched: bool,  # noqa: FBT001 - a table
    outcome: str,
) -> None:
    """X25: with the gateway's own code and its name for the exchange."""
    refusal = Refusal("tool", "-", code="NO", request_id="r-7", untouched=untouched)
    with trail(tmp_path).begin(CALL) as entry:
        entry.answered(FAILED, refusal)
    (row,) = rows(tmp_path)
    assert (row["outcome"], row["error_code"], row["request_id"]) == (outcome, "NO", "r-7")


@pytest.mark.parametrize(
    ("facts", "code", "request_id"),
    [
        ({"gateway_code": "NO", "request_id": "r-7"}, "NO", "r-7"),
        ({"gateway_code": 403}, 403, None),
        ({}, None, None),
    ],
)
def test_a_refusal_by_http_is_noted_as_one(
    tmp_path: Path, facts: dict[str, object], code: object, request_id: str | None
) -> None:
    """X25."""
    with pytest.raises(NotPermitted), trail(tmp_path).begin(CALL):
        raise NotPermitted("No", facts=facts)
    (row,) = rows(tmp_path)
    assert (row["outcome"], row["error_code"]) == ("refused-by-gateway", code)
    assert row["request_id"] == request_id


ENVELOPE = (
    b'{"id":1,"result":{"content":[{"type":"text",'
    b'"text":"{\\"meta\\":{\\"request_id\\":\\"r-1\\"}}"}]}}'
)


@pytest.mark.parametrize(
    ("answer", "request_id"),
    [
        (ENVELOPE, "r-1"),
        (b'{"id":1,"error":{"code":1,"message":"x","data":{"request_id":"r-2"}}}', "r-2"),
        (b'{"id":1,"result":{"content":[{"type":"text","text":"request_id"}]}}', None),
    ],
)
def test_the_gateways_name_for_an_exchange_is_kept(
    tmp_path: Path, answer: bytes, request_id: str | None
) -> None:
    """systems.md §7.4, SC-ERR: a request id in every envelope."""
    with trail(tmp_path).begin(CALL) as entry:
        entry.answered(answer)
    assert rows(tmp_path)[0]["request_id"] == request_id


def test_a_line_tells_the_class_and_the_environment(tmp_path: Path) -> None:
    """X25."""
    chosen = replace(profile("https://gateway.example/mcp"), environment="dev")
    audit = Audit(tmp_path / "audit.jsonl")
    call = replace(CALL, decision=replace(YES, tool_class="read"))
    with Trail(audit, chosen, Clock(), print).begin(call) as entry:
        entry.answered(b"{}")
    (row,) = rows(tmp_path)
    assert (row["class"], row["environment"]) == ("read", "dev")


def test_what_became_of_a_call_without_an_answer(tmp_path: Path) -> None:
    """Ours."""
    written = trail(tmp_path)
    with pytest.raises(GatewayUnreachable), written.begin(CALL):
        raise GatewayUnreachable("No connection")
    with pytest.raises(KeyboardInterrupt), written.begin(CALL):
        raise KeyboardInterrupt
    with written.begin(CALL) as entry:
        entry.failed(GatewayUnreachable("No connection"))
    outcomes = [(row["outcome"], row["error_code"]) for row in rows(tmp_path)]
    unreachable = ("GatewayUnreachable", 1005)
    assert outcomes == [unreachable, ("cancelled", None), unreachable]


def test_a_refused_call_names_its_rule(tmp_path: Path) -> None:
    """systems.md X25."""
    trail(tmp_path).refused(Refuse(refusal("drop", NO), "drop", NO, size=80))
    (row,) = rows(tmp_path)
    assert (row["decision"], row["rule"], row["outcome"]) == ("refused", "deny", "refused")


def test_an_answer_is_not_held_back_by_a_full_disk(tmp_path: Path) -> None:
    """peers.md §4.1: never return a completed call as failed because of our own files."""
    (tmp_path / "audit.jsonl").symlink_to("/dev/null")
    complaints: list[str] = []
    with trail(tmp_path, complaints).begin(CALL) as entry:
        entry.answered(b"{}")
    assert len(complaints) == 1
