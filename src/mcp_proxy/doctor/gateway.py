"""The steps with a token: a session, the list of tools, their names.

The session is ended again; what is listed is kept nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_proxy.config.rulebook import policy_of
from mcp_proxy.doctor.finding import Finding
from mcp_proxy.doctor.question import farewell, hello, message_of, post
from mcp_proxy.errors import GatewayRefused, RemoteProtocolError, SignInRequired
from mcp_proxy.policy.alias import aliases
from mcp_proxy.policy.decide import unmatched_patterns
from mcp_proxy.policy.model import Tool
from mcp_proxy.wire import jsonrpc, mcp

if TYPE_CHECKING:
    from mcp_proxy.doctor.patient import Patient
    from mcp_proxy.oauth.http import HttpResponse

_UNAUTHORIZED, _FORBIDDEN = 401, 403
_MOST_PAGES = 100


async def session(patient: Patient) -> Finding:
    """The gateway takes the token.

    Raises:
        SignInRequired: it does not.
        GatewayError: it answers otherwise.
    """
    if patient.asks_for_token and patient.token is None:
        return Finding("session", "skipped", "There is no token to send just now")
    answer = await patient.web.perform(hello(patient.profile.url, patient.bearer()))
    if answer.status == _UNAUTHORIZED:
        raise SignInRequired(
            "The gateway refuses the stored token: revoked, or meant for another gateway",
            hint=f"mcp-permit login {patient.profile.name} --again",
        )
    if answer.status == _FORBIDDEN:
        raise GatewayRefused(
            "The gateway knows who this is and does not let them in (HTTP 403)",
            status=_FORBIDDEN,
            hint="The account lacks what this gateway wants of everybody: ask who grants it.",
        )
    result = _result(answer, "initialize")
    version = str(result.get("protocolVersion"))
    patient.session = {"MCP-Protocol-Version": version}
    if (given := answer.headers.get("mcp-session-id")) is not None:
        patient.session = {**patient.session, "Mcp-Session-Id": given}
    server = result.get("serverInfo")
    name = server.get("name") if isinstance(server, dict) else None
    facts = {"protocol_version": version, "server": server}
    return Finding("session", "ok", f"{name or 'The gateway'} speaks MCP {version}", facts=facts)


async def listing(patient: Patient) -> Finding:
    """The gateway lists its tools.

    Raises:
        GatewayError: it does not.
    """
    if not patient.session:
        return Finding("list", "skipped", "There is no session")
    headers = {**patient.bearer(), **patient.session}
    await patient.web.perform(
        post(patient.profile.url, headers, jsonrpc.notification(mcp.INITIALIZED, None))
    )
    patient.tools = await _names(patient, headers)
    if "Mcp-Session-Id" in patient.session:
        await patient.web.perform(farewell(patient.profile.url, headers))
    count = len(patient.tools)
    if not count:
        hint = "No role, no enabled module, or another tenant: ask who grants them."
        return Finding("list", "warning", "The list is empty", hint, {"tools": 0})
    return Finding("list", "ok", f"{count} tools", facts={"tools": count})


async def _names(patient: Patient, headers: dict[str, str]) -> tuple[str, ...]:
    found: list[str] = []
    cursor: object = None
    for number in range(2, 2 + _MOST_PAGES):
        params = {} if cursor is None else {"cursor": cursor}
        body = jsonrpc.request(number, mcp.TOOLS_LIST, params)
        answer = await patient.web.perform(post(patient.profile.url, headers, body))
        result = _result(answer, "tools/list")
        tools = result.get("tools")
        found += [str(one.get("name")) for one in tools or () if isinstance(one, dict)]
        cursor = result.get("nextCursor")
        if not isinstance(cursor, str):
            return tuple(found)
    raise RemoteProtocolError("The gateway's list of tools has no end")


def _result(answer: HttpResponse, method: str) -> dict[str, Any]:
    message = message_of(answer)
    result = message.get("result") if message is not None else None
    if isinstance(result, dict):
        return result
    error = message.get("error") if message is not None else None
    told = error.get("message") if isinstance(error, dict) else f"HTTP {answer.status}"
    raise RemoteProtocolError(f"{method} failed: {told}", hint="Ask who runs the gateway.")


def names(patient: Patient) -> Finding:
    """Desktop clients can take the names, and the rules name tools that there are."""
    if not patient.tools:
        return Finding("names", "skipped", "There are no names to look at")
    renamed = {real: shown for real, shown in aliases(patient.tools).items() if real != shown}
    tools = [Tool(name, b"{}") for name in patient.tools]
    unmatched = unmatched_patterns(policy_of(patient.profile), tools)
    facts = {"renamed": renamed, "unmatched_patterns": list(unmatched)}
    if unmatched:
        says = f"The rules name tools that there are not: {', '.join(unmatched)}"
        return Finding("names", "warning", says, "Correct permissions.allow and .deny", facts)
    if renamed:
        says = f"{len(renamed)} names are shown under legal ones"
        return Finding("names", "ok", says, facts=facts)
    return Finding("names", "ok", "Every client can take them", facts=facts)
