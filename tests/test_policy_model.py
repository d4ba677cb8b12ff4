"""A tool as the gateway lists it."""

from __future__ import annotations

import pytest

from mcp_proxy.policy.model import Decision, Policy, Tool


def test_the_facts_are_the_parsed_entry() -> None:
    """MCP, Tools."""
    assert Tool("a", b'{"name":"a","x":1}').facts() == {"name": "a", "x": 1}


@pytest.mark.parametrize("raw", [b"[]", b"", b'{"max":' + b"9" * 5000 + b"}", b"[" * 100_000])
def test_an_entry_that_cannot_be_read_has_no_facts(raw: bytes) -> None:
    """Ours. What gives no facts is not marked as read-only either: it fails closed."""
    tool = Tool("a", raw)
    assert tool.facts() == {}
    assert not tool.is_read_only


@pytest.mark.parametrize(
    ("raw", "is_read_only"),
    [
        (b'{"annotations":{"readOnlyHint":true}}', True),
        (b'{"annotations":{"readOnlyHint":false}}', False),
        (b'{"annotations":{"readOnlyHint":"true"}}', False),
        (b'{"annotations":{"readOnlyHint":1}}', False),
        (b'{"annotations":{"idempotentHint":true}}', False),
        (b'{"annotations":[]}', False),
        (b'{"readOnlyHint":true}', False),
    ],
)
def test_only_the_gateways_own_true_makes_a_tool_read_only(raw: bytes, is_read_only: bool) -> None:  # noqa: FBT001 - parametrized
    """MCP, Tools: `annotations.readOnlyHint`, false where it is absent."""
    assert Tool("a", raw).is_read_only is is_read_only


@pytest.mark.parametrize(
    ("raw", "hints"),
    [
        (b'{"name":"a","annotations":{"readOnlyHint":true,"title":"b"}}', True),
        (b'{"name":"a","annotations" : { "readOnlyHint" : true } }\n', True),
        (b'{"annotations":{"readOnlyHint":true},"name":"a"}', True),
        (b'{"annotations":{"readOnlyHint":true},"_meta":{"annotations":{}}}', True),
        (b'{"annotations":{"readOnlyHint":true,"title":"{}"}}', True),
        (b'{"inputSchema":{"properties":{"annotations":{"readOnlyHint":true}}}}', False),
        (b'{"inputSchema":{"annotations":{"readOnlyHint":true}}}', False),
        (b'{"name":"a","annotations":{"readOnlyHint":tru}}', False),
        (b'{"annotations":{}}', False),
        (b'{"name":"annotations"}', False),
    ],
)
def test_hints_are_those_of_the_tool_wherever_they_stand(raw: bytes, hints: bool) -> None:  # noqa: FBT001 - parametrized
    """MCP, Tools: `annotations`; a schema may have a property of that name."""
    assert bool(Tool("a", raw).annotations) is hints


@pytest.mark.parametrize(
    ("policy", "asks"),
    [
        (Policy(), False),
        (Policy(read_only=True), True),
        (Policy(trust_annotations=True), False),
        (Policy(trust_annotations=True, classes=("read",)), True),
        (Policy(classes=("read",)), False),
    ],
)
def test_a_policy_that_trusts_the_list_wants_a_live_one(policy: Policy, asks: bool) -> None:  # noqa: FBT001 - parametrized
    """Ours: a tool that only read when it was last listed may write today."""
    assert policy.asks_the_list is asks


def test_a_policy_that_says_nothing_has_no_opinion() -> None:
    """Ours. No allow list is not an empty one."""
    assert Policy() == Policy(
        allow=None, deny=(), read_only=False, classes=None, strict=False, resource=()
    )


def test_schemas_do_not_fill_the_log() -> None:
    """peers.md behaviour 27."""
    assert "canary" not in repr(Tool("a", b'{"description":"canary"}'))
    assert "canary" not in repr(Decision(True, "deny", "because"))
