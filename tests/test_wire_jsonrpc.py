"""JSON-RPC: one message strictly read, messages built, answers recognised."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_proxy.errors import GatewayRefused, LocalProtocolError
from mcp_proxy.wire import jsonrpc

# A slow machine is not a wrong program.
settings.register_profile("calm", deadline=None)
settings.load_profile("calm")

IDS = st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False)
PARAMS = st.none() | st.dictionaries(st.text(), st.text() | st.integers() | st.none())
LONG = "x" * jsonrpc.FULL_CHECK_LIMIT


def refusal(line: bytes) -> LocalProtocolError:
    with pytest.raises(LocalProtocolError) as caught:
        jsonrpc.parse(line)
    return caught.value


# --- reading


def test_a_request_is_understood_and_keeps_its_bytes() -> None:
    """JSON-RPC 2.0 §4."""
    raw = b'{"jsonrpc": "2.0", "id": 1.50, "method": "tools/call", "params": {"n": 1e2}, "new": 1}'
    message = jsonrpc.parse(b" \t" + raw + b"\r\n")
    assert message == jsonrpc.Message(raw, "request", 1.5, "tools/call", {"n": 100.0})
    assert message.raw == raw
    assert message.request_id == 1.5
    assert not message.has_result


def test_a_notification_has_no_id() -> None:
    """JSON-RPC 2.0 §4.1."""
    message = jsonrpc.parse(b'{"jsonrpc":"2.0","method":"notifications/initialized"}')
    assert (message.kind, message.id, message.params) == ("notification", None, None)


def test_a_result_is_a_response_even_when_it_is_null() -> None:
    """JSON-RPC 2.0 §5."""
    message = jsonrpc.parse(b'{"jsonrpc":"2.0","id":"a","result":null}')
    assert (message.kind, message.id, message.has_result) == ("response", "a", True)


@pytest.mark.parametrize("request_id", [b"", b'"id":null,'])
def test_an_error_is_a_response_and_may_lack_the_id(request_id: bytes) -> None:
    """JSON-RPC 2.0 §5: null where the request's could not be read. MCP 2025-11-25: or absent."""
    message = jsonrpc.parse(b'{"jsonrpc":"2.0",%b"error":{"code":-32700}}' % request_id)
    assert (message.kind, message.id, message.has_result) == ("response", None, False)
    assert message.error == {"code": -32700}


def test_params_may_be_an_array_or_null() -> None:
    """JSON-RPC 2.0 §4.2; null is ours, because clients write it."""
    assert jsonrpc.parse(b'{"jsonrpc":"2.0","method":"m","params":[1]}').params == [1]
    assert jsonrpc.parse(b'{"jsonrpc":"2.0","method":"m","params":null}').params is None


def test_nothing_of_a_call_is_shown_by_repr() -> None:
    """peers.md behaviour 27."""
    line = b'{"jsonrpc":"2.0","id":1,"method":"m","params":{"password":"canary"}}'
    assert "canary" not in repr(jsonrpc.parse(line))


@given(IDS, st.text(), PARAMS)
def test_a_built_request_is_read_back(
    request_id: jsonrpc.Id, method: str, params: dict[str, Any] | None
) -> None:
    """Ours."""
    message = jsonrpc.parse(jsonrpc.request(request_id, method, params))
    assert (message.kind, message.id, message.method, message.params) == (
        "request",
        request_id,
        method,
        params,
    )


@given(st.binary() | st.text().map(str.encode))
def test_any_line_is_understood_or_refused(line: bytes) -> None:
    """JSON-RPC 2.0 §5.1. Nothing but `LocalProtocolError` ever leaves."""
    with suppress(LocalProtocolError):
        jsonrpc.parse(line)


@given(
    st.dictionaries(
        st.sampled_from(["jsonrpc", "id", "method", "params", "result", "error"]),
        st.sampled_from(["2.0", "m", None, True, 7, 1e999, {}, []]),
    )
)
def test_any_object_is_understood_or_refused(members: dict[str, Any]) -> None:
    """JSON-RPC 2.0 §4, §5."""
    line = json.dumps(members).replace("Infinity", "1e999").encode()
    with suppress(LocalProtocolError):
        message = jsonrpc.parse(line)
        assert (message.kind == "response") == (message.method is None)
        is_notification = "method" in members and "id" not in members
        assert (message.kind == "notification") == is_notification


