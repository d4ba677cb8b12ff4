"""Making text safe to show.

Secrets are kept out of messages where these are written; this is the second
fence, for text that others wrote: exceptions of libraries, traces, answers of a
server. It would rather hide a harmless word than show a harmful one. Pure.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK: Final = "***"

_NAME: Final = (
    "(?:access_token|refresh_token|id_token|subject_token|actor_token|registration_access_token"
    "|device_code|user_code|code_verifier|code|client_secret|client_assertion|assertion"
    "|password|token)"
)
"""Parameters of OAuth whose values are secret (RFC 6749, 7009, 7521, 7591, 7636, 8628, 8693)."""

_START: Final = rf"""((?<![\w-])(?P<mark>["']?){_NAME}(?P=mark)\s*[:=]\s*b?(?P<quote>["']))"""

_CHALLENGE: Final = r"(?:realm|scope|error|error_description|resource_metadata|charset)\s*="

_SHAPES: Final = (
    # Credentials in a header (RFC 9110 §11.4), but not the challenge of a server.
    rf"(\b(?:bearer|basic)(?:\s|%20|\+)+)(?!{_CHALLENGE})[\w.~+/=%-]{{6,}}",
    # JSON inside a JSON string: \"code\": \"...
    rf'(\\{{1,7}}"{_NAME}\\{{1,7}}"\s*:\s*\\{{1,7}}")(?:(?!\\{{1,7}}").)*',
    # JSON, and what Python prints: "code": "...  code='...  The end may be cut off.
    _START + r"(?:\\.|(?!(?P=quote))[^\\])*",
    # Forms and queries, also one within another: code=...  code%3D...
    rf"""((?:(?<![\w-])|(?<=%\w\w)){_NAME}(?:=|%3D))[^&\s"'<>\\]+""",
    # The person in a URL (RFC 3986 §3.2.1).
    r"(://)[^/\s?#\"'@]+(?=@)",
    # A signed token, wherever it stands (RFC 7515 §3.1).
    r"(\b)eyJ[\w-]+\.[\w-]+(?:\.[\w-]*)*",
)
_SECRETS: Final = tuple(re.compile(shape, re.IGNORECASE | re.DOTALL) for shape in _SHAPES)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` with `***` for the values of OAuth's secret parameters and for `secrets`.

    Known secrets are found in their percent-encoded and JSON spellings as well.
    """
    spellings = {spelling for secret in secrets if secret for spelling in _spellings(secret)}
    # The longest first: a secret may begin with another one.
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, MASK)
    for shape in _SECRETS:
        text = shape.sub(rf"\1{MASK}", text)
    return text


def _spellings(secret: str) -> tuple[str, ...]:
    octets = secret.encode("utf-8", "surrogatepass")
    quoted = (json.dumps(secret), json.dumps(secret, ensure_ascii=False), repr(secret))
    return (
        secret,
        quote(octets),
        quote(octets, safe=""),
        quote_plus(octets),
        *(text[1:-1] for text in quoted),
    )


def origin(url: str) -> str:
    """Scheme, host and port of `url`, for messages: no person, path or query in it."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not host.isprintable():
        return "an address that is no URL"
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + ("" if port is None else f":{port}")
