from __future__ import annotations

import json

import pytest

from mcp_proxy.config.model import Profile
from mcp_proxy.config.rulebook import circumstances_of, policy_of
from mcp_proxy.policy.model import Policy, Tool
from mcp_proxy.proxy import plan as plans
from mcp_proxy.proxy.plan import Action, passing, plan
from mcp_proxy.proxy.tools.view import View
from mcp_proxy.wire.jsonrpc import parse

READ = Tool("list_runs", b'{"name":"list_runs","annotations":{"readOnlyHint":true}}')
WRITE = Tool("delete_run", b'{"name":"delete_run"}')
DOTTED = Tool("remote.search", b'{"name":"remote.search"}')


def planned(line: str, *, policy: Policy | None = None) -> Action:
    view = View(policy or Policy())
    view.learn([READ, WRITE, DOTTED])
    return plan(parse(line.encode()), view)


def request(method: str, **params: object) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": params})


def test_a_permitted_call_goes_on_with_its_own_bytes() -> None:
    """Ours. Odd spacing and number spelling survive."""
    line = (
        '{ "jsonrpc":"2.0","id":1,"method":"tools/call",'
        '"params":{"name":"list_runs","arguments":{"at":1.50}} }'
    )
    action = planned(line)
    assert isinstance(action, plans.Call)
    assert action.body == line.encode()
    assert (action.tool, dict(action.arguments), action.size) == (
        "list_runs",
        {"at": 1.5},
        len(line),
    )


def test_only_a_tool_that_promises_to_read_may_be_repeated() -> None:
    """peers.md §8, behaviour 19."""
    read = planned(request("tools/call", name="list_runs"))
    write = planned(request("tools/call", name="delete_run"))
    assert isinstance(read, plans.Call)
    assert isinstance(write, plans.Call)
    assert read.repeatable
    assert not write.repeatable


def test_what_the_preset_knows_to_read_may_be_repeated_too() -> None:
    """architecture.md §4, step 8: tools classed read; by name alone nothing is sure."""
    policy = policy_of(Profile("p", "https://a.example", preset="integration-gateway"))

    def repeatable(name: str, **arguments: object) -> bool:
        action = planned(request("tools/call", name=name, arguments=arguments), policy=policy)
        assert isinstance(action, plans.Call)
        return action.repeatable

    assert repeatable("read_integration")
    assert repeatable("get_run_history")
    assert repeatable("django_admin", action="get-model")
    assert not repeatable("django_admin", action="patch-model")
    assert not repeatable("django_admin")
    assert not repeatable("write_integration")
    assert not repeatable("get_anything")


def test_a_call_is_judged_by_its_arguments() -> None:
    """systems.md §7.2: whatever is no object has no action either."""
    profile = Profile("p", "https://a.example", preset="integration-gateway", environment="prod")
    policy = policy_of(profile)
    for arguments, is_sent in (
        ({"action": "get-model"}, True),
        ({"action": "delete-model"}, False),
        (["get-model"], False),
        (None, False),
    ):
        line = request("tools/call", name="django_admin", arguments=arguments)
        action = planned(line, policy=policy)
        assert isinstance(action, plans.Call) is is_sent


def test_a_refusal_tells_for_whom_it_is_and_whom_to_ask() -> None:
    """systems.md X17 and §7.3: tool, permission, identity, environment, what to do, whom to ask."""
    profile = Profile("ig-prod", "https://a.example", preset="integration-gateway",
                      environment="prod", contact="the integration team")  # fmt: skip
    view = View(policy_of(profile), circumstances_of(profile))
    line = request("tools/call", name="write_integration", arguments={"integration_id": 7})
    action = plan(parse(line.encode()), view)
    assert isinstance(action, plans.Refuse)
    assert str(action.error) == (
        "write_integration is not permitted for ig-prod (environment prod): It writes; prod permits"
        " read and debug; the gateway wants right write on the integration for it;"
        " permissions.classes of the profile decides, ask the integration team"
    )
    told = action.error.data()
    assert {key: told[key] for key in ("profile", "environment", "contact", "class", "needs")} == {
        "profile": "ig-prod",
        "environment": "prod",
        "contact": "the integration team",
        "class": "write",
        "needs": "right write on the integration",
    }


def test_a_refused_call_names_tool_rule_and_reason() -> None:
    """systems.md X17."""
    action = planned(request("tools/call", name="delete_run"), policy=Policy(deny=("delete_*",)))
    assert isinstance(action, plans.Refuse)
    data = action.error.data()
    assert (data["code"], data["tool"], data["rule"]) == ("PERMISSION_DENIED", "delete_run", "deny")
    assert str(data["reason"]) in str(action.error)


