"""The scripted person at a browser."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from demo_person import authorization_url
from mcp_proxy.demo.browser import main, sign_in
from mcp_proxy.demo.integration.world import IntegrationWorld
from mcp_proxy.demo.world import world_in_thread


async def _landing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A redirect listener that is content with everything."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nDone")
    await writer.drain()
    writer.close()
    await writer.wait_closed()


def test_it_goes_all_the_way_to_the_redirect_listener() -> None:
    """Ours: as a browser would."""

    async def scenario() -> None:
        listener = await asyncio.start_server(_landing, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        uri = f"http://127.0.0.1:{port}/oauth/callback"
        async with listener, IntegrationWorld.start(redirect_uri=uri, consent="person") as world:
            page = await asyncio.to_thread(sign_in, authorization_url(world))
            assert (page.status, page.text) == (200, "Done")
            assert page.url.startswith(uri + "?code=")
            denied = await asyncio.to_thread(sign_in, authorization_url(world), is_allowed=False)
            assert "error=access_denied" in denied.url

    asyncio.run(scenario())


def test_it_stays_on_loopback() -> None:
    """Ours: what is scripted visits nobody."""
    for url in ("http://gateway.example/", "https://127.0.0.1/", "file:///etc/passwd"):
        with pytest.raises(ValueError, match="loopback"):
            sign_in(url)


def test_a_way_without_an_end_is_given_up() -> None:
    """Ours."""

    async def around(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def scenario() -> None:
        server = await asyncio.start_server(around, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            with pytest.raises(ValueError, match="More than"):
                await asyncio.to_thread(sign_in, f"http://127.0.0.1:{port}/")

    asyncio.run(scenario())


def test_its_exit_code_tells_whether_the_last_page_was_good() -> None:
    """Ours: an unknown redirect is refused on a page of the authorization server."""
    with world_in_thread(IntegrationWorld, consent="person") as world:
        assert main([authorization_url(world, {"redirect_uri": "http://127.0.0.1:1/"})]) == 1


def test_it_starts_without_the_world() -> None:
    """Ours: a browser that takes a second to start makes every sign-in test slow."""
    script = "import sys, mcp_proxy.demo.browser; print(sorted(sys.modules))"
    modules = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert "starlette" not in modules
    assert "pydantic" not in modules
