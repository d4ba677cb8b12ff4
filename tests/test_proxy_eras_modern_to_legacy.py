from __future__ import annotations

import json
from typing import Any

import pytest

from mcp_proxy.errors import LocalProtocolError, RemoteProtocolError
from mcp_proxy.proxy.eras.modern_to_legacy import Exchange, Say, Tell
from mcp_proxy.wire import jsonrpc

M = "io.modelcontextprotocol/"
INFO = b'{"name":"g","version":"1"}'
SERVER = {f"{M}serverInfo": {"name": "g", "version": "1"}}
ALL: dict[str, Any] = {"elicitation": {"form": {}, "url": {}}, "sampling": {}, "roots": {}}


def request(
    request_id: jsonrpc.Id = 1,
    method: str = "tools/call",
    *,
    can: dict[str, Any] | None = None,
    meta: dict[str, Any] | None = None,
    **params: Any,
) -> jsonrpc.Message:
    said = {
        f"{M}protocolVersion": "2026-07-28",
        f"{M}clientCapabilities": ALL if can is None else can,
    }
    told = {"name": "t"} | params | {"_meta": said | (meta or {})}
    return jsonrpc.parse(jsonrpc.request(request_id, method, told))


def begun(**more: Any) -> Exchange:
    message = request(**more)
    return Exchange(message, message.request_id, INFO)


def question(request_id: jsonrpc.Id = "g1", **params: Any) -> jsonrpc.Message:
    told = params or {"message": "Who?", "requestedSchema": {}}
    return jsonrpc.parse(jsonrpc.request(request_id, "elicitation/create", told))


def note(method: str, **params: Any) -> jsonrpc.Message:
    return jsonrpc.parse(jsonrpc.notification(method, params))


def answer(line: bytes) -> dict[str, Any]:
    return dict(json.loads(line))


def retry(request_id: jsonrpc.Id = 2, **more: Any) -> jsonrpc.Message:
    return request(request_id, requestState="h", **more)


YES = {"action": "accept", "content": {"name": "A"}}


# ---- a request that is simply answered --------------------------------------------------------


def test_an_answer_becomes_a_modern_one() -> None:
    """MCP 2026-07-28, Overview."""
    exchange = begun()
    exchange.finished(b'{"jsonrpc":"2.0","id":1,"result":{"content":[]}}')
    assert answer(exchange.final())["result"] == {
        "resultType": "complete",
        "content": [],
        "_meta": SERVER,
    }


def test_an_error_becomes_a_modern_one() -> None:
    """MCP 2026-07-28, Key Changes, minor 6."""
    exchange = begun(method="resources/read")
    exchange.finished(jsonrpc.failure(1, -32002, "no such resource", {"uri": "a://b"}))
    error = answer(exchange.final())["error"]
    assert error == {"code": -32602, "message": "no such resource", "data": {"uri": "a://b"}}


def test_an_answer_carries_the_id_of_the_request_it_ends() -> None:
    """JSON-RPC 2.0 §5."""
    exchange = Exchange(request(1), "other", INFO)
    exchange.finished(b'{"jsonrpc":"2.0","id":"other","result":{}}')
    assert answer(exchange.final())["id"] == 1


def test_what_is_not_json_is_no_answer() -> None:
    """peers.md §8, behaviour 21: long answers are looked at only where they must be changed."""
    exchange = Exchange(request(1), "other", INFO)
    exchange.finished(b'{"jsonrpc":"2.0","id":"other","result":{"broken}')
    with pytest.raises(RemoteProtocolError):
        exchange.final()
    with pytest.raises(AssertionError):
        begun().final()


# ---- what the gateway tells meanwhile ---------------------------------------------------------


def test_progress_and_logs_stay_on_the_request() -> None:
    """MCP 2026-07-28, Logging and Progress."""
    exchange = begun(meta={"progressToken": 5, f"{M}logLevel": "warning"})
    progress = note("notifications/progress", progressToken=5, progress=1)
    loud = note("notifications/message", level="error", data="!")
    soft = note("notifications/message", level="info", data=".")
    vendor = note("vendor/note")
    for told in (progress, loud, vendor):
        assert exchange.heard(told) == [Say(told.raw)]
    assert exchange.heard(soft) == []


def test_no_log_reaches_a_request_that_wants_none() -> None:
    """MCP 2026-07-28, Logging: MUST NOT."""
    assert begun().heard(note("notifications/message", level="emergency", data="!")) == []


@pytest.mark.parametrize(
    "method",
    ["notifications/elicitation/complete", "notifications/tasks/status", "notifications/cancelled"],
)
def test_what_means_nothing_to_the_host_is_not_said(method: str) -> None:
    """MCP 2026-07-28, Key Changes, minor 11, major 6; Cancellation."""
    assert begun().heard(note(method, requestId="x")) == []


# ---- what the gateway asks --------------------------------------------------------------------