def test_an_alias_is_turned_back_and_nothing_else_changes() -> None:
    """systems.md X15."""
    view = View(Policy())
    view.learn([DOTTED])
    shown = view.shown_name("remote.search")
    line = request("tools/call", name=shown, arguments={"q": "ä"})
    action = plan(parse(line.encode()), view)
    assert isinstance(action, plans.Call)
    assert json.loads(action.body)["params"] == {"name": "remote.search", "arguments": {"q": "ä"}}
    assert action.body == line.encode().replace(shown.encode(), b"remote.search")


def test_a_rule_about_the_real_name_holds_for_the_alias() -> None:
    """peers.md §8, behaviour 24."""
    view = View(Policy(deny=("remote.*",)))
    view.learn([DOTTED])
    line = request("tools/call", name=view.shown_name("remote.search"))
    assert isinstance(plan(parse(line.encode()), view), plans.Refuse)


def test_a_call_without_a_name_is_the_gateways_to_refuse() -> None:
    """Ours. There is nothing to judge, and nothing that could run."""
    action = planned(request("tools/call", name=5))
    assert action == plans.Forward(request("tools/call", name=5).encode())


def test_arguments_that_are_no_object_have_no_names() -> None:
    """Ours."""
    action = planned(request("tools/call", name="list_runs", arguments=[1]))
    assert isinstance(action, plans.Call)
    assert action.arguments == {}


def test_the_helper_tool_exists_only_where_the_gateway_has_none_of_that_name() -> None:
    """Ours. A gateway's own `sign_in` is the gateway's."""
    assert planned(request("tools/call", name="sign_in")) == plans.SignIn()
    view = View(Policy())
    view.learn([Tool("sign_in", b'{"name":"sign_in"}')])
    action = plan(parse(request("tools/call", name="sign_in").encode()), view)
    assert isinstance(action, plans.Call)


@pytest.mark.parametrize(("cursor", "expected"), [("page2", "page2"), (3, None)])
def test_a_list_keeps_its_cursor(cursor: object, expected: str | None) -> None:
    """MCP 2025-11-25, Pagination: a cursor is an opaque string."""
    action = planned(request("tools/list", cursor=cursor))
    assert isinstance(action, plans.ListTools)
    assert action.cursor == expected


@pytest.mark.parametrize(
    ("version", "expected"), [("2025-06-18", "2025-06-18"), (None, "2025-11-25")]
)
def test_initialize_names_its_revision(version: object, expected: str) -> None:
    """MCP 2025-11-25, Lifecycle, Version Negotiation."""
    action = planned(request("initialize", protocolVersion=version))
    assert isinstance(action, plans.Greet)
    assert action.requested_version == expected


def test_what_the_modern_era_has_of_its_own_is_known() -> None:
    """MCP 2026-07-28, Discovery and Subscriptions."""
    assert planned(request("server/discover")) == plans.Discover()
    assert planned(request("subscriptions/listen")) == plans.Listen()


def test_a_client_that_asks_whether_we_are_there_is_answered_by_us() -> None:
    """MCP 2025-11-25, Ping: promptly, whether or not a person or the gateway is waited for."""
    assert planned(request("ping")) == plans.Answer(b'{"jsonrpc":"2.0","id":7,"result":{}}')


def test_methods_that_nobody_here_knows_are_forwarded() -> None:
    """peers.md §8, behaviour 15: vendor methods survive."""
    line = request("vendor/thing", x=1)
    assert planned(line) == plans.Forward(line.encode(), repeatable=True)


def test_params_may_be_absent() -> None:
    """JSON-RPC 2.0 §4."""
    line = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
    assert planned(line) == plans.ListTools(line.encode(), None)


def test_notifications_and_answers_are_told_the_gateway() -> None:
    """MCP 2025-11-25, Transports."""
    settled = '{"jsonrpc":"2.0","method":"notifications/initialized"}'
    gone = '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"r"}}'
    other = '{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}'
    answer = '{"jsonrpc":"2.0","id":"g1","result":{}}'
    assert passing(parse(settled.encode())) == plans.Settle(settled.encode())
    assert passing(parse(gone.encode())) == plans.Cancel("r")
    assert passing(parse(other.encode())) == plans.Tell()
    assert passing(parse(answer.encode())) == plans.Tell()


@pytest.mark.parametrize(
    ("policy", "tool", "wanted"),
    [
        (Policy(), "list_runs", True),
        (Policy(read_only=True), "never_listed", True),
        (Policy(allow=("remote.*",)), "an_alias", True),
        (Policy(deny=("list_*",)), "list_runs", False),
    ],
)
def test_facts_are_wanted_where_they_could_change_the_plan(
    policy: Policy, tool: str, *, wanted: bool
) -> None:
    """Ours. What a name alone refuses needs no list, and no sign-in."""
    assert plans.wants_facts(planned(request("tools/call", name=tool), policy=policy)) is wanted
    assert not plans.wants_facts(planned(request("tools/list"), policy=policy))
