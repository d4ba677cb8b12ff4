"""What a gateway wants, as its `WWW-Authenticate` header says.

The grammar is RFC 9110 §11.3 and §11.6.1: several challenges in one field, token or
quoted values. Values that should have been quoted are read up to the next comma or
space, for servers write `resource_metadata=https://...`; what fits nowhere is skipped.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mcp_proxy.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

# Possessive throughout: a hostile header costs linear time.
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]++"  # noqa: S105 - a grammar rule of RFC 9110
_SEPARATOR = re.compile(r"[\s,]++")
_SCHEME = re.compile(rf"({_TOKEN})(?:[ \t]++[0-9A-Za-z._~+/-]++=*+(?=[ \t]*+(?:,|\Z)))?")
_PARAMETER = re.compile(
    rf"""({_TOKEN})[ \t]*+=[ \t]*+(?:"((?:[^"\\]|\\.)*+)(?:"|\\?\Z)|([^\s,"]*+))""", re.DOTALL
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge of the scheme Bearer or DPoP (RFC 6750 §3, RFC 9728 §5.1, RFC 9449 §7.1)."""

    scheme: str = "bearer"
    """In lower case."""
    resource_metadata: str | None = None
    scope: str | None = None
    error: str | None = None
    error_description: str | None = None


def bearer_challenge(headers: Mapping[str, str]) -> Challenge | None:
    """The Bearer or DPoP challenge of a response, or None when it makes none.

    Of several, one that names resource metadata, and Bearer before DPoP. Header names are
    lower case; repeated fields are joined by commas.
    """
    found = [
        Challenge(
            scheme,
            resource_metadata=parameters.get("resource_metadata") or None,
            scope=parameters.get("scope") or None,
            error=parameters.get("error") or None,
            error_description=parameters.get("error_description") or None,
        )
        for scheme, parameters in challenges(headers.get("www-authenticate", ""))
        if scheme in {"bearer", "dpop"}
    ]
    return max(
        found,
        key=lambda one: (one.resource_metadata is not None, one.scheme == "bearer"),
        default=None,
    )


def challenges(field: str) -> list[tuple[str, dict[str, str]]]:
    """All challenges of one field value: scheme and parameters, names in lower case.

    A parameter that comes twice keeps its first value.
    """
    found: list[tuple[str, dict[str, str]]] = []
    position = 0
    while position < len(field):
        if match := _SEPARATOR.match(field, position):
            pass
        elif found and (match := _PARAMETER.match(field, position)):
            name, quoted, bare = match.groups()
            value = bare if quoted is None else _ESCAPED.sub(r"\1", quoted)
            found[-1][1].setdefault(name.lower(), value)
        elif match := _SCHEME.match(field, position):
            found.append((match[1].lower(), {}))
        position = match.end() if match else position + 1
    return found
