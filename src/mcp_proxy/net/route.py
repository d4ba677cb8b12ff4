"""Which forward proxy the environment names for a URL.

Reads HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY as curl does: lower case first,
a name in NO_PROXY covers its subdomains, `*` covers all. Like Go, and unlike curl,
never a proxy for loopback: the proxy's own machine is not what was meant.
"""

from __future__ import annotations

import base64
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from mcp_proxy.errors import ConfigError
from mcp_proxy.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

PORTS = {"http": 80, "https": 443}
"""Where a URL without a port means."""


@dataclass(frozen=True, slots=True)
class ForwardProxy:
    """An HTTP proxy between us and the network."""

    host: str
    port: int
    is_tls: bool
    """Whether the proxy itself is spoken to over TLS."""
    url: str = field(repr=False)
    """As the environment has it, credentials included."""
    authorization: str | None = field(default=None, repr=False)
    """The `Proxy-Authorization` to send (RFC 7617)."""

    def __str__(self) -> str:
        return f"The proxy {self.host}:{self.port}"


def forward_proxy(url: str, environ: Mapping[str, str]) -> ForwardProxy | None:
    """The proxy to use for `url`, or None to go directly.

    Raises:
        ConfigError: the environment names a proxy that cannot be used.
    """
    target = urlsplit(url)
    host, port = target.hostname or "", target.port or PORTS.get(target.scheme, 0)
    for name in (f"{target.scheme}_proxy", "all_proxy"):
        value = environ.get(name) or environ.get(name.upper())
        if value:
            exceptions = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
            return None if _is_direct(host, port, exceptions) else _parse(name.upper(), value)
    return None


def is_loopback(host: str) -> bool:
    """Whether `host`, a name or an address without brackets, is this machine (RFC 6761 §6.3)."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost" or host.lower().endswith(".localhost")


def _is_direct(host: str, port: int, exceptions: str) -> bool:
    entries = (entry.strip().lower() for entry in exceptions.split(","))
    return is_loopback(host) or any(_covers(entry, host.lower(), port) for entry in entries)


def _covers(entry: str, host: str, port: int) -> bool:
    """Whether one entry of NO_PROXY covers `host`: name, `.name`, `*.name`, address or network."""
    if entry in {"", "*"}:
        return entry == "*"
    try:
        return ip_address(host) in ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        pass
    name, colon, wanted = entry.rpartition(":")
    if colon and wanted.isdigit():
        if int(wanted) != port:
            return False
        entry = name
    entry = entry.strip("[]").removeprefix("*").removeprefix(".")
    return host == entry or host.endswith(f".{entry}")


def _parse(name: str, value: str) -> ForwardProxy:
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        port = parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError) as error:
        raise _unusable(name) from error
    if not parts.hostname:
        raise _unusable(name)
    return ForwardProxy(
        parts.hostname, port, parts.scheme == "https", parts.geturl(), _credentials(parts)
    )


def _unusable(name: str) -> ConfigError:
    # The value is not shown: it may hold a password.
    return ConfigError(
        f"{name} names a proxy that cannot be used",
        key=name,
        hint="Use http://HOST:PORT, or name the gateway in NO_PROXY.",
    )


def _credentials(parts: SplitResult) -> str | None:
    if parts.username is None:
        return None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()
