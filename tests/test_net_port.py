"""The port of the redirect: whose it is, and on which addresses."""

from __future__ import annotations

import errno
import socket
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from mcp_proxy.errors import AuthError, ConfigError
from mcp_proxy.net import port as port_module
from mcp_proxy.net.port import bind

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def bound(redirect_uri: str) -> Iterator[tuple[list[tuple[str, int]], str]]:
    """The addresses listened on, and the real redirect URI."""
    sockets, real = bind(redirect_uri)
    with ExitStack() as closing:
        for listening in sockets:
            closing.enter_context(listening)
        yield [listening.getsockname()[:2] for listening in sockets], real


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def test_port_0_becomes_a_free_port() -> None:
    """RFC 8252 §7.3. Path and query stay."""
    with bound("http://127.0.0.1:0/callback?a=1") as (addresses, real):
        ((host, port),) = addresses
        assert host == "127.0.0.1"
        assert real == f"http://127.0.0.1:{port}/callback?a=1"


def test_localhost_is_taken_on_both_addresses() -> None:
    """systems.md X3: a browser may try either."""
    with bound("http://localhost:0/callback") as (addresses, real):
        (four, port), (six, same) = addresses
        assert (four, six, same) == ("127.0.0.1", "::1", port)
        assert real == f"http://localhost:{port}/callback"


def test_a_given_port_is_kept_to_the_letter() -> None:
    """RFC 6749 §3.1.2.3: redirect URIs are compared as strings."""
    uri = f"http://LOCALHOST:{free_port()}/oauth/callback"
    with bound(uri) as (addresses, real):
        assert real == uri
        assert {port for _, port in addresses} == {urlsplit(uri).port}


def test_ipv6_alone_can_be_asked_for() -> None:
    """RFC 8252 §7.3."""
    with bound("http://[::1]:0/callback") as (addresses, real):
        assert real == f"http://[::1]:{addresses[0][1]}/callback"


@pytest.mark.parametrize("holder", ["127.0.0.1", "::1"])
def test_a_taken_port_is_named(holder: str) -> None:
    """peers.md §8 behaviour 16. Half of `localhost` is not enough: the code may go there."""
    family = socket.AF_INET6 if ":" in holder else socket.AF_INET
    with socket.create_server((holder, 0), family=family) as other:
        port = other.getsockname()[1]
        with pytest.raises(AuthError) as caught:
            bind(f"http://localhost:{port}/callback")
    assert str(caught.value) == f"Port {port} is taken by another program"
    assert str(port) in str(caught.value.hint)


def test_two_of_us_cannot_share_a_port() -> None:
    """Ours: both would have set SO_REUSEADDR; no SO_REUSEPORT."""
    with bound("http://127.0.0.1:0/callback") as (_, real), pytest.raises(AuthError):
        bind(real)


def test_the_remains_of_the_last_sign_in_do_not_hold_the_port() -> None:
    """Ours: who closes first leaves TIME_WAIT behind."""
    sockets, real = bind("http://127.0.0.1:0/callback")
    address = sockets[0].getsockname()
    with socket.create_connection(address) as browser:
        sockets[0].setblocking(True)
        accepted, _ = sockets[0].accept()
        accepted.close()
        assert browser.recv(1) == b""
    sockets[0].close()
    with bound(real):
        pass


def test_a_machine_without_ipv6_listens_on_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: 192.0.2.1 (RFC 5737) stands for an address that a machine lacks."""
    monkeypatch.setattr(port_module, "_BOTH", ("127.0.0.1", "192.0.2.1"))
    with bound("http://localhost:0/callback") as (addresses, _):
        assert [host for host, _port in addresses] == ["127.0.0.1"]


def test_a_free_port_is_tried_again_when_the_other_address_has_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ours: the same address twice is never free, and the tries end."""
    monkeypatch.setattr(port_module, "_BOTH", ("127.0.0.1", "127.0.0.1"))
    with pytest.raises(AuthError):
        bind("http://localhost:0/callback")


def test_a_port_that_may_not_be_used_says_why() -> None:
    """Ours: the words of the operating system."""
    error = OSError(errno.EACCES, "Permission denied")
    assert str(port_module._taken(80, error)) == "Port 80 cannot be used: Permission denied"


@pytest.mark.parametrize(
    "uri",
    [
        "https://127.0.0.1:1/callback",
        "http://192.0.2.1:1/callback",
        "http://0.0.0.0:1/callback",
        "http://[::]:1/callback",
        "http://gateway.example/callback",
        "http://demo.localhost:1/callback",
        "http://127.0.0.1:port/callback",
        "http:///callback",
        "urn:ietf:wg:oauth:2.0:oob",
    ],
)
def test_only_this_machine_is_listened_on(uri: str) -> None:
    """RFC 8252 §8.3, systems.md X3."""
    with pytest.raises(ConfigError) as caught:
        bind(uri)
    assert caught.value.key == "auth.redirect_uri"
