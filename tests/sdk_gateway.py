"""A gateway and an authorization server that nobody here wrote: those of the `mcp` SDK.

The SDK's authorization server registers clients dynamically (RFC 7591) and asks no person.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import mcp_types as types
from mcp.server.auth.provider import (
    AccessToken,
    AuthorizationCode,
    OAuthAuthorizationServerProvider,
    RefreshToken,
    construct_redirect_uri,
)
from mcp.server.auth.settings import AuthSettings, ClientRegistrationOptions
from mcp.server.mcpserver import Context, MCPServer
from mcp.shared.auth import OAuthToken
from pydantic import BaseModel

from mcp_proxy.demo.embedded import EmbeddedServer, bound

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mcp.server.auth.provider import AuthorizationParams
    from mcp.shared.auth import OAuthClientInformationFull


class Registrar(OAuthAuthorizationServerProvider[AuthorizationCode, RefreshToken, AccessToken]):
    """Registers everybody, lets everybody in, and keeps it all in memory."""

    def __init__(self) -> None:
        self.clients: dict[str, OAuthClientInformationFull] = {}
        self.codes: dict[str, AuthorizationCode] = {}
        self.access: dict[str, AccessToken] = {}
        self.refresh: dict[str, RefreshToken] = {}
        self.authorizations = 0

    async def get_client(self, client_id: str) -> OAuthClientInformationFull | None:
        return self.clients.get(client_id)

    async def register_client(self, client_info: OAuthClientInformationFull) -> None:
        assert client_info.client_id is not None
        self.clients[client_info.client_id] = client_info

    async def authorize(
        self, client: OAuthClientInformationFull, params: AuthorizationParams
    ) -> str:
        self.authorizations += 1
        code = AuthorizationCode(
            code=secrets.token_urlsafe(24),
            scopes=params.scopes or [],
            expires_at=time.time() + 60,
            client_id=client.client_id or "",
            code_challenge=params.code_challenge,
            redirect_uri=params.redirect_uri,
            redirect_uri_provided_explicitly=params.redirect_uri_provided_explicitly,
            resource=params.resource,
        )
        self.codes[code.code] = code
        return construct_redirect_uri(str(params.redirect_uri), code=code.code, state=params.state)

    async def load_authorization_code(
        self, _client: OAuthClientInformationFull, authorization_code: str
    ) -> AuthorizationCode | None:
        return self.codes.get(authorization_code)

    async def exchange_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: AuthorizationCode
    ) -> OAuthToken:
        del self.codes[authorization_code.code]
        return self._issue(client, authorization_code.resource)

    async def load_refresh_token(
        self, _client: OAuthClientInformationFull, refresh_token: str
    ) -> RefreshToken | None:
        return self.refresh.get(refresh_token)

    async def exchange_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: RefreshToken, _scopes: list[str]
    ) -> OAuthToken:
        del self.refresh[refresh_token.token]
        return self._issue(client, refresh_token.resource)

    async def load_access_token(self, token: str) -> AccessToken | None:
        return self.access.get(token)

    async def revoke_token(self, token: AccessToken | RefreshToken) -> None:
        self.access.pop(token.token, None)
        self.refresh.pop(token.token, None)

    def _issue(self, client: OAuthClientInformationFull, resource: str | None) -> OAuthToken:
        facts: dict[str, Any] = {
            "client_id": client.client_id or "",
            "scopes": ["tools"],
            "resource": resource,
        }
        access = AccessToken(token=secrets.token_urlsafe(24), **facts)
        refresh = RefreshToken(token=secrets.token_urlsafe(24), **facts)
        self.access[access.token], self.refresh[refresh.token] = access, refresh
        return OAuthToken(
            access_token=access.token,
            refresh_token=refresh.token,
            expires_in=3600,
            scope="tools",
        )


class Name(BaseModel):
    """What a person is asked for."""

    name: str


async def countdown(steps: int, ctx: Context[Any, Any]) -> str:
    """Report each step twice: as progress and as a log message."""
    for step in range(steps):
        await ctx.report_progress(step + 1, steps, f"step {step + 1}")
        await ctx.log("info", {"step": step + 1, "of": [steps, None, "ü"]}, logger_name="count")
    return f"counted {steps}"


async def ask_name(ctx: Context[Any, Any]) -> str:
    """Ask the person behind the host."""
    answer = await ctx.elicit("Who are you?", Name)
    return answer.model_dump_json()


async def ask_model(question: str, ctx: Context[Any, Any]) -> str:
    """Ask the model behind the host."""
    text = types.TextContent(type="text", text=question)
    found = await ctx.request_context.session.create_message(
        [types.SamplingMessage(role="user", content=text)],
        max_tokens=10,
        related_request_id=ctx.request_id,
    )
    return found.model_dump_json(by_alias=True, exclude_none=True)


async def ask_roots(ctx: Context[Any, Any]) -> str:
    """Ask which folders the host works in."""
    found = await ctx.request_context.session.list_roots()
    return found.model_dump_json(by_alias=True, exclude_none=True)


def add(first: int, second: int) -> dict[str, int]:
    """Add; the result is structured as well."""
    return {"sum": first + second}


def fail() -> str:
    """Fail."""
    raise ValueError("it does not work")


def draw() -> list[types.ContentBlock]:
    """A picture, a link and an embedded resource."""
    page = types.TextResourceContents(uri="memo://page", text="page\r\nu2028:\u2028")
    return [
        types.ImageContent(type="image", data="iVBORw0KGgo=", mime_type="image/png"),
        types.ResourceLink(type="resource_link", uri="memo://page", name="page"),
        types.EmbeddedResource(type="resource", resource=page),
    ]


def repeat(count: int) -> str:
    """A text of this many letters."""
    return "x" * count


def read_memo(name: str) -> str:
    """One memo."""
    return f"memo {name}"


def greeting(name: str, style: str = "plain") -> str:
    """A greeting."""
    return f"Greet {name} in a {style} style."


async def complete(
    _ref: types.PromptReference | types.ResourceTemplateReference,
    argument: types.CompletionArgument,
    _context: types.CompletionContext | None,
) -> types.Completion:
    """What may be meant."""
    names = [name for name in ("plain", "pirate", "poetic") if name.startswith(argument.value)]
    return types.Completion(values=names, total=len(names), has_more=False)


def everything(**options: Any) -> MCPServer[Any]:
    """A server with something of each kind."""
    server: MCPServer[Any] = MCPServer(
        "everything", version="9.1", instructions="Use it all.", log_level="CRITICAL", **options
    )
    for deed in (countdown, ask_name, ask_model, ask_roots, add, fail, draw, repeat):
        server.add_tool(deed)
    server.resource("memo://page", name="page")(lambda: "the page")
    server.resource("memo://{name}")(read_memo)
    server.prompt()(greeting)
    server.completion()(complete)  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
    return server


@asynccontextmanager
async def sdk_gateway(registrar: Registrar | None = None, **options: Any) -> AsyncIterator[str]:
    """The URL of `everything`, served by uvicorn; guarded by `registrar` if there is one."""
    socket = bound(0)
    origin = f"http://127.0.0.1:{socket.getsockname()[1]}"
    guard: dict[str, Any] = {}
    if registrar is not None:
        scopes = ClientRegistrationOptions(
            enabled=True, valid_scopes=["tools"], default_scopes=["tools"]
        )
        guard["auth_server_provider"] = registrar
        guard["auth"] = AuthSettings.model_validate(
            {
                "issuer_url": origin,
                "resource_server_url": f"{origin}/mcp",
                "required_scopes": ["tools"],
                "client_registration_options": scopes,
                "validate_token_resource": True,
            }
        )
    mcp_server = everything(**guard)
    app = mcp_server.streamable_http_app(**options)
    server = EmbeddedServer(app)
    async with mcp_server.session_manager.run():
        serving = asyncio.create_task(server.serve([socket]))
        await server.ready.wait()
        try:
            yield f"{origin}/mcp"
        finally:
            server.leave.set()
            await serving