def test_a_question_becomes_a_result_that_wants_input() -> None:
    """MCP 2026-07-28, Multi Round-Trip Requests."""
    exchange = begun()
    assert exchange.heard(question()) == []
    assert exchange.is_asking
    told = answer(exchange.interim("h"))
    assert told["id"] == 1
    assert told["result"] == {
        "resultType": "input_required",
        "inputRequests": {
            "question-1": {
                "method": "elicitation/create",
                "params": {"message": "Who?", "requestedSchema": {}},
            }
        },
        "requestState": "h",
        "_meta": SERVER,
    }


def test_a_request_that_runs_asks_nothing() -> None:
    """Ours."""
    assert not begun().is_asking


def test_the_retry_brings_the_answer_and_gets_the_result() -> None:
    """MCP 2026-07-28, Multi Round-Trip Requests: another id, and the gateway's own for it."""
    exchange = begun()
    exchange.heard(question())
    exchange.interim("h")
    (deed,) = exchange.resume(retry(inputResponses={"question-1": YES, "unasked": YES}))
    assert isinstance(deed, Tell)
    assert answer(deed.line) == {"jsonrpc": "2.0", "id": "g1", "result": YES}
    assert not exchange.is_asking
    exchange.finished(b'{"jsonrpc":"2.0","id":1,"result":{"content":[]}}')
    assert answer(exchange.final())["id"] == 2


def test_a_question_that_stays_open_is_asked_again() -> None:
    """MCP 2026-07-28, Multi Round-Trip Requests, "Error Handling"."""
    exchange = begun()
    exchange.heard(question("g1"))
    exchange.heard(question("g2"))
    exchange.interim("h")
    (deed,) = exchange.resume(retry(inputResponses={"question-2": YES}))
    assert isinstance(deed, Tell)
    assert answer(deed.line)["id"] == "g2"
    assert exchange.is_asking
    assert list(answer(exchange.interim("i"))["result"]["inputRequests"]) == ["question-1"]


def test_malformed_answers_change_nothing() -> None:
    """MCP 2026-07-28, Multi Round-Trip Requests, "Error Handling"."""
    exchange = begun()
    exchange.heard(question())
    exchange.interim("h")
    with pytest.raises(LocalProtocolError, match="inputResponses"):
        exchange.resume(retry(inputResponses=[]))
    assert exchange.request.id == 1
    assert exchange.is_asking


def test_a_parked_request_is_silent_until_the_host_comes_back() -> None:
    """MCP 2026-07-28, stdio: nothing more for a request that has been answered."""
    exchange = begun(meta={"progressToken": 5})
    exchange.heard(question())
    exchange.interim("h")
    progress = note("notifications/progress", progressToken=5, progress=1)
    assert exchange.heard(progress) == []
    assert exchange.heard(question("g2")) == []
    told = retry(meta={"progressToken": "p2"}, inputResponses={"question-1": YES})
    said, deed = exchange.resume(told)
    assert isinstance(said, Say)
    assert answer(said.line)["params"] == {"progressToken": "p2", "progress": 1}
    assert isinstance(deed, Tell)
    assert list(answer(exchange.interim("i"))["result"]["inputRequests"]) == ["question-2"]


def test_progress_goes_under_the_token_that_the_host_gave_last() -> None:
    """MCP 2026-07-28, Progress: tokens are unique across active requests."""
    exchange = begun(meta={"progressToken": 5})
    exchange.heard(question())
    exchange.interim("h")
    exchange.resume(retry(inputResponses={"question-1": YES}))
    assert exchange.heard(note("notifications/progress", progressToken=5, progress=1)) == []
    other = note("notifications/progress", progressToken=6, progress=1)
    assert exchange.heard(other) == [Say(other.raw)]


def test_a_question_can_be_taken_back() -> None:
    """MCP 2025-11-25, Cancellation."""
    exchange = begun()
    exchange.heard(question("g1"))
    exchange.heard(question("g2"))
    exchange.interim("h")
    assert exchange.heard(note("notifications/cancelled", requestId="g1")) == []
    exchange.resume(retry())
    assert list(answer(exchange.interim("i"))["result"]["inputRequests"]) == ["question-2"]


def test_an_answer_ends_all_questions() -> None:
    """Ours: a gateway need not wait."""
    exchange = begun()
    exchange.heard(question())
    exchange.finished(b'{"jsonrpc":"2.0","id":1,"result":{}}')
    assert not exchange.is_asking


# ---- what the host cannot be asked ------------------------------------------------------------


def refused(deeds: list[Say | Tell]) -> bool:
    (deed,) = deeds
    assert isinstance(deed, Tell)
    return bool(answer(deed.line)["error"]["code"] == -32601)


def test_what_the_host_does_not_declare_is_refused_to_the_gateway() -> None:
    """MCP 2026-07-28, Multi Round-Trip Requests: MUST NOT; Overview: -32021."""
    exchange = begun(can={"elicitation": {"url": {}}})
    assert refused(exchange.heard(question()))
    assert not exchange.is_asking
    exchange.finished(jsonrpc.failure(1, -32000, "I need to know"))
    error = answer(exchange.final())["error"]
    assert error["code"] == -32021
    assert error["data"] == {"requiredCapabilities": {"elicitation": {"form": {}}}}


