"""What is asked on the walk."""

from __future__ import annotations

import json

import pytest

from mcp_proxy.doctor.question import (
    farewell,
    hello,
    impossible_registration,
    message_of,
    page,
    post,
)
from mcp_proxy.oauth.http import HttpResponse

URL = "https://gateway.example/mcp"


def test_a_session_is_asked_for_with_the_profiles_headers() -> None:
    """MCP 2025-11-25, "Lifecycle"."""
    request = next(hello(URL, {"X-Team": "a"}))
    assert (request.method, request.url, request.headers["X-Team"]) == ("POST", URL, "a")
    assert json.loads(request.body or b"")["method"] == "initialize"


def test_the_answer_is_what_the_flow_returns() -> None:
    """Ours."""
    answer = HttpResponse(202)
    for flow in (post(URL, {}, b"{}"), farewell(URL, {}), page(URL)):
        next(flow)
        with pytest.raises(StopIteration) as end:
            flow.send(answer)
        assert end.value.value is answer


def test_the_registration_is_one_that_nobody_may_carry_out() -> None:
    """RFC 7591 §2: a client for codes needs a redirect URI."""
    request = next(impossible_registration("https://as.example/register"))
    assert json.loads(request.body or b"")["redirect_uris"] == []


def test_an_answer_is_found_in_a_body_and_in_a_stream() -> None:
    """MCP 2025-11-25, "Transports"."""
    body = b'{"jsonrpc":"2.0","id":1,"result":{}}'
    events = {"content-type": "text/event-stream; charset=utf-8"}
    stream = b'data: {"method":"notifications/message"}\n\ndata: %s\n\n' % body
    assert message_of(HttpResponse(200, {}, body)) == json.loads(body)
    assert message_of(HttpResponse(200, events, stream)) == json.loads(body)
    for odd in (b"<html>", b"[]", b"{}", b"[" * 100_000):
        assert message_of(HttpResponse(200, {}, odd)) is None
    assert message_of(HttpResponse(200, events, b": nothing\n\n")) is None
