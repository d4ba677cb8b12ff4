"""A gateway's own list of all its tools."""

from __future__ import annotations

import pytest

from conversation import answer, converse, ok
from mcp_proxy.catalog.register import Register, Registered, ask_register, register_url
from mcp_proxy.errors import GatewayRefused, SignInRequired
from mcp_proxy.policy.enquiry import ToolRegister

SHAPE = ToolRegister("/v1/tools", ("", "/data"), "/name", "/required_permission", "/module_id")
GATEWAY = "https://scaigrid.example:8443/mcp?x=1"
URL = "https://scaigrid.example:8443/v1/tools"
ROWS = [
    {"name": "me_get", "required_permission": ""},
    {"name": "users_list", "required_permission": "users:manage", "module_id": None},
    {"name": "bunker_exec", "required_permission": "b:execute", "module_id": "scaibunker"},
    {"name": 5},
    "odd",
]
FOUND = Register(
    GATEWAY,
    1000.0,
    (
        Registered("me_get", None, None),
        Registered("users_list", "users:manage", None),
        Registered("bunker_exec", "b:execute", "scaibunker"),
    ),
)


@pytest.mark.parametrize("document", [ROWS, {"status": "success", "data": ROWS}])
def test_it_is_read_plain_or_in_an_envelope(document: object) -> None:
    """SC-API: rows of name, required_permission, module_id; the envelope is not documented."""
    assert converse(ask_register(GATEWAY, {}, SHAPE, 1000.0), (f"GET {URL}", ok(document))) == FOUND


def test_the_token_goes_to_the_gateways_own_origin() -> None:
    """systems.md X21: tokens go nowhere else; what the URL says of a person stays behind."""
    flow = ask_register(GATEWAY, {"Authorization": "Bearer t"}, SHAPE, 1000.0)
    request = next(flow)
    assert dict(request.headers) == {"Authorization": "Bearer t", "Accept": "application/json"}
    assert register_url("https://jo:pw@x.example/mcp", "/v1") == "https://x.example/v1"
    flow.close()


def test_who_may_not_read_it_knows_nothing() -> None:
    """systems.md §7.4: without the permission, the reason is unknown."""
    assert converse(ask_register(GATEWAY, {}, SHAPE, 0.0), (f"GET {URL}", answer(403))) is None


@pytest.mark.parametrize(
    ("status", "document", "kind"),
    [
        (401, {}, SignInRequired),
        (404, {}, GatewayRefused),
        (200, {"data": {}}, GatewayRefused),
        (200, b"<h1>no</h1>", GatewayRefused),
    ],
)
def test_what_is_no_list_is_said(status: int, document: object, kind: type[Exception]) -> None:
    """Ours."""
    with pytest.raises(kind):
        converse(ask_register(GATEWAY, {}, SHAPE, 0.0), (f"GET {URL}", answer(status, document)))


def test_a_register_without_modules_has_none() -> None:
    """Ours."""
    shape = ToolRegister("/v1/tools", ("",), "/name", "/required_permission")
    found = converse(ask_register(GATEWAY, {}, shape, 0.0), (f"GET {URL}", ok(ROWS)))
    assert found is not None
    assert [tool.module for tool in found.tools] == [None] * 3


def test_what_is_hidden_tells_what_it_needs() -> None:
    """systems.md §7.4: names permission or module for each hidden tool."""
    assert [tool.needs() for tool in FOUND.hidden({"me_get"})] == [
        "permission users:manage",
        "permission b:execute and module scaibunker",
    ]
    assert FOUND.tools[0].needs() == ""
    assert FOUND.tool("users_list") == FOUND.tools[1]
    assert FOUND.tool("nowhere") is None
