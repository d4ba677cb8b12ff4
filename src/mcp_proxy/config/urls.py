"""The URLs of a profile: which ones are accepted, and why the others are not.

Written out instead of `urllib.parse.urlsplit`, which drops line breaks and lets
nearly everything pass. The grammar is RFC 3986's; an accepted URL is sent as given.
"""

from __future__ import annotations

import re

from mcp_proxy.errors import ConfigError

_URL = r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^#]*)(#.*)?"
_AUTHORITY = r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\.?)(?::([0-9]{1,5}))?"
_NEVER_IN_A_URL = r"[^\x21-\x7e]|[\"<>\\^`{|}]"
_LOOPBACK = r"localhost|127(\.[0-9]{1,3}){3}|\[::1\]"


def gateway_url(text: str, key: str, *, allow_http: bool) -> str:
    """The address of a gateway, scheme and host in lower case (RFC 3986 §6.2.2.1).

    Path and query stay as given: a trailing slash tells two endpoints apart.

    Raises:
        ConfigError: it is no web address, has a password or a fragment, or is plain
            http to another machine without `allow_http`.
    """
    scheme, authority, rest = _parts(text, key)
    _refuse_plain_http(scheme, authority, key, allow_http=allow_http)
    return f"{scheme}://{authority}{rest}"


def endpoint_url(text: str, key: str, *, allow_http: bool) -> str:
    """An address at an authorization server, as given; same rules as `gateway_url`."""
    scheme, authority, _ = _parts(text, key)
    _refuse_plain_http(scheme, authority, key, allow_http=allow_http)
    return text.strip()


def redirect_uri(text: str, key: str) -> str:
    """A redirect URI, as given: servers compare it byte for byte (RFC 6749 §3.1.2).

    Raises:
        ConfigError: it is neither https nor http on loopback (RFC 8252 §7.3).
    """
    scheme, authority, _ = _parts(text, key)
    if scheme == "http" and not is_loopback(authority):
        raise ConfigError(
            f"{key} sends the authorization code over plain http to {authority}",
            key=key,
            hint="Use loopback, as http://localhost:6545/oauth/callback, or https",
        )
    return text.strip()


def metadata_url(text: str, key: str) -> str:
    """A client metadata document's URL: https with a path (CIMD draft §3)."""
    scheme, _, rest = _parts(text, key)
    if scheme != "https" or not re.match(r"/[^?]", rest):
        raise ConfigError(f"{key} must be an https URL with a path", key=key)
    return text.strip()


def resource_uri(text: str, key: str) -> str:
    """A resource indicator: an absolute URI without fragment (RFC 8707 §2)."""
    text = text.strip()
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21\x22\x24-\x7e]+", text):
        raise ConfigError(f"{key} must be an absolute URI without a fragment (#…)", key=key)
    return text


def is_loopback(authority: str) -> bool:
    """Whether `authority`, as `localhost:6545`, can only be this machine."""
    return re.fullmatch(f"({_LOOPBACK})(:[0-9]+)?", authority, re.IGNORECASE) is not None


def _parts(text: str, key: str) -> tuple[str, str, str]:
    """Scheme and authority in lower case, and the rest as given."""
    found = re.fullmatch(_URL, text.strip(), re.DOTALL)
    if not found:
        raise ConfigError(f"{key} is not a URL", key=key, hint=_LIKE_THIS)
    scheme, authority, rest, fragment = found[1].lower(), found[2].lower(), found[3], found[4]
    if scheme not in {"https", "http"}:
        raise ConfigError(f"{key} must be a web address (https), not {scheme}", key=key)
    # Before anything is quoted from it: this part may hold a password.
    if "@" in authority:
        raise ConfigError(f"{key} must not carry a user name or password", key=key)
    if fragment:
        raise ConfigError(f"{key} has a fragment (#…), which is never sent", key=key)
    if re.search(_NEVER_IN_A_URL, authority + rest):
        raise ConfigError(
            f"{key} has a character that no URL has: a blank, a bracket or one beyond ASCII",
            key=key,
            hint="Replace placeholders; write other alphabets as xn--… in the host, %XX elsewhere",
        )
    _check_authority(authority, key)
    return scheme, authority, rest


_LIKE_THIS = "Write the whole address, as https://gateway.example/mcp"


def _check_authority(authority: str, key: str) -> None:
    found = re.fullmatch(_AUTHORITY, authority)
    if not found:
        raise ConfigError(f"{key} has no proper host name", key=key, hint=_LIKE_THIS)
    if found[2] and int(found[2]) > 65535:  # noqa: PLR2004 - the last port there is
        raise ConfigError(f"{key} has a port above 65535", key=key)


def _refuse_plain_http(scheme: str, authority: str, key: str, *, allow_http: bool) -> None:
    if scheme == "http" and not allow_http and not is_loopback(authority):
        raise ConfigError(
            f"{key} is plain http to {authority}: whoever is on the way can read the tokens",
            key=key,
            hint="Use https, or accept the risk with network.allow_http = true or --allow-http",
        )
