"""What a client is told where the gateway refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mcp_proxy.errors import GatewayRefused, NotPermitted
from mcp_proxy.policy.explanation import Circumstances
from mcp_proxy.policy.model import Decision
from mcp_proxy.policy.preset import RefusalShape
from mcp_proxy.proxy.plan import Call
from mcp_proxy.proxy.refused.aside import META
from mcp_proxy.proxy.refused.counsel import HIDDEN, Counsel

if TYPE_CHECKING:
    from mcp_proxy.policy.refusals import Refusal

CALL = Call("create", Decision(True, "default", ""), b"{}", repeatable=False, size=2)
SHAPES = (
    RefusalShape("result", "tool", "needs more", code=("NO",), at=("/code",)),
    RefusalShape("result", "argument", "-", code=("AS_IS",), at=("/code",), untouched=True),
    RefusalShape("http", "identity", "cannot be reached", do="Ask for Staff", status=(403,)),
)


class World:
    """A counsel, and what it told whom."""

    def __init__(self, known: str | None = None) -> None:
        self.refused: list[tuple[str, Refusal]] = []
        self.complaints: list[str] = []
        self.counsel = Counsel(
            Circumstances("dev", "jo", "dev", "the desk"),
            lambda: SHAPES,
            lambda tool, refusal: self.refused.append((tool, refusal)),
            lambda _call: known,
            self.complaints.append,
        )


def result(code: str, **members: object) -> bytes:
    block = {"type": "text", "text": json.dumps({"code": code, "message": "words"} | members)}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "result": {"content": [block]}}).encode()


def test_a_tool_that_is_refused_for_itself_is_told_and_hidden() -> None:
    """X17, X27."""
    world = World(known="It holds nothing.")
    told, refusal = world.counsel.answered(CALL, result("NO"))
    assert refusal is not None
    assert world.refused == [("create", refusal)]
    answer = json.loads(told)["result"]
    assert answer["content"][0]["text"] == (
        "create needs more (NO). It was asked for by dev (account jo, environment dev)."
        f" It holds nothing. {HIDDEN} Whom to ask: the desk."
    )
    assert answer["_meta"][META]["gateway_code"] == "NO"
    assert answer["isError"] is True


def test_a_refusal_of_an_argument_hides_nothing() -> None:
    """X27: without a preset that knows better."""
    world = World()
    told, refusal = world.counsel.answered(CALL, result("permission_denied"))
    assert refusal is not None
    assert refusal.about == "argument"
    assert world.refused == []
    assert HIDDEN not in told.decode()


def test_what_is_to_stay_stays_to_the_byte() -> None:
    """systems.md §7.2."""
    answer = result("AS_IS")
    told, refusal = World().counsel.answered(CALL, answer)
    assert told == answer
    assert refusal is not None
    assert World().counsel.answered(CALL, b'{"id":1,"result":{}}') == (
        b'{"id":1,"result":{}}',
        None,
    )


def test_an_identity_that_may_not_enter_is_told_to_the_person_once() -> None:
    """systems.md §7.2: one message; the client hears it with every request."""
    world = World()
    refused = GatewayRefused("HTTP 403", status=403, body=b'{"error_description":"not Staff"}')
    errors = [world.counsel.explained(None, refused) for _ in range(3)]
    assert len(world.complaints) == 1
    for error in errors:
        assert isinstance(error, NotPermitted)
        assert error.facts["status"] == error.facts["gateway_code"] == 403
        assert str(error) == (
            "The gateway cannot be reached (403). It was asked for by"
            " dev (account jo, environment dev). Ask for Staff. Whom to ask: the desk."
            ' The gateway\'s own words: "not Staff"'
        )
    assert world.refused == []


def test_a_limit_stays_a_matter_of_the_gateway() -> None:
    """systems.md §7.4: with the seconds."""
    refused = GatewayRefused("HTTP 429", status=429, headers={"retry-after": "30"})
    error = World().counsel.explained("look", refused)
    assert isinstance(error, GatewayRefused)
    assert error.status == 429
    assert "wait 30 s" in str(error)


def test_another_http_error_is_no_refusal() -> None:
    """Ours."""
    refused = GatewayRefused("HTTP 500", status=500)
    assert World().counsel.explained("look", refused) is refused


def test_a_pause_is_what_a_busy_gateway_asks_for() -> None:
    """SC-ERR: `retry_after`."""
    counsel = World().counsel
    assert counsel.pause(result("RATE_LIMITED", retry_after=2)) == 2.0
    assert counsel.pause(result("NO", retry_after=2)) is None
    assert counsel.pause(result("fine")) is None
