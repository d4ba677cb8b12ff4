from __future__ import annotations

import json

import pytest

from mcp_proxy.errors import (
    AuthorizationRefused,
    GatewayUnreachable,
    InsufficientScope,
    PermitError,
    SignInRequired,
)
from mcp_proxy.login.person import SignInPage
from mcp_proxy.proxy.person import waiting
from mcp_proxy.wire.jsonrpc import Message, parse

URL = "https://auth.example/authorize?x=1"
PAGE = SignInPage(URL)


def request(method: str) -> Message:
    return parse(json.dumps({"jsonrpc": "2.0", "id": 5, "method": method}).encode())


def result(method: str, error: PermitError, last_seen: bytes | None = None) -> dict[str, object]:
    answer = json.loads(waiting.instead(request(method), error, last_seen))
    assert answer["id"] == 5
    found = answer["result"]
    assert isinstance(found, dict)
    return found


def test_lists_wait_longer_than_calls_and_less_than_hosts() -> None:
    """protocol.md §5.2: Codex gives up at 10 s. peers.md §8, behaviour 9: calls within 2 s."""
    assert waiting.patience("tools/call") < 2
    assert 2 < waiting.patience("tools/list") < 10
    assert waiting.patience("prompts/list") == waiting.patience("tools/list")


def test_a_call_is_answered_with_the_page_to_open() -> None:
    """peers.md §8, behaviour 9."""
    told = result("tools/call", waiting.pending(PAGE))
    assert told["isError"] is True
    assert URL in json.dumps(told)
    assert "nothing was carried out" in json.dumps(told)


def test_a_code_to_enter_is_told_with_its_page() -> None:
    """RFC 8628 §3.3."""
    error = waiting.pending(SignInPage(URL, "WDJB-MJHT"))
    assert f"open {URL} and enter the code WDJB-MJHT" in json.dumps(result("tools/call", error))
    assert (error.data()["url"], error.data()["user_code"]) == (URL, "WDJB-MJHT")


def test_more_access_is_asked_for_in_other_words() -> None:
    """MCP 2025-11-25, "Scope Challenge Handling": somebody is signed in already."""
    error = waiting.pending(SignInPage(URL), is_step_up=True)
    assert "more access" in str(error)


def test_a_sign_in_of_another_process_has_no_page_to_show() -> None:
    """Ours."""
    assert "open in a browser" in json.dumps(result("tools/call", waiting.pending(None)))


def test_a_list_holds_the_helper_tool() -> None:
    """peers.md §8, behaviour 8."""
    told = result("tools/list", waiting.pending(PAGE))
    assert [tool["name"] for tool in told["tools"]] == ["sign_in"]  # type: ignore[attr-defined]  # JSON


def test_a_snapshot_is_better_than_a_helper() -> None:
    """peers.md §8, behaviours 8 and 32."""
    assert result("tools/list", waiting.pending(PAGE), b'{"tools":[]}') == {"tools": []}


@pytest.mark.parametrize(
    ("method", "member"),
    [
        ("prompts/list", "prompts"),
        ("resources/list", "resources"),
        ("resources/templates/list", "resourceTemplates"),
    ],
)
def test_other_lists_are_empty_meanwhile(method: str, member: str) -> None:
    """Ours. A host that asks for them at its start must not see errors."""
    assert result(method, waiting.pending(PAGE)) == {member: []}


def test_other_requests_get_the_error() -> None:
    """Ours. Nothing could stand in for a resource."""
    with pytest.raises(SignInRequired):
        waiting.instead(request("resources/read"), waiting.pending(PAGE), None)


def test_a_sign_in_that_failed_is_explained_like_one_that_waits() -> None:
    """Ours. With its advice where it has one."""
    refused = AuthorizationRefused("The person said no", hint="mcp-permit login")
    assert "The person said no. mcp-permit login." in json.dumps(result("tools/call", refused))
    bare = AuthorizationRefused("The person said no")
    assert "The person said no." in json.dumps(result("tools/call", bare))


@pytest.mark.parametrize(
    "error",
    [
        SignInRequired("The token is revoked"),
        InsufficientScope("Not with this scope"),
        GatewayUnreachable("No connection"),
    ],
)
def test_where_no_person_can_help_the_error_is_the_answer(error: PermitError) -> None:
    """Ours. A helper tool would promise what a static token cannot give."""
    with pytest.raises(type(error)):
        waiting.instead(request("tools/list"), error, None)


def test_a_gateway_that_is_down_leaves_the_last_list() -> None:
    """peers.md §8, behaviour 32."""
    down = GatewayUnreachable("No connection")
    assert result("tools/list", down, b'{"tools":[]}') == {"tools": []}