# --- refusing


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"", "not JSON"),
        (b"hello", "not JSON"),
        (b'{"jsonrpc":"2.0","id":1,"method":"m"', "not JSON"),
        (b'{"jsonrpc":"2.0","id":1,"method":"m"}{}', "not JSON"),
        (b'{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":NaN}}', "NaN"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b'{"jsonrpc":"2.0","id":1,"method":"\xff"}', "not UTF-8"),
        (b'{"jsonrpc":"2.0","id":1,"method":"\xc0\xaf"}', "not UTF-8"),
        ('{"jsonrpc":"2.0","id":1,"method":"m"}'.encode("utf-16"), "not UTF-8"),
        (b'{"jsonrpc":"2.0","id":1,"method":"m","params":' + b"[" * 100_000, "too deeply"),
    ],
)
def test_what_is_not_json_is_a_parse_error(line: bytes, words: str) -> None:
    """JSON-RPC 2.0 §5.1. The id of such a line is not to be trusted."""
    error = refusal(line)
    assert (error.code, error.request_id) == (-32700, None)
    assert words in str(error)


def test_a_refusal_repeats_nothing_of_the_line() -> None:
    """peers.md behaviour 27."""
    assert "canary" not in str(refusal(b'{"password": "canary" "x"}'))
    assert "canary" not in str(refusal(b'{"canary": 1, "canary": 2}'))


@pytest.mark.parametrize(
    "line",
    [
        b"[]",
        b'[{"jsonrpc":"2.0","id":1,"method":"m"}]',
        b"1",
        b'"m"',
        b"null",
        b"{}",
        b'{"jsonrpc":"2.0"}',
        b'{"jsonrpc":"2.0","id":1}',
        b'{"jsonrpc":"2.0","id":null,"method":"m"}',
        b'{"jsonrpc":"2.0","id":true,"method":"m"}',
        b'{"jsonrpc":"2.0","id":[1],"method":"m"}',
        b'{"jsonrpc":"2.0","id":[1],"method":1}',
        b'{"jsonrpc":"2.0","id":1e999,"method":"m"}',
        b'{"jsonrpc":"2.0","id":' + b"9" * 5000 + b',"method":"m"}',
        b'{"jsonrpc":"2.0","id":1,"result":1,"error":{}}',
        b'{"jsonrpc":"2.0","id":1,"error":"no"}',
        b'{"jsonrpc":"2.0","id":null,"result":1}',
        b'{"jsonrpc":"2.0","result":1}',
        b'{"jsonrpc":"2.0","id":false,"error":{}}',
        b'{"jsonrpc":"1.0","id":1,"result":1}',
        b'{"id":1,"result":1}',
    ],
)
def test_json_that_is_no_message_is_an_invalid_request_without_an_id(line: bytes) -> None:
    """JSON-RPC 2.0 §4, §5. The id of an answer never becomes that of an answer of ours."""
    error = refusal(line)
    assert (error.code, error.request_id) == (-32600, None)


@pytest.mark.parametrize(
    "line",
    [
        b'{"id":7,"method":"m"}',
        b'{"jsonrpc":2.0,"id":7,"method":"m"}',
        b'{"jsonrpc":"2.0","id":7,"method":1}',
        b'{"jsonrpc":"2.0","id":7,"method":null}',
        b'{"jsonrpc":"2.0","id":7,"method":"m","params":"p"}',
        b'{"jsonrpc":"2.0","id":7,"method":"m","params":0}',
        b'{"jsonrpc":"2.0","id":7,"method":"m","result":1}',
        b'{"jsonrpc":"2.0","id":7,"method":"m","error":{}}',
        b'{"jsonrpc":"2.0","id":7,"method":"a","method":"b"}',
        b'{"jsonrpc":"2.0","id":7,"method":"m","params":{"name":"read","name":"delete"}}',
        b'{"jsonrpc":"2.0","id":7,"method":"m","params":{"a":' + b"9" * 5000 + b',"a":1}}',
    ],
)
def test_a_bad_request_is_refused_under_its_own_id(line: bytes) -> None:
    """peers.md behaviours 21 and 24: every request gets its answer; odd JSON bypasses nothing."""
    error = refusal(line)
    assert (error.code, error.request_id) == (-32600, 7)


