"""Ways to the gateway: TLS, and why there may be none."""

from __future__ import annotations

import asyncio
import socket
import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.errors import ConfigError, GatewayUnreachable, OutcomeUnknown, PermitError
from mcp_proxy.net.link import CONNECTIONS, Link
from mcp_proxy.net.trust import tls_context
from net_world import Authority, Gateway, Proxy, answer, sends, turns, within

if TYPE_CHECKING:
    import ssl
    from pathlib import Path


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def ask(link: Link) -> bytes:
    try:
        return await (await link.send("POST", b"", b"{}")).read()
    finally:
        link.close()
        await turns(20)


def complaint(link: Link) -> str:
    """Why `link` cannot be used."""
    with pytest.raises(GatewayUnreachable) as caught:
        asyncio.run(ask(link))
    return str(caught.value)


def test_tls_carries_many_calls(authority: Authority) -> None:
    """Ours. One context for all, built in a thread; big bodies both ways."""
    builders: list[threading.Thread] = []

    def build() -> ssl.SSLContext:
        builders.append(threading.current_thread())
        return tls_context(str(authority.bundle))

    async def scenario() -> list[bytes]:
        body = bytes(3 << 20)
        async with within(), Gateway(answer(body), tls=authority.server()) as gateway:
            link = Link(gateway.url, tls=build, environ={})
            replies = await asyncio.gather(*(link.send("POST", b"", body) for _ in range(4)))
            bodies = await asyncio.gather(*(reply.read() for reply in replies))
            assert bodies == [body] * 4
            assert [len(request) > len(body) for request in gateway.requests] == [True] * 4
            last = await ask(link)
            assert gateway.connections == 4
            return [last[:3]]

    assert asyncio.run(scenario()) == [b"\0\0\0"]
    assert len(builders) == 1
    assert builders[0] is not threading.main_thread()


def test_a_tls_connection_lost_leaves_the_outcome_unknown(authority: Authority) -> None:
    """peers.md §8 behaviour 19."""

    async def scenario() -> None:
        lost = sends(then="reset")
        async with within(), Gateway(lost, tls=authority.server()) as gateway:
            link = Link(gateway.url, tls=partial(tls_context, str(authority.bundle)), environ={})
            with pytest.raises(OutcomeUnknown):
                await ask(link)
            assert link._slots._free == CONNECTIONS

    asyncio.run(scenario())


def test_a_tls_call_can_be_cancelled(authority: Authority) -> None:
    """Ours: its connection is closed and its place is free."""

    async def scenario() -> None:
        async with within(), Gateway(sends(), tls=authority.server()) as gateway:
            link = Link(gateway.url, tls=partial(tls_context, str(authority.bundle)), environ={})
            call = asyncio.create_task(ask(link))
            await gateway.seen(requests=1)
            call.cancel()
            await gateway.seen(ended=1)
            assert link._slots._free == CONNECTIONS

    asyncio.run(scenario())


def test_a_certificate_that_is_not_trusted_ends_it_before_anything_is_sent(
    authority: Authority,
) -> None:
    """Ours, with a hint that names the setting."""

    async def scenario() -> tuple[str, str | None, int]:
        async with within(), Gateway(answer(b""), tls=authority.server()) as gateway:
            with pytest.raises(GatewayUnreachable) as caught:
                await ask(Link(gateway.url, environ={}))
            return str(caught.value), caught.value.hint, len(gateway.requests)

    said, hint, requests = asyncio.run(scenario())
    assert "its certificate is not trusted (self-signed certificate)" in said
    assert "network.ca_bundle" in str(hint)
    assert requests == 0


def test_a_server_without_tls_is_told(authority: Authority) -> None:
    """Ours."""

    async def scenario() -> str:
        async with within(), Gateway(answer(b"")) as gateway:
            context = tls_context(str(authority.bundle))
            link = Link(gateway.url.replace("http:", "https:"), tls=lambda: context, environ={})
            gateway.server.close()  # answers nothing TLS to what it has accepted

            async def shout(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                writer.close()

            server = await asyncio.start_server(shout, "127.0.0.1", gateway.port)
            with pytest.raises(GatewayUnreachable) as caught:
                await ask(link)
            server.close()
            return str(caught.value)

    assert "no TLS connection" in asyncio.run(scenario())


def test_a_bad_bundle_is_a_complaint_about_the_setting(tmp_path: Path) -> None:
    """Ours."""
    link = Link(
        "https://127.0.0.1:9/", tls=partial(tls_context, str(tmp_path / "none.pem")), environ={}
    )
    with pytest.raises(ConfigError):
        asyncio.run(ask(link))


def test_a_name_that_nobody_knows_is_told() -> None:
    """RFC 6761 §6.4: .invalid never resolves."""
    said = complaint(Link("http://gateway.invalid/mcp?secret=1", environ={}))
    assert said == "http://gateway.invalid cannot be reached: its name is not known"


def test_a_port_where_nobody_listens_is_told() -> None:
    """Ours."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    said = complaint(Link(f"http://127.0.0.1:{port}/", environ={}))
    assert said == f"http://127.0.0.1:{port} cannot be reached: connection refused"


def test_a_gateway_that_does_not_pick_up_is_told(authority: Authority) -> None:
    """Ours: the limit covers the handshake; a listener that never accepts is silent."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        link = Link(
            f"https://127.0.0.1:{silent.getsockname()[1]}/",
            tls=partial(tls_context, str(authority.bundle)),
            connect_timeout_seconds=0.2,
            environ={},
        )
        assert "no answer in time" in complaint(link)


