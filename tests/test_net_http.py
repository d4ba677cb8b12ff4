"""OAuth's requests over real sockets."""

from __future__ import annotations

import asyncio
import gzip
import socket
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.errors import (
    ConfigError,
    GatewayError,
    GatewayUnreachable,
    PermitError,
    RemoteProtocolError,
)
from mcp_proxy.net.http import BODY_LIMIT, Web, _root
from mcp_proxy.oauth.http import HttpRequest, HttpResponse
from net_world import OK, Authority, Gateway, Proxy, answer, sends, within

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mcp_proxy.oauth.http import Flow
    from net_world import Play

NO_PROXY: dict[str, str] = {}


def once(request: HttpRequest) -> Flow[HttpResponse]:
    response = yield request
    return response


async def perform(
    flow: Flow[HttpResponse],
    *,
    ca_bundle: Path | None = None,
    environ: Mapping[str, str] = NO_PROXY,
    timeout_seconds: float = 30.0,
) -> HttpResponse:
    bundle = str(ca_bundle) if ca_bundle else None
    async with (
        within(),
        Web(bundle, "test/1", environ=environ, timeout_seconds=timeout_seconds) as web,
    ):
        return await web.perform(flow)


def get(url: str) -> Flow[HttpResponse]:
    return once(HttpRequest("GET", url))


def refusal(*answers: bytes | Play, timeout_seconds: float = 30.0) -> PermitError:
    """The error that `answers` lead to; its message names the host and no more of the URL."""

    async def scenario() -> PermitError:
        async with Gateway(*answers) as gateway:
            url = gateway.url.replace("//", "//me:pw@") + "?code=secret"
            with pytest.raises(GatewayError) as caught:
                await perform(get(url), timeout_seconds=timeout_seconds)
            assert f"http://127.0.0.1:{gateway.port} " in str(caught.value)
            return caught.value

    error = asyncio.run(scenario())
    for part in ("secret", "me", "pw", "/mcp"):
        assert part not in str(error).split()
    return error


