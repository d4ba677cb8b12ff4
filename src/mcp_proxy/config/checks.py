"""What single values must be, and which values must agree.

`key` is always the path or the option that a complaint names. No complaint quotes a
value that may be secret.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, get_args

from mcp_proxy.errors import ConfigError
from mcp_proxy.policy.model import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mcp_proxy.config.model import Auth, Grant, Network, SecretRef
    from mcp_proxy.policy.model import ResourceScope


def plain_text(text: str, key: str) -> str:
    """`text` without the blanks around it.

    Raises:
        ConfigError: nothing is left, or there is a control character in it.
    """
    text = text.strip()
    if not text:
        raise ConfigError(f"{key} is empty", key=key)
    if not text.isprintable():
        raise ConfigError(f"{key} holds a line break or a control character", key=key)
    return text


def profile_name(name: str, key: str) -> str:
    """A name that can stand on a command line, never taken for an option or a URL."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}", name):
        raise ConfigError(
            f"{key} is not a good profile name",
            key=key,
            hint="Use up to 64 letters, digits, dots, hyphens and underscores",
        )
    return name


def label(text: str, key: str) -> str:
    """One short word, which sentences hold and programs compare."""
    text = plain_text(text, key)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}", text):
        raise ConfigError(
            f"{key} must be one word of up to 32 letters, digits, dots and hyphens", key=key
        )
    return text


def is_path(preset: str) -> bool:
    """Whether a preset is meant as a file of one's own."""
    return re.search(r"[/\\]", preset) is not None or preset.endswith(".toml")


def scope(text: str, key: str) -> str:
    """Scopes with one blank between them (RFC 6749 §3.3)."""
    words = plain_text(text, key).split()
    if not all(re.fullmatch(r"[\x21\x23-\x5b\x5d-\x7e]+", word) for word in words):
        raise ConfigError(f"{key} must be scopes separated by blanks", key=key)
    return " ".join(words)


def seconds(value: float, key: str) -> float:
    """A duration that can end: more than 0, and finite."""
    if not (math.isfinite(value) and value > 0):
        raise ConfigError(f"{key} must be a number of seconds above 0", key=key)
    return float(value)


def count(value: int, key: str) -> int:
    """A whole number above 0."""
    if value < 1:
        raise ConfigError(f"{key} must be a whole number above 0", key=key)
    return value


def user_agent(text: str, key: str) -> str:
    """Products and comments, as a header can carry them (RFC 9110 §10.1.5)."""
    text = plain_text(text, key)
    if not re.fullmatch(r"[\x20-\x7e]{1,256}", text):
        raise ConfigError(f"{key} must be up to 256 characters of plain ASCII", key=key)
    return text


def resources(scopes: tuple[ResourceScope, ...], key: str) -> tuple[ResourceScope, ...]:
    """What a profile grants itself, once it holds together.

    Raises:
        ConfigError: one is there twice, lies within none of the others or within itself,
            or exceeds what holds it (systems.md §4.4: a child never exceeds its parent).
    """
    levels: tuple[Level, ...] = get_args(Level)
    known: dict[str, ResourceScope] = {}
    for place, scope in enumerate(scopes, start=1):
        here = f"{key}[{place}]"
        if scope.id in known:
            raise ConfigError(f"{here}.id is there twice: {scope.id!a}", key=f"{here}.id")
        if scope.within is not None:
            holder = known.get(scope.within)
            if holder is None:
                raise ConfigError(
                    f"{here}.within names none of the resources before it", key=f"{here}.within"
                )
            if levels.index(scope.level) > levels.index(holder.level):
                raise ConfigError(
                    f"{here}.level exceeds that of the {holder.kind} which holds it:"
                    f" {scope.level} within {holder.level}",
                    key=f"{here}.level",
                )
        known[scope.id] = scope
    return scopes


