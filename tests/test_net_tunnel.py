"""The opening of a tunnel, by the bytes."""

from __future__ import annotations

import asyncio

import pytest

from mcp_proxy.errors import GatewayUnreachable
from mcp_proxy.net.route import ForwardProxy
from mcp_proxy.net.tunnel import Opening
from net_world import within


async def open_tunnel(host: str, *parts: bytes) -> bytes:
    """Ask a proxy that sends `parts` one after the other; what it was asked."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        for part in parts:
            writer.write(part)
            for _ in range(5):
                await asyncio.sleep(0)
        await reader.read()
        writer.close()

    async with within():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        proxy = ForwardProxy("127.0.0.1", port, is_tls=False, url="")
        loop = asyncio.get_running_loop()
        _, opening = await loop.create_connection(
            lambda: Opening(proxy, host, 443), "127.0.0.1", port
        )
        try:
            await opening.opened
        finally:
            opening.transport.abort()
            server.close()
            for _ in range(5):
                await asyncio.sleep(0)
    return asked[0]


def test_an_answer_may_be_cut_anywhere() -> None:
    """RFC 9110 §9.3.6: any 2xx opens the tunnel; what it says beyond is passed over."""
    whole = b"HTTP/1.0 200 Connection established\r\nVia: x\r\n\r\n"
    for cut in range(1, len(whole)):
        asyncio.run(open_tunnel("gateway.example", whole[:cut], whole[cut:]))


def test_an_address_of_version_6_is_put_in_brackets() -> None:
    """RFC 3986 §3.2.2. Without credentials, no header for them."""
    asked = asyncio.run(open_tunnel("fd00::1", b"HTTP/1.1 200 OK\r\n\r\n"))
    assert asked == b"CONNECT [fd00::1]:443 HTTP/1.1\r\nHost: [fd00::1]:443\r\n\r\n"


def test_a_refusal_says_what_the_proxy_said() -> None:
    """Ours."""
    with pytest.raises(GatewayUnreachable, match=r"gateway\.example:443 \(502\)"):
        asyncio.run(open_tunnel("gateway.example", b"HTTP/1.1 502 Bad Gateway\r\n\r\n<html>"))
