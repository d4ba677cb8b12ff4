from __future__ import annotations

import json

import mcp_types
import pytest

from mcp_proxy.proxy.eras.changes import (
    acknowledged,
    honours,
    listen_request,
    missed,
    standing_filter,
    tagged,
    untagged,
)

TAG = "io.modelcontextprotocol/subscriptionId"
UPDATED = (
    b'{"jsonrpc":"2.0","method":"notifications/resources/updated","params":'
    b'{"uri":"a://b","n":1.50,"_meta":{"' + TAG.encode() + b'":"l1","x":1.0}}}'
)
CHANGED = (
    b'{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":'
    b'{"_meta":{"' + TAG.encode() + b'":"l1"}}}'
)


def test_a_host_hears_of_what_the_gateway_promises_to_tell() -> None:
    """MCP 2025-11-25: `listChanged`; MCP 2026-07-28, Subscriptions, Notification Filter."""
    capabilities = {
        "tools": {"listChanged": True},
        "prompts": {"listChanged": False},
        "resources": {"subscribe": True},
    }
    assert standing_filter(capabilities, []) == {"toolsListChanged": True}
    assert standing_filter(capabilities, ["b", "a"]) == {
        "toolsListChanged": True,
        "resourceSubscriptions": ["a", "b"],
    }
    assert standing_filter({"tools": True}, []) == {}


def test_a_filter_goes_in_a_request_of_our_own() -> None:
    """MCP 2026-07-28, Subscriptions; the SDK's types read it."""
    told = json.loads(listen_request(standing_filter({}, ["a://b"]), "l1"))
    told["params"]["_meta"] = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    read = mcp_types.SubscriptionsListenRequest.model_validate(told)
    assert read.params.notifications.resource_subscriptions == ["a://b"]


def test_what_the_gateway_agrees_to_is_told_first() -> None:
    """MCP 2026-07-28, Subscriptions, Acknowledgment."""
    line = json.dumps({
        "jsonrpc": "2.0",
        "method": "notifications/subscriptions/acknowledged",
        "params": {"notifications": {"resourceSubscriptions": ["a"]}, "_meta": {TAG: "l1"}},
    }).encode()  # fmt: skip
    agreed = acknowledged(line)
    assert agreed == {"resourceSubscriptions": ["a"]}
    assert honours(agreed, "a")
    assert not honours(agreed, "b")
    assert not honours({"resourceSubscriptions": "a"}, "a")


@pytest.mark.parametrize("params", ["[]", '{"notifications":[]}', "{}"])
def test_an_agreement_without_words_is_to_nothing(params: str) -> None:
    """Ours: what is not named will not be told."""
    line = '{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":' + params
    assert acknowledged(f"{line}}}".encode()) == {}


def test_other_news_is_no_agreement() -> None:
    """A text may hold any word."""
    assert acknowledged(UPDATED) is None
    odd = UPDATED.replace(b"a://b", b"notifications/subscriptions/acknowledged")
    assert acknowledged(odd) is None


def test_a_legacy_host_gets_no_tags_and_all_else() -> None:
    """MCP 2026-07-28, Subscriptions, Receiving Notifications."""
    assert untagged(UPDATED) == (
        b'{"jsonrpc":"2.0","method":"notifications/resources/updated","params":'
        b'{"uri":"a://b","n":1.50,"_meta":{"x":1.0}}}'
    )
    assert untagged(CHANGED) == b'{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}'
    bare = b'{"jsonrpc":"2.0","method":"vendor/told"}'
    assert untagged(bare) == bare


def test_a_modern_host_knows_a_subscription_by_one_id() -> None:
    """MCP 2026-07-28, Subscriptions: the id of the request that the host has sent."""
    assert tagged(CHANGED, 7) == CHANGED.replace(b'"l1"', b"7")
    ended = b'{"jsonrpc":"2.0","id":"l1","result":{"_meta":{"' + TAG.encode() + b'":"l1"}}}'
    assert tagged(ended, 7) == ended.replace(b':"l1"}}', b":7}}")
    for other in (b'{"jsonrpc":"2.0","method":"m"}', b'{"jsonrpc":"2.0","method":"m","params":{}}'):
        assert tagged(other, 7) == other


def test_after_a_gap_everything_may_have_changed() -> None:
    """MCP 2026-07-28, Subscriptions: nothing is sent again."""
    agreed = {
        "toolsListChanged": True,
        "promptsListChanged": False,
        "resourceSubscriptions": ["a://b"],
    }
    assert [json.loads(line) for line in missed(agreed)] == [
        {"jsonrpc": "2.0", "method": "notifications/tools/list_changed"},
        {
            "jsonrpc": "2.0",
            "method": "notifications/resources/updated",
            "params": {"uri": "a://b"},
        },
    ]
    tags = [json.loads(line)["params"]["_meta"] for line in missed(agreed, 7)]
    assert tags == [{TAG: 7}, {TAG: 7}]
    assert missed({"resourceSubscriptions": "a"}) == []
