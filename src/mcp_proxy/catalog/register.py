"""A gateway's own list of all its tools with what each needs, asked for outside MCP.

Pure: a flow yields the request and is sent the response. Who may read it may use no tool for
that: it explains what is not shown, and permits nothing (systems.md §7.4, SC-API, SC-PERM).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from mcp_proxy.errors import GatewayRefused, SignInRequired
from mcp_proxy.oauth.http import HttpRequest
from mcp_proxy.values import dataclass
from mcp_proxy.wire import jsontext
from mcp_proxy.wire.pointer import text_at, value_at

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from mcp_proxy.oauth.http import Flow
    from mcp_proxy.policy.enquiry import ToolRegister

UNAUTHORIZED, FORBIDDEN = 401, 403


@dataclass(frozen=True, slots=True)
class Registered:
    """One tool, and what it needs."""

    name: str
    permission: str | None
    """None: nothing, for whoever is signed in."""
    module: str | None
    """What must be enabled; None: nothing."""

    def needs(self) -> str:
        """What it needs, in words; empty where that is nothing."""
        told = [("permission", self.permission), ("module", self.module)]
        return " and ".join(f"{kind} {name}" for kind, name in told if name)


@dataclass(frozen=True, slots=True)
class Register:
    """All tools of a gateway, whoever may use them."""

    gateway: str
    """The MCP endpoint; the list is the same for whoever may read it."""
    taken_at: float
    """Epoch seconds."""
    tools: tuple[Registered, ...]

    def hidden(self, listed: Container[str]) -> tuple[Registered, ...]:
        """Those that the gateway does not list for the identity that it lists `listed` for."""
        return tuple(each for each in self.tools if each.name not in listed)

    def tool(self, name: str) -> Registered | None:
        """What stands in it about one tool."""
        return next((each for each in self.tools if each.name == name), None)


def ask_register(
    gateway: str, headers: Mapping[str, str], shape: ToolRegister, now: float
) -> Flow[Register | None]:
    """The register of a gateway; None where this identity may not read it.

    Args:
        gateway: the MCP endpoint; the request goes to its origin and nowhere else.
        headers: those of the profile, and the access token.
        shape: where it is, and what it looks like.
        now: epoch seconds.

    Raises:
        SignInRequired: the token is not taken.
        GatewayRefused: it is not there, or not what `shape` says.
    """
    url = register_url(gateway, shape.path)
    response = yield HttpRequest("GET", url, {**headers, "Accept": "application/json"})
    if response.status == UNAUTHORIZED:
        raise SignInRequired("The gateway asks for a sign-in", hint="mcp-permit login")
    if response.status == FORBIDDEN:
        return None
    tools = _tools(response.body, shape) if response.is_success else None
    if tools is None:
        text = f"{url} answered HTTP {response.status}, and no list of tools"
        raise GatewayRefused(text, status=response.status)
    return Register(gateway, now, tools)


def register_url(gateway: str, path: str) -> str:
    """The address of `path` at the origin of a gateway; no name and password of its URL."""
    parts = urlsplit(gateway)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], path, "", ""))


def _tools(body: bytes, shape: ToolRegister) -> tuple[Registered, ...] | None:
    try:
        document = jsontext.read(body.decode().strip())
    except ValueError:
        return None
    for pointer in shape.rows:
        rows = value_at(document, pointer)
        if isinstance(rows, list):
            return tuple(found for row in rows if (found := _row(row, shape)) is not None)
    return None


def _row(row: object, shape: ToolRegister) -> Registered | None:
    name = text_at(row, [shape.name])
    if name is None:
        return None
    module = None if shape.module is None else text_at(row, [shape.module])
    return Registered(name, text_at(row, [shape.permission]), module)
