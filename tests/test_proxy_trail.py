from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.audit.log import Audit
from mcp_proxy.errors import GatewayUnreachable
from mcp_proxy.policy.model import Decision
from mcp_proxy.proxy.plan import Call, Refuse, refusal
from mcp_proxy.proxy.trail import Trail
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