def through(proxy: Proxy, authority: Authority, *, login: str = "") -> Link:
    """A link to a gateway that only the proxy can find."""
    return Link(
        "https://gateway.example/mcp",
        tls=partial(tls_context, str(authority.bundle)),
        environ={"HTTPS_PROXY": proxy.url.replace("//", f"//{login}")},
    )


@pytest.mark.parametrize("is_tls", [False, True])
def test_tls_goes_through_a_tunnel(authority: Authority, *, is_tls: bool) -> None:
    """RFC 9110 §9.3.6; the proxy itself may be spoken to over TLS, too."""

    async def scenario() -> tuple[bytes, bytes, bytes]:
        tls = authority.server() if is_tls else None
        async with (
            within(),
            Gateway(answer(b"x" * 300_000), tls=authority.server()) as gateway,
            Proxy(gateway.port, tls=tls) as proxy,
        ):
            link = through(proxy, authority, login="me:p%40ss@")
            await (await link.send("POST", b"", b"{}")).read()
            body = await ask(link)
            assert len(proxy.heads) == 1
            return proxy.heads[0], gateway.requests[1], body

    head, request, body = asyncio.run(scenario())
    assert head == (
        b"CONNECT gateway.example:443 HTTP/1.1\r\nHost: gateway.example:443\r\n"
        b"Proxy-Authorization: Basic bWU6cEBzcw==\r\n\r\n"
    )
    # The credentials are the proxy's business, not the gateway's.
    assert request.startswith(b"POST /mcp HTTP/1.1\r\nhost: gateway.example\r\n")
    assert b"Basic" not in request
    assert len(body) == 300_000


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "wants a user name"),
        (b"HTTP/1.0 401 Unauthorized\r\n\r\n<html>Wrong</html>", "wants a user name"),
        (
            b"HTTP/1.1 403 Forbidden\r\n\r\n<html>No</html>",
            "opens no way to gateway.example:443 (403)",
        ),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "did not answer with HTTP/1.1"),
        (b"HTTP/1.1 200 OK\r\n\r\nsurprise", "spoke in the gateway's place"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, "did not answer with HTTP/1.1"),
        (b"HTTP/1.1 200", "hung up"),
        (b"", "hung up"),
    ],
)
def test_a_proxy_that_refuses_is_told_apart_from_the_gateway(
    authority: Authority, refusal: bytes, said: str
) -> None:
    """Ours: nothing was sent to the gateway."""

    async def scenario() -> PermitError:
        async with within(), Proxy(9, refuse=refusal) as proxy:
            with pytest.raises(GatewayUnreachable) as caught:
                await ask(through(proxy, authority))
            assert str(caught.value).startswith(f"The proxy 127.0.0.1:{proxy.port} ")
            return caught.value

    assert said in str(asyncio.run(scenario()))


def test_a_proxy_that_is_not_there_is_told_apart_from_the_gateway(authority: Authority) -> None:
    """Ours."""

    async def scenario() -> str:
        async with within():
            async with Proxy(9) as proxy:
                link = through(proxy, authority)
            with pytest.raises(GatewayUnreachable) as caught:
                await ask(link)
            return str(caught.value)

    said = asyncio.run(scenario())
    assert said.startswith("The proxy 127.0.0.1:")
    assert said.endswith("connection refused")


def test_a_gateway_whose_tunnel_breaks_is_unreachable(authority: Authority) -> None:
    """Ours: the tunnel stands, the handshake does not."""

    async def scenario() -> str:
        async with within(), Gateway(answer(b"")) as plain, Proxy(plain.port) as proxy:
            plain.server.close()
            await plain.server.wait_closed()

            async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                writer.close()

            server = await asyncio.start_server(hang_up, "127.0.0.1", plain.port)
            with pytest.raises(GatewayUnreachable) as caught:
                await ask(through(proxy, authority))
            server.close()
            return str(caught.value)

    assert asyncio.run(scenario()).startswith("https://gateway.example cannot be reached: ")
