"""The steps with a token."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from doctor_world import patient_of
from mcp_proxy.doctor import gateway as steps
from mcp_proxy.errors import GatewayRefused, RemoteProtocolError, SignInRequired
from mcp_proxy.net.http import Web
from mcp_proxy.policy.model import Policy
from mcp_proxy.values import replace
from net_world import Gateway, within
from scripted_gateway import scripted_gateway
from test_doctor_authority import answer

if TYPE_CHECKING:
    from pathlib import Path

    from mcp_proxy.doctor.finding import Finding


def opened(folder: Path, reply: bytes) -> Finding:
    """What `session` finds where this answer comes."""

    async def look() -> Finding:
        async with Gateway(reply) as gateway, within():
            patient = patient_of(folder, gateway.url)
            patient.token = "t0ken"
            async with Web() as patient.web:
                return await steps.session(patient)

    return asyncio.run(look())


def test_a_refused_token_wants_a_new_sign_in(tmp_path: Path) -> None:
    """Ours."""
    with pytest.raises(SignInRequired, match="refuses the stored token"):
        opened(tmp_path, answer(401))


def test_an_account_that_is_not_let_in_is_told_so(tmp_path: Path) -> None:
    """systems.md §7.2: a good sign-in, and 403 at the endpoint."""
    with pytest.raises(GatewayRefused, match="knows who this is"):
        opened(tmp_path, answer(403))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"not today"}}', "not today"),
        (b"<html>", "HTTP 200"),
    ],
)
def test_a_session_that_cannot_be_had_says_why(tmp_path: Path, body: bytes, told: str) -> None:
    """Ours."""
    with pytest.raises(RemoteProtocolError, match=f"initialize failed: {told}"):
        opened(tmp_path, answer(200, body))


def test_without_a_token_there_is_no_session(tmp_path: Path) -> None:
    """Ours: it has ended, and is not renewed here."""
    assert asyncio.run(steps.session(patient_of(tmp_path))).verdict == "skipped"
    assert asyncio.run(steps.listing(patient_of(tmp_path))).verdict == "skipped"
    assert steps.names(patient_of(tmp_path)).verdict == "skipped"


def test_a_session_is_ended_and_every_page_was_read(tmp_path: Path) -> None:
    """MCP 2025-11-25, "Session Management": DELETE."""
    hello = b'{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{}}}'
    first = b'{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"a"},7],"nextCursor":"x"}}'
    last = b'{"jsonrpc":"2.0","id":3,"result":{"tools":[{"name":"b"}]}}'
    replies = [
        answer(200, hello, "Mcp-Session-Id: s-1"),
        answer(202),
        answer(200, first),
        answer(200, last),
        answer(200),
    ]

    async def look() -> tuple[tuple[str, ...], list[bytes]]:
        async with Gateway(*replies) as gateway, within():
            patient = patient_of(tmp_path, gateway.url)
            patient.token = "t0ken"
            async with Web() as patient.web:
                await steps.session(patient)
                await steps.listing(patient)
                return patient.tools, gateway.requests

    tools, requests = asyncio.run(look())
    assert tools == ("a", "b")
    assert requests[-1].startswith(b"DELETE ")
    assert b"mcp-session-id: s-1" in requests[-1].lower()


def listed(folder: Path, result: dict[str, Any]) -> Finding:
    with scripted_gateway(tools_list=result) as script:

        async def look() -> Finding:
            patient = patient_of(folder, script.url)
            patient.token = "t0ken"
            async with Web() as patient.web:
                await steps.session(patient)
                return await steps.listing(patient)

        return asyncio.run(look())


def test_an_empty_list_is_a_warning(tmp_path: Path) -> None:
    """systems.md §3.9: three causes."""
    assert listed(tmp_path, {"tools": []}).verdict == "warning"


def test_a_list_without_an_end_is_told(tmp_path: Path) -> None:
    """Ours."""
    with pytest.raises(RemoteProtocolError, match="has no end"):
        listed(tmp_path, {"tools": [], "nextCursor": "x"})


def test_names_are_looked_at_through_the_eyes_of_a_desktop_client(tmp_path: Path) -> None:
    """systems.md X15."""
    patient = patient_of(tmp_path)
    patient.tools = ("plain",)
    assert steps.names(patient).says == "Every client can take them"
    patient.tools = ("a.b", "plain")
    assert steps.names(patient).says == "1 names are shown under legal ones"
    patient.profile = replace(patient.profile, permissions=Policy(deny=("nothing*",)))
    assert steps.names(patient).verdict == "warning"