def patterns(texts: Iterable[str], key: str) -> tuple[str, ...]:
    """Globs for tool names.

    Raises:
        ConfigError: one of them is not a glob; it is quoted.
    """
    # Here, not above: the rules of permission know what a glob is, and settings
    # without patterns need not wait for them.
    from mcp_proxy.policy.glob import check_pattern  # noqa: PLC0415

    found = tuple(text.strip() for text in texts)
    for pattern in found:
        complaint = check_pattern(pattern)
        if complaint:
            raise ConfigError(f"{key}: {complaint}", key=key)
    return found


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was probably meant to be."""
    # Costs more than all the rest of this file, and only mistakes need it.
    from difflib import get_close_matches  # noqa: PLC0415

    folded = {word.lower().replace("-", "_"): word for word in known}
    found = get_close_matches(name.lower().replace("-", "_"), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def usual_grant(token: SecretRef | None, headers: Iterable[str]) -> Grant:
    """The grant where none is named: what the given credentials are good for.

    Args:
        token: a static token.
        headers: the names of the extra headers.
    """
    if token is not None:
        return "bearer"
    return "none" if has_authorization(headers) else "authorization-code"


def has_authorization(headers: Iterable[str]) -> bool:
    """Whether one of the header names is `Authorization`."""
    return any(name.lower() == "authorization" for name in headers)


def agreement(auth: Auth, network: Network, named: Callable[[str], str]) -> None:
    """Refuse settings of one profile that contradict each other.

    Args:
        auth: how the profile signs in.
        network: how it reaches its gateway.
        named: what a complaint calls a setting, from its path in the profile, as
            `auth.client_id`.

    Raises:
        ConfigError: a credential is missing its other half, or has no use.
    """
    _agreed_client(auth, named)
    _agreed_agent(network, named)
    for name, reason in _needed(auth):
        raise _missing(named(f"auth.{name}"), reason)
    for name in unread(auth.grant):
        if getattr(auth, name) is not None:
            key = named(f"auth.{name}")
            raise ConfigError(f"{key} has no use with grant {auth.grant}", key=key)
    if auth.grant != "none" and has_authorization(network.headers):
        key = named("network.headers.Authorization")
        raise ConfigError(
            f"{key} is what grant {auth.grant} fills in itself",
            key=key,
            hint='Use grant = "bearer" with a token, or grant = "none" with your own header',
        )


def _agreed_agent(network: Network, named: Callable[[str], str]) -> None:
    written = [name for name in network.headers if name.lower() == "user-agent"]
    if network.user_agent is not None and written:
        key = named(f"network.headers.{written[0]}")
        raise ConfigError(f"{key} and {named('network.user_agent')} say the same twice", key=key)


def unread(grant: Grant) -> tuple[str, ...]:
    """The settings of `auth` that a grant never reads."""
    return tuple(name for name, grants in _READERS.items() if grant not in grants)


def _agreed_client(auth: Auth, named: Callable[[str], str]) -> None:
    if auth.client_id is None and auth.client_secret is not None:
        raise _missing(named("auth.client_id"), "a client secret belongs to a client")
    has_client = auth.client_id is not None or auth.client_metadata_url is not None
    if auth.client_key is not None and not has_client:
        raise _missing(named("auth.client_id"), "a client key belongs to a client")
    if auth.token_endpoint_auth_method is not None and auth.client_secret is None:
        raise _missing(named("auth.client_secret"), "the token endpoint method sends it")
    if auth.client_key is not None and auth.client_secret is not None:
        key = named("auth.client_key")
        raise ConfigError(f"{key} and a client secret are two proofs; one is enough", key=key)


def _needed(auth: Auth) -> Iterator[tuple[str, str]]:
    """What a grant cannot do without and `auth` lacks, each with the reason."""
    grant = auth.grant
    if grant == "bearer" and auth.token is None:
        yield "token", "grant bearer sends a token"
    if auth.is_unattended and auth.client_id is None and auth.client_metadata_url is None:
        yield "client_id", f"grant {grant} is for a client that is registered"
    if grant == "client-credentials" and auth.client_secret is None and auth.client_key is None:
        yield "client_secret", f"grant {grant} needs it, or auth.client_key"
    if grant == "jwt-bearer" and auth.assertion is None and auth.identity_provider is None:
        yield "assertion", f"grant {grant} needs it, or auth.identity_provider"
    endpoints = auth.endpoints
    if grant == "authorization-code" and endpoints and endpoints.authorization_endpoint is None:
        yield "endpoints.authorization_endpoint", f"grant {grant} begins there"


def _missing(key: str, reason: str) -> ConfigError:
    return ConfigError(f"{key} is missing: {reason}", key=key)


_CLIENTS = frozenset({"authorization-code", "device-code", "client-credentials", "jwt-bearer"})

_READERS: dict[str, frozenset[str]] = {
    "client_id": _CLIENTS,
    "client_secret": _CLIENTS,
    "client_key": _CLIENTS,
    "token_endpoint_auth_method": _CLIENTS,
    "client_metadata_url": _CLIENTS,
    "redirect_uri": frozenset({"authorization-code"}),
    "scope": _CLIENTS,
    "resource": _CLIENTS,
    "endpoints": _CLIENTS,
    "token": frozenset({"bearer"}),
    "token_expires_at": frozenset({"bearer"}),
    "assertion": frozenset({"jwt-bearer"}),
    "identity_provider": frozenset({"jwt-bearer"}),
}
"""Which grants read a setting."""
