"""OAuth's requests, performed: the only file that imports httpx2.

It drives a flow and decides nothing: no redirect is followed, no cookie kept, nothing
repeated, and what an answer means is the flow's business. Imported when a sign-in or a
renewal is due, never on the way of a forwarded message.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Self, TypeVar
from urllib.parse import urlsplit

import httpx2

from mcp_proxy.errors import GatewayUnreachable, RemoteProtocolError
from mcp_proxy.net.route import forward_proxy
from mcp_proxy.net.trust import tls_context
from mcp_proxy.net.unreachable import unreachable
from mcp_proxy.oauth.http import HttpResponse
from mcp_proxy.version import VERSION

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping
    from types import TracebackType

    from mcp_proxy.net.route import ForwardProxy
    from mcp_proxy.oauth.http import Flow, HttpRequest

BODY_LIMIT = 1 << 20
"""Bytes. Metadata and token answers are a few KB."""

_KEEP_SECONDS = 2.0
"""A connection idle for longer is not used again: a token request that crosses the
server's closing would be lost, and with it the refresh token it spends."""

Result = TypeVar("Result")


class Web:
    """Performs flows, while it is entered.

    The forward proxy is the one that `environ` names for each URL. `timeout_seconds` covers
    a request from the connecting to the last byte.

    Raises:
        ConfigError: the CA bundle, or the proxy of a URL, cannot be used.
    """

    def __init__(
        self,
        ca_bundle: str | None = None,
        user_agent: str | None = None,
        *,
        timeout_seconds: float = 30.0,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._ca_bundle = ca_bundle
        agent = user_agent or f"mcp-permit/{VERSION}"
        self._headers = {"user-agent": agent, "accept-encoding": "identity"}
        self._timeout_seconds = timeout_seconds
        self._environ = environ
        self._context: ssl.SSLContext
        self._clients: dict[ForwardProxy | None, httpx2.AsyncClient] = {}
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._context = await asyncio.to_thread(tls_context, self._ca_bundle)
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def perform(self, flow: Flow[Result]) -> Result:
        """Carry each request of `flow` out, until it returns its result.

        A request without an answer is thrown into the flow as `GatewayUnreachable`, an
        answer of over `BODY_LIMIT` as `RemoteProtocolError`; what the flow raises is raised.
        """
        try:
            request = next(flow)
            while True:
                try:
                    response = await self._exchange(request)
                except (GatewayUnreachable, RemoteProtocolError) as error:
                    request = flow.throw(error)
                else:
                    request = flow.send(response)
        except StopIteration as end:
            result: Result = end.value
            return result
        finally:
            flow.close()

    async def _exchange(self, request: HttpRequest) -> HttpResponse:
        try:
            where = _origin(request.url)
            client = await self._client(request.url)
        except ValueError as error:  # of urlsplit
            raise GatewayUnreachable("What should be the address of a server is none") from error
        try:
            async with (
                asyncio.timeout(self._timeout_seconds),
                client.stream(
                    request.method, request.url, headers=request.headers, content=request.body
                ) as response,
            ):
                return HttpResponse(
                    response.status_code,
                    dict(response.headers.items()),
                    await _body(response, where),
                )
        except httpx2.ProxyError as error:
            raise GatewayUnreachable(f"The proxy opens no way to {where}: {error}") from error
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
            raise unreachable(where, _root(error)) from error

    async def _client(self, url: str) -> httpx2.AsyncClient:
        proxy = forward_proxy(url, self._environ)
        if proxy not in self._clients:
            transport = httpx2.AsyncHTTPTransport(
                verify=self._context,
                proxy=_proxy(proxy, self._context) if proxy is not None else None,
                limits=httpx2.Limits(keepalive_expiry=_KEEP_SECONDS),
            )
            self._clients[proxy] = await self._open.enter_async_context(
                httpx2.AsyncClient(
                    transport=transport,
                    headers=self._headers,
                    # None is kept and none is sent: a flow says all that a server may know.
                    cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                    follow_redirects=False,
                    trust_env=False,  # no .netrc; the proxy is chosen above
                    timeout=None,  # `_exchange` limits the whole, not each step
                )
            )
        return self._clients[proxy]


def _proxy(proxy: ForwardProxy, context: ssl.SSLContext) -> httpx2.Proxy:
    # httpcore2 refuses a context for a proxy that is spoken to in the clear.
    return httpx2.Proxy(proxy.url, ssl_context=context if proxy.is_tls else None)


def _origin(url: str) -> str:
    """What may be shown of `url`: the query holds codes, and a user name may be a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


async def _body(response: httpx2.Response, where: str) -> bytes:
    parts, size = [], 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > BODY_LIMIT:
            raise RemoteProtocolError(f"{where} answered with more than {BODY_LIMIT >> 20} MiB")
        parts.append(part)
    return b"".join(parts)


def _root(error: BaseException) -> BaseException:
    """The first cause that the operating system or TLS gave, below the wrappings."""
    while not isinstance(error, TimeoutError):
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        deeper = error.__cause__ or error.__context__
        if deeper is None:
            break
        error = deeper
    return error
