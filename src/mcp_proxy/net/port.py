"""The port on which a redirect is awaited: loopback only, and ours alone.

RFC 8252 §7.3 and §8.3. Where the URI says `localhost`, a browser may try either
address, so both are taken: who held the other would get the code.
"""

from __future__ import annotations

import errno
import socket
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mcp_proxy.errors import AuthError, ConfigError
from mcp_proxy.net.route import is_loopback

if TYPE_CHECKING:
    from collections.abc import Sequence

_BOTH = ("127.0.0.1", "::1")
_ABSENT = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT}
"""What the second address answers on a machine without IPv6."""
_TRIES = 20
"""For a free port; it may be taken on the other address."""


def bind(redirect_uri: str) -> tuple[list[socket.socket], str]:
    """Sockets that listen for `redirect_uri`, and that URI with its real port.

    Raises:
        AuthError: the port is taken, or may not be used.
        ConfigError: the URI does not lead to this machine.
    """
    host, port = _address(redirect_uri)
    hosts = _BOTH if host == "localhost" else (host,)
    sockets = _take(hosts, port, _TRIES)
    if port:
        return sockets, redirect_uri
    shown = f"[{host}]" if ":" in host else host
    real = f"{shown}:{sockets[0].getsockname()[1]}"
    return sockets, urlsplit(redirect_uri)._replace(netloc=real).geturl()


def _take(hosts: Sequence[str], port: int, tries: int) -> list[socket.socket]:
    try:
        return _listen(hosts, port)
    except OSError as error:
        if port == 0 and tries > 1:
            return _take(hosts, port, tries - 1)
        raise _taken(port, error) from error


def _address(redirect_uri: str) -> tuple[str, int]:
    try:
        parts = urlsplit(redirect_uri)
        host, port = parts.hostname or "", 80 if parts.port is None else parts.port
    except ValueError:
        host = ""
    else:
        if parts.scheme == "http" and is_loopback(host) and not host.endswith(".localhost"):
            return host, port
    raise ConfigError(
        "The redirect URI does not lead to this computer",
        key="auth.redirect_uri",
        hint="Use http://127.0.0.1:PORT/PATH or http://localhost:PORT/PATH.",
    )


def _listen(hosts: Sequence[str], port: int) -> list[socket.socket]:
    """One socket per host, all on one port; an address that this machine lacks is left out."""
    sockets: list[socket.socket] = []
    with ExitStack() as undo:
        for host in hosts:
            try:
                sockets.append(undo.enter_context(_socket(host, port)))
            except OSError as error:
                if not sockets or error.errno not in _ABSENT:
                    raise
            port = sockets[0].getsockname()[1]
        undo.pop_all()
    return sockets


def _socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with ExitStack() as undo:
        listening = undo.enter_context(socket.socket(family, socket.SOCK_STREAM))
        if sys.platform == "win32":  # where SO_REUSEADDR would let others in
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:  # the remains of our last sign-in (TIME_WAIT) are no other program
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(128)
        listening.setblocking(False)
        undo.pop_all()
    return listening


def _taken(port: int, error: OSError) -> AuthError:
    if error.errno == errno.EADDRINUSE:
        return AuthError(
            f"Port {port} is taken by another program",
            hint=f"End what listens on port {port}, then sign in again.",
        )
    return AuthError(
        f"Port {port} cannot be used: {error.strerror}",
        hint="Set auth.redirect_uri to a port that you may use.",
    )