def test_a_gateway_that_gets_by_without_is_not_contradicted() -> None:
    """Ours: -32021 is for a request that could not be processed."""
    exchange = begun(can={})
    assert refused(exchange.heard(question()))
    exchange.finished(b'{"jsonrpc":"2.0","id":1,"result":{"content":[]}}')
    assert answer(exchange.final())["result"]["resultType"] == "complete"


def test_only_three_requests_may_want_input() -> None:
    """MCP 2026-07-28, Multi Round-Trip Requests, "Supported Requests"."""
    for method in ("prompts/get", "resources/read"):
        assert begun(method=method).heard(question()) == []
    exchange = begun(method="completion/complete")
    assert refused(exchange.heard(question()))
    exchange.finished(jsonrpc.failure(1, -32000, "I need to know"))
    assert answer(exchange.final())["error"]["code"] == -32000


def test_what_no_host_is_asked_is_refused_to_the_gateway() -> None:
    """MCP 2026-07-28, Multi Round-Trip Requests: one of three kinds."""
    assert refused(begun().heard(jsonrpc.parse(jsonrpc.request("g1", "vendor/ask", {}))))


# ---- pages that must be opened first ----------------------------------------------------------

PAGES = {
    "elicitations": [
        {"mode": "url", "url": "https://a.example", "message": "A", "elicitationId": "1"},
        {"mode": "url", "url": "https://b.example", "message": "B", "elicitationId": "2"},
    ]
}
PAGES_FIRST = jsonrpc.failure(1, -32042, "Agree first", PAGES)


def test_pages_are_put_before_the_host_and_the_request_starts_over() -> None:
    """MCP 2025-11-25, Elicitation, `URLElicitationRequiredError`, which is no more."""
    exchange = begun()
    exchange.finished(PAGES_FIRST)
    asked = answer(exchange.interim("h"))["result"]["inputRequests"]
    assert [one["params"]["url"] for one in asked.values()] == [
        "https://a.example",
        "https://b.example",
    ]
    assert exchange.resume(retry(inputResponses={"question-1": YES})) == []
    assert exchange.is_asking
    assert not exchange.starts_over
    exchange.interim("i")
    assert exchange.resume(retry(3, inputResponses={"question-2": {"action": "accept"}})) == []
    assert exchange.starts_over


def test_a_page_that_is_declined_ends_the_request() -> None:
    """MCP 2026-07-28, Overview: -32042 MUST NOT be emitted. Its message and data stay."""
    exchange = begun()
    exchange.finished(PAGES_FIRST)
    exchange.interim("h")
    no = {"action": "decline"}
    exchange.resume(retry(inputResponses={"question-1": no, "question-2": YES}))
    assert not exchange.is_asking
    assert not exchange.starts_over
    told = answer(exchange.final())
    assert told["id"] == 2
    assert told["error"] == {"code": -32603, "message": "Agree first", "data": PAGES}


def test_a_host_that_opens_no_pages_is_told_what_it_lacks() -> None:
    """MCP 2026-07-28, Overview: -32021."""
    exchange = begun(can={"elicitation": {}})
    exchange.finished(PAGES_FIRST)
    assert not exchange.is_asking
    error = answer(exchange.final())["error"]
    assert error["data"] == {"requiredCapabilities": {"elicitation": {"url": {}}}}


@pytest.mark.parametrize(("method", "data"), [("tools/call", {}), ("completion/complete", PAGES)])
def test_a_wish_for_pages_that_cannot_be_passed_on_is_an_error(
    method: str, data: dict[str, Any]
) -> None:
    """Ours."""
    exchange = begun(method=method)
    exchange.finished(jsonrpc.failure(1, -32042, "Agree first", data))
    assert not exchange.is_asking
    assert answer(exchange.final())["error"]["code"] == -32603


# ---- what comes beside the request's own stream -----------------------------------------------


def test_what_belongs_to_a_request_is_known_by_its_token_and_its_questions() -> None:
    """MCP 2025-11-25, Progress and Cancellation. Parked requests are no exception."""
    exchange = begun(meta={"progressToken": 5, f"{M}logLevel": "error"})
    progress, log = (
        note("notifications/progress", progressToken=5),
        note("notifications/message", level="error"),
    )
    exchange.heard(question("g1"))
    assert exchange.is_about(progress)
    assert exchange.is_about(log)
    assert exchange.is_about(note("notifications/cancelled", requestId="g1"))
    assert not exchange.is_about(note("notifications/cancelled", requestId="g2"))
    assert not exchange.is_about(note("vendor/note"))
    exchange.interim("h")
    assert exchange.is_parked
    assert exchange.is_about(progress)
    assert not exchange.is_about(log), "another request may want it"


def test_without_a_token_no_progress_is_its_own() -> None:
    """MCP 2025-11-25, Progress."""
    assert not begun().is_about(note("notifications/progress"))
