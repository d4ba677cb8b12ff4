"""Which addresses the documents of others may send us to.

Challenges and metadata are written by whoever runs the gateway. An address out of
them is requested or opened only after `check_endpoint` let it pass. Pure: names are
not resolved, so private addresses are known only where they are spelled out.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from mcp_proxy.values import dataclass

# RFC 3986 §2. Stricter than any parser on purpose: two parsers that disagree about a
# space, a backslash or a control character would check one host and request another.
_URI = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_][a-z0-9_.-]*)(:[0-9]*)?")
# What resolvers still read as an IPv4 address: `127.1`, `2130706433`, `0x7f.0.0.1`.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# RFC 6761 §6.3, RFC 6762 §3, and the name below which clouds keep their metadata service.
_PRIVATE_NAMES = (".localhost", ".local", ".internal")


@dataclass(frozen=True, slots=True)
class Reach:
    """How far addresses may point; the default is https to public hosts, http to loopback."""

    allow_http: bool = False
    allow_private: bool = False


ANYWHERE = Reach(allow_http=True, allow_private=True)
"""For addresses that a person typed in, or that are only compared."""


def reach_of(gateway: str, *, allow_http: bool) -> Reach:
    """How far the documents of `gateway` may point (ours).

    Only a gateway that is itself on loopback or a private address may send us to
    such a place; a public one would make us its hands inside the local network.
    """
    return Reach(allow_http=allow_http, allow_private=_is_private(urlsplit(gateway).hostname or ""))


def check_endpoint(url: str, reach: Reach) -> SplitResult:
    """The parts of `url`, when it may be requested or opened within `reach`.

    Raises:
        ValueError: why not, as a clause that continues a sentence.
    """
    if not _URI.fullmatch(url):
        raise ValueError("it has characters that no URL has")
    parts = urlsplit(url)
    # `port` is read for its check: it raises for anything but 0 to 65535.
    host, _ = parts.hostname, parts.port
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError("it is not an https URL")
    if "@" in parts.netloc:
        raise ValueError("it names a user")
    if "#" in url:
        raise ValueError("it has a fragment")
    if not _AUTHORITY.fullmatch(parts.netloc.lower()) or _is_disguised(host):
        raise ValueError("its host is malformed")
    if parts.scheme == "http" and not (reach.allow_http or is_loopback(host)):
        raise ValueError("it is plain http, which is for loopback only")
    if not reach.allow_private and _is_private(host):
        raise ValueError("it points into a private network")
    return parts


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine: `localhost`, 127.0.0.0/8 or ::1 (RFC 8252 §7.3, §8.3)."""
    literal = _literal(host)
    return host == "localhost" if literal is None else literal.is_loopback


def _is_private(host: str) -> bool:
    literal, name = _literal(host), host.rstrip(".")
    if literal is not None:
        return not literal.is_global
    return "." not in name or name.endswith(_PRIVATE_NAMES)


def _is_disguised(host: str) -> bool:
    last = host.rstrip(".").rpartition(".")[2]
    return _literal(host) is None and _NUMBER.fullmatch(last) is not None


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
