from __future__ import annotations

import json
from typing import Any

import pytest

from mcp_proxy.errors import SignInRequired
from mcp_proxy.login.person import SignInPage
from mcp_proxy.proxy.own_answers import OwnAnswers
from mcp_proxy.proxy.person.waiting import pending
from mcp_proxy.wire import jsonrpc

M = "io.modelcontextprotocol/"
PAGE = SignInPage("https://auth.example/authorize")


def own(initialize: bytes | None = None) -> OwnAnswers:
    return OwnAnswers(lambda: initialize, lambda: "handle", lambda: 0.0)


def asked(method: str = "tools/call", can: dict[str, Any] | None = None) -> jsonrpc.Message:
    """A modern host's request; a legacy one's where it can nothing."""
    said = {f"{M}protocolVersion": "2026-07-28", f"{M}clientCapabilities": can}
    params = {"name": "t"} | ({} if can is None else {"_meta": said})
    return jsonrpc.parse(jsonrpc.request(1, method, params))


def test_a_legacy_host_gets_what_it_always_got() -> None:
    """Ours: nothing of the other era."""
    answers = own()
    request = asked()
    assert answers.taken_up(request) == (request, False)
    answers.over(request)
    assert answers.seconds(request, 1.5) == 1.5
    told = json.loads(answers.instead(request, pending(PAGE), None, PAGE))["result"]
    assert set(told) == {"content", "isError"}


def test_a_modern_host_reads_that_it_is_complete() -> None:
    """MCP 2026-07-28, Overview and Caching."""
    told = json.loads(own().instead(asked(can={}), pending(PAGE), None, PAGE))["result"]
    assert told["isError"] is True
    assert told["resultType"] == "complete"
    listed = json.loads(own().instead(asked("tools/list", {}), pending(PAGE), None, PAGE))
    assert (listed["result"]["ttlMs"], listed["result"]["cacheScope"]) == (0, "private")


def test_what_was_seen_last_is_at_once_stale() -> None:
    """MCP 2026-07-28, Caching."""
    seen = b'{"tools":[],"_meta":{"mcp-permit/snapshot":{}}}'
    hello = b'{"serverInfo":{"name":"g","version":"1"}}'
    line = own(hello).instead(asked("tools/list", {}), SignInRequired("no"), seen, None)
    told = json.loads(line)["result"]
    assert told["ttlMs"] == 0
    assert told["_meta"] == {
        "mcp-permit/snapshot": {},
        f"{M}serverInfo": {"name": "g", "version": "1"},
    }


def test_what_nothing_stands_in_for_is_raised() -> None:
    """Ours."""
    with pytest.raises(SignInRequired):
        own().instead(asked("completion/complete", {}), SignInRequired("no"), None, None)


def test_a_host_that_opens_pages_is_wished_to() -> None:
    """MCP 2026-07-28, Elicitation, URL mode; once it has begun to ask."""
    answers, request = own(), asked(can={"elicitation": {"url": {}}})
    assert answers.taken_up(request) == (request, False)
    told = json.loads(answers.instead(request, pending(PAGE), None, PAGE))["result"]
    assert told["resultType"] == "input_required"
    assert answers.seconds(request, 1.5) == 1.5
    answers.over(request)
    other = asked("tools/list", {"elicitation": {"url": {}}})
    assert answers.taken_up(other) == (other, False)
    listed = json.loads(answers.instead(other, pending(PAGE), None, PAGE))["result"]
    assert listed["resultType"] == "complete"
