"""Extra headers: which names may be set, and how a value is written.

A value is plain text or a secret's reference; a header that carries a credential is
always a reference. The names come from RFC 9110 and MCP 2025-11-25 "Transports".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from mcp_proxy.config.checks import plain_text
from mcp_proxy.config.secret import find_reference, reference
from mcp_proxy.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mcp_proxy.config.model import SecretRef

Value = TypeVar("Value")

_OURS = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "expect",
        "host",
        "keep-alive",
        "last-event-id",
        "mcp-method",
        "mcp-name",
        "mcp-protocol-version",
        "mcp-session-id",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""What the connection and the protocol set for themselves."""

_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})
"""Headers whose value is a secret whatever it says (RFC 9110 §11.6, RFC 6265 §5.4)."""


def header(name: str, value: str, key: str) -> SecretRef | str:
    """The value of one header as a settings file or a command line gives it.

    Raises:
        ConfigError: the name is none, or ours to set; or a credential stands in plain text.
    """
    header_name(name, key)
    value = header_value(value, key)
    if find_reference(value):
        return reference(value, key)
    if name.lower() in _CREDENTIALS:
        return reference(value, key)  # complains: a credential in plain text
    return value


def header_name(name: str, key: str) -> str:
    """A header name that may be set (RFC 9110 §5.6.2)."""
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name):
        raise ConfigError(f"{key} is not a header name", key=key)
    if name.lower() in _OURS:
        raise ConfigError(f"{key} is set by the connection itself", key=key)
    return name


def header_value(value: str, key: str) -> str:
    """A header value on one line, in the alphabet that HTTP carries (RFC 9110 §5.5)."""
    value = plain_text(value, key)
    if not value.isascii():
        raise ConfigError(f"{key} has a letter beyond ASCII in its value", key=key)
    return value


def header_line(line: str, key: str) -> tuple[str, str]:
    """Name and value of `Name: value`, not yet checked.

    Raises:
        ConfigError: there is no colon.
    """
    name, colon, value = line.partition(":")
    if not colon:
        raise ConfigError(f"{key} must be written as Name: value", key=key)
    return name.strip(), value.strip()


def header_file(text: str, key: str) -> dict[str, str]:
    """The headers of a file of `Name: value` lines; empty lines and `#` lines are skipped.

    Values are taken as they are, credentials included: the file is where they belong.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            name, value = header_line(line, f"{key} line {number}")
            header_name(name, f"{key} line {number}")
            value = header_value(value, f"{key} line {number}")
            found = with_headers(found, {name: value})
    return found


def has_header(headers: Iterable[str], wanted: str) -> bool:
    """Whether one of the header names is `wanted`, whatever its case."""
    return any(name.lower() == wanted for name in headers)


def with_headers(headers: Mapping[str, Value], more: Mapping[str, Value]) -> dict[str, Value]:
    """`headers` and `more`; where names are equal but for case, the one of `more`."""
    replaced = {name.lower() for name in more}
    kept = {name: value for name, value in headers.items() if name.lower() not in replaced}
    return {**kept, **more}