def test_a_flow_is_carried_to_its_result() -> None:
    """Ours: requests go out one after the other, on one connection."""

    def flow(url: str) -> Flow[list[int]]:
        first = yield HttpRequest("GET", url)
        second = yield HttpRequest(
            "POST",
            url,
            {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Basic eA=="},
            first.body,
        )
        return [first.status, second.status]

    async def scenario() -> tuple[list[int], list[bytes], int]:
        bad = answer(b"{}", status="400 Bad Request")
        async with within(), Gateway(answer(b"a=1"), bad) as gateway:
            async with Web(user_agent="test/1", environ={}) as web:
                got = await web.perform(flow(gateway.url))
            return got, gateway.requests, gateway.connections

    got, (first, second), connections = asyncio.run(scenario())
    assert got == [200, 400]
    assert b"\r\nuser-agent: test/1\r\n" in first.lower()
    assert b"\r\naccept-encoding: identity\r\n" in first.lower()
    assert b"authorization" not in first.lower()
    assert b"\r\nauthorization: basic ea==\r\n" in second.lower()
    assert second.endswith(b"\r\n\r\na=1")
    assert connections == 1


def test_a_flow_without_requests_is_performed_too() -> None:
    """Ours."""

    def flow() -> Flow[HttpResponse]:
        yield from ()
        return HttpResponse(204)

    assert asyncio.run(perform(flow())).status == 204


def test_header_names_are_lower_case_and_repeated_fields_joined() -> None:
    """RFC 9110 §5.3; what `bearer_challenge` takes apart."""

    async def scenario() -> Mapping[str, str]:
        challenges = ("WWW-Authenticate: Basic", 'WWW-Authenticate: Bearer scope="a"')
        async with Gateway(answer(b"", *challenges, status="401 Unauthorized")) as gateway:
            return (await perform(get(gateway.url))).headers

    headers = asyncio.run(scenario())
    assert headers == {"content-length": "0", "www-authenticate": 'Basic, Bearer scope="a"'}


def test_redirects_are_not_followed_and_cookies_not_kept() -> None:
    """peers.md §8 behaviour 30."""

    def flow(url: str) -> Flow[int]:
        first = yield HttpRequest("POST", url, {}, b"secret")
        yield HttpRequest("GET", url)
        return first.status

    async def scenario() -> tuple[int, list[bytes]]:
        moved = answer(b"", "Location: /else", "Set-Cookie: a=1; Path=/", status="307 Moved")
        async with within(), Gateway(moved) as gateway, Web(environ={}) as web:
            return await web.perform(flow(gateway.url)), gateway.requests

    status, requests = asyncio.run(scenario())
    assert status == 307
    assert len(requests) == 2
    assert b"cookie" not in requests[1].lower()


def test_netrc_adds_no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: a flow says all that a server may know."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    async def scenario() -> bytes:
        async with Gateway(answer(b"")) as gateway:
            await perform(get(gateway.url))
            return gateway.requests[0]

    assert b"authorization" not in asyncio.run(scenario()).lower()


@pytest.mark.parametrize(
    ("play", "timeout_seconds"),
    [
        (sends(then="close"), 30.0),
        (sends(then="reset"), 30.0),
        (sends(answer(b"abcd")[:-1], then="close"), 30.0),
        (sends(), 0.2),
        (sends(OK + b"Content-Length: 9\r\n\r\n", b"ab"), 0.2),
    ],
)
def test_no_complete_answer_is_unreachable(play: Play, timeout_seconds: float) -> None:
    """Ours: the limit covers the whole answer, so a drip does not outlast it."""
    error = refusal(play, timeout_seconds=timeout_seconds)
    assert isinstance(error, GatewayUnreachable)
    assert ("no answer in time" in str(error)) is (timeout_seconds < 1)


def test_a_flow_may_go_on_without_an_answer() -> None:
    """oauth.http: the error is thrown into the flow."""

    def flow(gone: str, there: str) -> Flow[int]:
        try:
            yield HttpRequest("GET", gone)
        except GatewayUnreachable:
            response = yield HttpRequest("GET", there)
        return response.status

    async def scenario() -> int:
        async with within(), Gateway(answer(b"")) as gateway, Web(environ={}) as web:
            with socket.create_server(("127.0.0.1", 0)) as taken:
                gone = f"http://127.0.0.1:{taken.getsockname()[1]}/"
            return await web.perform(flow(gone, gateway.url))

    assert asyncio.run(scenario()) == 200


def test_what_a_flow_raises_is_raised() -> None:
    """Ours, and the flow is closed."""
    closed = []

    def flow(url: str) -> Flow[HttpResponse]:
        try:
            yield HttpRequest("GET", url)
            raise ConfigError("no")
        finally:
            closed.append(True)

    async def scenario() -> None:
        async with Gateway(answer(b"")) as gateway:
            with pytest.raises(ConfigError, match="no"):
                await perform(flow(gateway.url))

    asyncio.run(scenario())
    assert closed == [True]


@pytest.mark.parametrize(
    "raw",
    [
        answer(bytes(BODY_LIMIT + 1)),
        answer(gzip.compress(bytes(BODY_LIMIT + 1)), "Content-Encoding: gzip"),
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"10000\r\n%s\r\n" % bytes(1 << 16) * 17,
    ],
)
def test_a_body_beyond_the_limit_is_refused(raw: bytes) -> None:
    """Ours: the limit counts what it becomes in memory."""
    error = refusal(raw)
    assert isinstance(error, RemoteProtocolError)
    assert "1 MiB" in str(error)


def test_a_body_at_the_limit_is_read() -> None:
    """Ours."""

    async def scenario() -> int:
        async with Gateway(answer(bytes(BODY_LIMIT))) as gateway:
            return len((await perform(get(gateway.url))).body)

    assert asyncio.run(scenario()) == BODY_LIMIT


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://gateway.invalid/x?code=secret", "its name is not known"),
        ("gopher://gateway.example/?code=secret", "no connection"),
        ("http://gateway.example:99999/?code=secret", "address of a server is none"),
        ("http://[::zz]/?code=secret", "address of a server is none"),
        ("http://gateway.example/?code=secret" + "x" * 70_000, "no connection"),
    ],
)
def test_an_address_that_leads_nowhere_is_unreachable(url: str, said: str) -> None:
    """Ours."""
    with pytest.raises(GatewayUnreachable) as caught:
        asyncio.run(perform(get(url)))
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_port_where_nobody_listens_says_so(host: str) -> None:
    """Ours: the cause lies below four wrappings; a name may have several addresses."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(GatewayUnreachable, match="connection refused"):
        asyncio.run(perform(get(f"http://{host}:{port}/")))


def test_of_several_addresses_the_first_failure_is_told() -> None:
    """Ours: what anyio raises for a name with two addresses where nobody listens."""
    wrapped = OSError("All connection attempts failed")
    wrapped.__cause__ = ExceptionGroup("several", [ConnectionRefusedError(), TimeoutError()])
    assert isinstance(_root(wrapped), ConnectionRefusedError)


def test_a_named_bundle_is_trusted_and_nothing_else(tmp_path: Path) -> None:
    """peers.md §8 behaviour 30."""
    authority = Authority(tmp_path)

    async def scenario() -> tuple[int, str]:
        async with Gateway(answer(b""), tls=authority.server()) as gateway:
            response = await perform(get(gateway.url), ca_bundle=authority.bundle)
            with pytest.raises(GatewayUnreachable) as caught:
                await perform(get(gateway.url))
            return response.status, str(caught.value)

    status, said = asyncio.run(scenario())
    assert status == 200
    assert "its certificate is not trusted (self-signed certificate)" in said


@pytest.mark.parametrize("tls", [False, True])
def test_a_forward_proxy_of_the_environment_is_used(tmp_path: Path, *, tls: bool) -> None:
    """peers.md §8 behaviour 30. Only the proxy can find gateway.example."""
    authority = Authority(tmp_path)

    async def scenario() -> tuple[bytes, bytes]:
        async with (
            Gateway(answer(b""), tls=authority.server()) as gateway,
            Proxy(gateway.port, tls=authority.server() if tls else None) as proxy,
        ):
            environ = {"HTTPS_PROXY": proxy.url.replace("//", "//me:p%40ss@")}
            url = "https://gateway.example/token"
            await perform(get(url), ca_bundle=authority.bundle, environ=environ)
            return proxy.heads[0], gateway.requests[0]

    head, request = asyncio.run(scenario())
    assert head.startswith(b"CONNECT gateway.example:443 HTTP/1.1\r\n")
    assert b"proxy-authorization: basic bwu6cebzcw==" in head.lower()
    assert b"proxy-authorization" not in request.lower()


def test_a_proxy_that_refuses_is_told() -> None:
    """Ours."""

    async def scenario() -> str:
        async with Proxy(9, refuse=b"HTTP/1.1 407 Who are you\r\n\r\n") as proxy:
            with pytest.raises(GatewayUnreachable) as caught:
                await perform(get("https://gateway.example/"), environ={"ALL_PROXY": proxy.url})
            return str(caught.value)

    assert asyncio.run(scenario()) == (
        "The proxy opens no way to https://gateway.example: 407 Who are you"
    )
