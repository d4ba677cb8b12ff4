from __future__ import annotations

import json
from typing import Any

import pytest

from mcp_proxy.errors import AuthorizationRefused, LocalProtocolError, SignInRequired
from mcp_proxy.login.person import SignInPage
from mcp_proxy.proxy.person.waiting import pending
from mcp_proxy.proxy.person.wish import AGREED_SECONDS, Wishes
from mcp_proxy.wire import jsonrpc

M = "io.modelcontextprotocol/"
INFO = b'{"name":"g","version":"1"}'
URL = "https://auth.example/authorize?state=s"
PAGE = SignInPage(URL)
ABLE: dict[str, Any] = {"elicitation": {"url": {}}}


def request(
    request_id: int = 1,
    method: str = "tools/call",
    *,
    can: dict[str, Any] | None = None,
    **more: Any,
) -> jsonrpc.Message:
    meta = {
        f"{M}protocolVersion": "2026-07-28",
        f"{M}clientCapabilities": ABLE if can is None else can,
        "n": request_id,
    }
    params = {"name": "t", "arguments": {"a": 1}, "_meta": meta} | more
    return jsonrpc.parse(jsonrpc.request(request_id, method, params))


def wished(wishes: Wishes, message: jsonrpc.Message, page: SignInPage = PAGE) -> dict[str, Any]:
    line = wishes.wish(message, pending(page), page, 0, INFO)
    assert line is not None
    answer = json.loads(line)
    assert answer["id"] == message.id
    return dict(answer["result"])


def made() -> Wishes:
    names = iter("abcdef")
    return Wishes(lambda: next(names))


def said(action: str) -> dict[str, Any]:
    return {"inputResponses": {"sign-in": {"action": action}}}


def test_a_host_that_opens_pages_is_asked_to() -> None:
    """MCP 2026-07-28, Multi Round-Trip Requests and Elicitation, URL mode."""
    assert wished(made(), request()) == {
        "resultType": "input_required",
        "inputRequests": {
            "sign-in": {
                "method": "elicitation/create",
                "params": {
                    "mode": "url",
                    "url": URL,
                    "message": "To use this gateway, sign in on its page.",
                },
            }
        },
        "requestState": "a",
        "_meta": {f"{M}serverInfo": {"name": "g", "version": "1"}},
    }


@pytest.mark.parametrize(
    ("message", "error", "page"),
    [
        (request(method="tools/list"), pending(PAGE), PAGE),
        (request(can={"elicitation": {}}), pending(PAGE), PAGE),
        (request(), pending(PAGE), SignInPage(URL, is_opened=True)),
        (request(), pending(None), None),
        (request(), SignInRequired("no"), PAGE),
        (request(), AuthorizationRefused("no"), PAGE),
        (jsonrpc.parse(jsonrpc.request(1, "tools/call", {"name": "t"})), pending(PAGE), PAGE),
    ],
)
def test_elsewhere_the_error_is_told(
    message: jsonrpc.Message, error: Any, page: SignInPage | None
) -> None:
    """MCP 2026-07-28, "Supported Requests"; peers.md §8, behaviour 10: one window."""
    assert made().wish(message, error, page, 0, INFO) is None


def test_the_retry_is_the_request_itself_and_waits_longer() -> None:
    """Ours: who has agreed is on the page now."""
    wishes = made()
    first = request()
    wished(wishes, first)
    retry = request(2, requestState="a", **said("accept"))
    served = wishes.taken_up(retry)
    assert served == request(2)
    assert not wishes.was_declined
    assert wishes.seconds(served, 1.5) == AGREED_SECONDS
    wishes.over(served)
    assert wishes.seconds(served, 1.5) == 1.5


def test_who_has_agreed_is_only_asked_to_come_again() -> None:
    """MCP 2026-07-28, Multi Round-Trip Requests: a state alone may be retried at once."""
    wishes = made()
    wished(wishes, request())
    served = wishes.taken_up(request(2, requestState="a", **said("accept")))
    again = wished(wishes, served)
    assert "inputRequests" not in again
    assert again["requestState"] == "b"
    third = wishes.taken_up(request(3, requestState="b"))
    assert third == request(3)
    assert wishes.seconds(third, 1.5) == AGREED_SECONDS


@pytest.mark.parametrize(("action", "is_no"), [("decline", True), ("cancel", False)])
def test_who_does_not_agree_is_not_waited_for(action: str, is_no: bool) -> None:  # noqa: FBT001 - drawn
    """MCP 2026-07-28, Elicitation, "Response Actions"."""
    wishes = made()
    wished(wishes, request())
    served = wishes.taken_up(request(2, requestState="a", **said(action)))
    assert wishes.was_declined is is_no
    assert wishes.seconds(served, 1.5) == 1.5
    assert wishes.taken_up(request(3)) == request(3)
    assert not wishes.was_declined


def test_what_the_request_went_on_with_itself_is_not_lost() -> None:
    """Ours: a grant can end between two rounds of the gateway's own questions."""
    wishes = made()
    gateways: dict[str, Any] = {"requestState": "theirs", "inputResponses": {"q": {"n": 1}}}
    wished(wishes, request(**gateways))
    served = wishes.taken_up(request(2, requestState="a", **said("accept")))
    assert served == request(2, **gateways)


def test_another_request_does_not_go_on_with_it() -> None:
    """MCP 2026-07-28, Multi Round-Trip Requests: bound to its request."""
    wishes = made()
    wished(wishes, request())
    with pytest.raises(LocalProtocolError, match="another request"):
        wishes.taken_up(request(2, name="u", requestState="a"))
    with pytest.raises(LocalProtocolError, match="inputResponses"):
        wishes.taken_up(request(2, requestState="a", inputResponses=[]))
    theirs = request(2, requestState="theirs")
    assert wishes.taken_up(theirs) is theirs
    for other in (request(2, "tools/list"), jsonrpc.parse(jsonrpc.request(2, "tools/call"))):
        assert wishes.taken_up(other) is other
