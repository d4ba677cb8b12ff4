from __future__ import annotations

import json
from typing import Any

import mcp_types as types
import pytest

from mcp_proxy.errors import LocalProtocolError
from mcp_proxy.proxy.eras import subscriptions
from mcp_proxy.proxy.eras.subscriptions import Subscriptions
from mcp_proxy.wire import jsonrpc

ID = "io.modelcontextprotocol/subscriptionId"
TOOLS = "notifications/tools/list_changed"
PROMPTS = "notifications/prompts/list_changed"
UPDATED = "notifications/resources/updated"


def note(method: str, params: object = None) -> jsonrpc.Message:
    told = {} if params is None else {"params": params}
    return jsonrpc.parse(json.dumps({"jsonrpc": "2.0", "method": method} | told).encode())


def listening(**filters: dict[str, Any]) -> Subscriptions:
    """Subscriptions under the names of the keywords."""
    found = Subscriptions()
    for name, filter_ in filters.items():
        line = subscriptions.acknowledgement(name, filter_)
        assert found.lines(jsonrpc.parse(line)) == [line]
    return found


def tags(lines: list[bytes]) -> list[object]:
    return [json.loads(line)["params"]["_meta"][ID] for line in lines]


def listen(filter_: object) -> jsonrpc.Message:
    return jsonrpc.parse(jsonrpc.request(7, "subscriptions/listen", {"notifications": filter_}))


def test_only_what_is_known_and_wanted_is_subscribed_to() -> None:
    """MCP 2026-07-28, Subscriptions, "Notification Filter": each kind is opt-in."""
    asked = {
        "toolsListChanged": True,
        "promptsListChanged": False,
        "resourcesListChanged": "yes",
        "resourceSubscriptions": ["a://b", "a://c", "a://b"],
        "vendor": True,
    }
    assert subscriptions.wanted(listen(asked)) == {
        "toolsListChanged": True,
        "resourceSubscriptions": ["a://b", "a://c"],
    }
    assert subscriptions.wanted(listen({"resourceSubscriptions": None})) == {}


@pytest.mark.parametrize(
    "filter_", [None, [], {"resourceSubscriptions": "a://b"}, {"resourceSubscriptions": [1]}]
)
def test_a_listener_without_a_filter_is_refused(filter_: object) -> None:
    """MCP 2026-07-28, `SubscriptionsListenRequestParams`."""
    with pytest.raises(LocalProtocolError) as refusal:
        subscriptions.wanted(listen(filter_))
    assert (refusal.value.code, refusal.value.request_id) == (-32602, 7)
    with pytest.raises(LocalProtocolError):
        subscriptions.wanted(jsonrpc.parse(b'{"jsonrpc":"2.0","id":7,"method":"m"}'))


def test_what_the_gateway_does_not_have_is_not_promised() -> None:
    """MCP 2026-07-28, Subscriptions, "Acknowledgment"."""
    asked = {"toolsListChanged": True, "promptsListChanged": True, "resourcesListChanged": True}
    assert subscriptions.agreed(asked, {"prompts": {}}, []) == {
        "toolsListChanged": True,
        "promptsListChanged": True,
    }
    assert subscriptions.agreed({}, {"resources": {}}, ["a://b"]) == {
        "resourceSubscriptions": ["a://b"]
    }


def test_the_first_message_acknowledges_the_subscription() -> None:
    """MCP 2026-07-28, Subscriptions. Numbers stay numbers: the id is the request's."""
    line = subscriptions.acknowledgement(7, {"toolsListChanged": True})
    told = types.SubscriptionsAcknowledgedNotification.model_validate_json(line)
    assert told.params.notifications.tools_list_changed
    assert json.loads(line)["params"]["_meta"] == {ID: 7}


def test_nothing_is_told_before_the_acknowledgement_and_after_the_end() -> None:
    """MCP 2026-07-28, Subscriptions: MUST NOT."""
    found = Subscriptions()
    assert found.lines(note(TOOLS)) == []
    found = listening(a={"toolsListChanged": True})
    found.end("a")
    found.end("a")
    assert found.lines(note(TOOLS)) == []


def test_each_who_wants_a_change_is_told_under_its_own_id() -> None:
    """MCP 2026-07-28, Subscriptions, "Multiple Concurrent Subscriptions"."""
    both = {"toolsListChanged": True, "promptsListChanged": True}
    found = listening(a=both, b={"toolsListChanged": True}, c={})
    assert tags(found.lines(note(TOOLS))) == ["a", "b"]
    assert tags(found.lines(note(PROMPTS))) == ["a"]


@pytest.mark.parametrize("params", [None, [1], {}, {"_meta": None}, {"_meta": []}])
def test_a_change_is_tagged_whatever_it_came_with(params: object) -> None:
    """MCP 2026-07-28, Subscriptions, "Receiving Notifications"."""
    (line,) = listening(a={"toolsListChanged": True}).lines(note(TOOLS, params))
    assert json.loads(line)["params"] == {"_meta": {ID: "a"}}


def test_a_tag_is_all_that_a_change_gets() -> None:
    """peers.md §8, behaviour 15."""
    found = listening(a={"toolsListChanged": True})
    (line,) = found.lines(note(TOOLS, {"x": 1, "_meta": {"a/b": 1}}))
    assert json.loads(line)["params"] == {"x": 1, "_meta": {"a/b": 1, ID: "a"}}


def test_updates_go_to_who_subscribed_to_the_resource() -> None:
    """MCP 2026-07-28, `ResourceUpdatedNotificationParams`: or to a part of it."""
    found = listening(
        a={"resourceSubscriptions": ["a://b"]},
        b={"resourceSubscriptions": ["a://c"]},
        c={"toolsListChanged": True},
    )
    assert tags(found.lines(note(UPDATED, {"uri": "a://c"}))) == ["b"]
    assert tags(found.lines(note(UPDATED, {"uri": "a://b/part"}))) == ["a", "b"]


def test_what_is_no_change_goes_to_everybody_as_it_is() -> None:
    """Ours: and what a modern gateway has tagged, keeps its tag."""
    found = listening(a={"toolsListChanged": True})
    progress = note("notifications/progress", {"progressToken": 1, "progress": 1})
    tagged = note(TOOLS, {"_meta": {ID: "theirs"}})
    for message in (progress, tagged, note("vendor/note", [1])):
        assert found.lines(message) == [message.raw]


def test_a_subscription_is_acknowledged_once() -> None:
    """Ours: while nobody was signed in, it was acknowledged here."""
    found = listening(a={"toolsListChanged": True})
    again = subscriptions.acknowledgement("a", {"promptsListChanged": True})
    assert found.lines(jsonrpc.parse(again)) == []
    assert found.lines(note(PROMPTS)) == []
    nameless = note("notifications/subscriptions/acknowledged", {"notifications": {}})
    assert found.lines(nameless) == []
    bare = note("notifications/subscriptions/acknowledged", {"_meta": {ID: "b"}})
    assert found.lines(bare) == [bare.raw]


def test_subscriptions_end_with_an_answer() -> None:
    """MCP 2026-07-28, `SubscriptionsListenResult`."""
    found = listening(a={"toolsListChanged": True})
    answers = found.close(b'{"name":"g","version":"1"}')
    answer = json.loads(answers["a"])
    assert answer["id"] == "a"
    assert answer["result"] == {
        "resultType": "complete",
        "_meta": {
            ID: "a",
            "io.modelcontextprotocol/serverInfo": {"name": "g", "version": "1"},
        },
    }
    assert found.lines(note(TOOLS)) == []
