"""A world that asks for a sign-in, a profile for it, and a person who signs in."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from mcp_proxy.config.model import Auth, SecretRef
from mcp_proxy.demo.browser import sign_in
from mcp_proxy.demo.integration.world import IntegrationWorld
from relay_world import profile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

    from mcp_proxy.config.model import Profile
    from mcp_proxy.login.person import SignInPage

SECRET_NAME = "TEST_CLIENT_SECRET"


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@asynccontextmanager
async def world_of_staff(
    monkeypatch: pytest.MonkeyPatch, **options: Any
) -> AsyncIterator[IntegrationWorld]:
    """The demo's Integration Gateway with a redirect port of its own."""
    redirect_uri = f"http://localhost:{free_port()}/oauth/callback"
    async with IntegrationWorld.start(
        redirect_uri=redirect_uri, consent="person", **options
    ) as world:
        monkeypatch.setenv(SECRET_NAME, world.client_secret)
        yield world


def staff_profile(world: IntegrationWorld, **auth: Any) -> Profile:
    """What a user of that gateway configures."""
    chosen: dict[str, Any] = {
        "client_id": world.client_id,
        "client_secret": SecretRef("env", SECRET_NAME),
        "redirect_uri": world.redirect_uri,
        "browser": False,
        "login_timeout_seconds": 20.0,
    }
    return profile(world.url, auth=Auth(**(chosen | auth)))


class Person:
    """Opens pages as they come; `account` and `is_allowed` may change in between."""

    def __init__(self, account: str = "staff-full", *, is_allowed: bool = True) -> None:
        self.account = account
        self.is_allowed = is_allowed
        self.opened: list[str] = []
        self.last_page = ""
        self.is_back = asyncio.Event()

    def open(self, shown: SignInPage) -> None:
        """Do what the page asks, in a browser of one's own."""
        url = shown.url
        self.opened.append(url)
        loop = asyncio.get_running_loop()

        def browse() -> None:
            page = sign_in(url, account=self.account, is_allowed=self.is_allowed)
            self.last_page = page.text
            loop.call_soon_threadsafe(self.is_back.set)

        threading.Thread(target=browse, daemon=True).start()


def be_stranded(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on no browser of this machine appears before the person."""
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSH_TTY", "/dev/pts/1")