@pytest.mark.parametrize(
    "line",
    [
        b'{"jsonrpc":"2.0","id":7,"id":8,"method":"m"}',
        b'{"jsonrpc":"2.0","method":"m","params":{"a":1,"a":2}}',
        b'{"jsonrpc":"2.0","id":7,"result":{"a":1,"a":2}}',
        b'{"jsonrpc":"2.0","id":7,"method":"m","params":{"a":1,"a":2}, and more',
        b'[{"id":7,"method":"m","method":"n"}]',
    ],
)
def test_a_repeated_name_leaves_no_id_where_none_is_certain(line: bytes) -> None:
    """Ours."""
    error = refusal(line)
    assert (error.code, error.request_id) == (-32600, None)


# --- building


def test_a_text_is_put_on_one_line() -> None:
    """MCP stdio: a message holds no line break."""
    assert jsonrpc.one_line(b'\r\n{"a":\r\n [1,\n2]}\n') == b'{"a":   [1, 2]}'
    assert jsonrpc.one_line(b'{"a":\r1}') == b'{"a": 1}'
    assert jsonrpc.one_line(b'{"a":\n1}') == b'{"a": 1}'


def test_a_text_on_one_line_is_not_copied() -> None:
    """Ours: 5 MB cost nothing."""
    raw = b'{"a":1}'
    assert jsonrpc.one_line(raw) is raw


def test_results_are_written_without_white_space() -> None:
    """JSON-RPC 2.0 §5."""
    assert jsonrpc.result(1, {"a": [None]}) == b'{"jsonrpc":"2.0","id":1,"result":{"a":[null]}}'
    assert jsonrpc.result_raw('"', b'{ "n": 1.0 }') == (
        b'{"jsonrpc":"2.0","id":"\\"","result":{ "n": 1.0 }}'
    )


def test_errors_carry_data_only_where_there_is_some() -> None:
    """JSON-RPC 2.0 §5.1."""
    assert json.loads(jsonrpc.failure(None, -32700, "m")) == {
        "jsonrpc": "2.0",
        "id": None,
        "error": {"code": -32700, "message": "m"},
    }
    assert json.loads(jsonrpc.failure(2, 1, "m", {}))["error"]["data"] == {}


def test_an_error_of_ours_becomes_an_answer() -> None:
    """architecture.md §7."""
    answer = jsonrpc.error_answer(3, GatewayRefused("No", status=500, hint="Wait"))
    assert json.loads(answer)["error"] == {
        "code": 1005,
        "message": "No",
        "data": {
            "source": "mcp-permit",
            "type": "GatewayRefused",
            "hint": "Wait",
            "status": 500,
        },
    }
    complaint = LocalProtocolError("What", code=-32601)
    assert json.loads(jsonrpc.error_answer(None, complaint))["error"]["code"] == -32601


def test_notifications_have_params_only_where_there_are_some() -> None:
    """JSON-RPC 2.0 §4."""
    assert jsonrpc.notification("m") == b'{"jsonrpc":"2.0","method":"m"}'
    assert jsonrpc.notification("m", {}) == b'{"jsonrpc":"2.0","method":"m","params":{}}'
    assert jsonrpc.request(1, "m") == b'{"jsonrpc":"2.0","id":1,"method":"m"}'


def test_what_json_cannot_say_is_not_written() -> None:
    """RFC 8259 §6."""
    with pytest.raises(ValueError, match="JSON compliant"):
        jsonrpc.result(1, float("nan"))


def test_a_lone_surrogate_is_written_as_it_came() -> None:
    """RFC 8259 §8.2."""
    message = jsonrpc.parse(b'{"jsonrpc":"2.0","id":"\\ud800","method":"m"}')
    assert message.id is not None
    assert jsonrpc.result(message.id, 1) == b'{"jsonrpc":"2.0","id":"\\ud800","result":1}'


# --- recognising


@given(IDS)
def test_an_answer_is_recognised_small_and_large(request_id: jsonrpc.Id) -> None:
    """Ours. Large ones by the members beside the result only."""
    for text in ("", LONG):
        assert jsonrpc.answers(jsonrpc.result(request_id, text), request_id)
        assert jsonrpc.answers(jsonrpc.failure(request_id, 1, text), request_id)
        assert not jsonrpc.answers(jsonrpc.result(f"{request_id}'", text), request_id)


@pytest.mark.parametrize("text", ["", LONG], ids=["small", "large"])
@pytest.mark.parametrize(
    "body",
    [
        '{"jsonrpc":"2.0","id":7,"result":{"a":"%"}}',
        '{"id":7,"jsonrpc":"2.0","error":{"message":"%"}}',
        ' \r\n{ "jsonrpc" : "2.0" , "id" : 7 , "result" : { "a" : "%" } }\r\n',
        '{"result":{"id":8,"a":"%"},"id":7}',
        '{"result":{"a":"%","id":8},"id":7,"jsonrpc":"2.0"}',
        '{"jsonrpc":"2.0","error":{"message":"%"},"id":7}',
        '{"error" : {"message":"%"} ,\n "jsonrpc" : "2.0" ,\n "id" : 7\n}\n',
        '{"id":7,"result":{"a":"%"},"jsonrpc":"2.0"}',
        '{"id":7.0,"result":{"a":"%"}}',
        '{"id":7,"result":"%","_meta":{}}',
    ],
)
def test_the_order_and_the_spacing_of_members_do_not_matter(body: str, text: str) -> None:
    """RFC 8259 §1: an object is unordered."""
    assert jsonrpc.answers(body.replace("%", text).encode(), 7)


@pytest.mark.parametrize("text", ["", LONG], ids=["small", "large"])
@pytest.mark.parametrize(
    "body",
    [
        "<html>%</html>",
        '"%"',
        '[{"jsonrpc":"2.0","id":7,"result":"%"}]',
        '{"jsonrpc":"2.0","id":8,"result":"%"}',
        '{"jsonrpc":"2.0","id":"7","result":"%"}',
        '{"jsonrpc":"2.0","id":true,"result":"%"}',
        '{"jsonrpc":"2.0","id":null,"error":{"message":"%"}}',
        '{"jsonrpc":"2.0","result":{"a":"%","id":7}}',
        '{"jsonrpc":"2.0","result":{"a":"%","b":{"c":1,"id":7}}}',
        '{"jsonrpc":"2.0","result":"%,\\"id\\":7}',
        '{"jsonrpc":"2.0","id":7,"result":{"a":"%',
        '{"jsonrpc":"2.0","id":7,"method":"m","params":"%"}',
        '{"jsonrpc":"2.0","id":x,"result":"%"}',
        '{"id":7,"message":"%"}',
        '{"jsonrpc":"2.0","id":"%","result":1}',
    ],
)
def test_nothing_else_is_taken_for_the_answer(body: str, text: str) -> None:
    """peers.md behaviour 21: HTML, half an answer, another's answer."""
    assert not jsonrpc.answers(body.replace("%", text).encode(), 7)


@pytest.mark.parametrize("request_id", ["x" * 5000, "\U0001f600" * 2000])
def test_a_long_id_behind_a_long_result_is_found(request_id: str) -> None:
    """Ours. Twelve bytes are the longest spelling of a character."""
    body = json.dumps({"jsonrpc": "2.0", "result": LONG, "id": request_id}).encode()
    assert jsonrpc.answers(body, request_id)


def test_only_the_edges_of_a_long_body_are_looked_at() -> None:
    """Ours: 5 MB are passed on in microseconds; a short body is read to its end."""
    body = '{"jsonrpc":"2.0","id":7,"result":["%" ?]}'
    assert jsonrpc.answers(body.replace("%", LONG).encode(), 7)
    assert not jsonrpc.answers(body.replace("%", "").encode(), 7)


def test_true_is_not_the_number_one() -> None:
    """Ours: they are equal in Python."""
    assert not jsonrpc.answers(b'{"id":true,"result":1}', 1)


@pytest.mark.parametrize("body", [b"", b"\xff", b"[" * 100_000, b'{"id":7,"result":NaN}'])
def test_what_the_client_could_not_read_is_no_answer(body: bytes) -> None:
    """RFC 8259."""
    assert not jsonrpc.answers(body, 7)
