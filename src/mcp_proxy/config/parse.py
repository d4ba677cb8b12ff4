"""From the text of a settings file to checked profiles.

The keys of a table are the fields of its class in `config.model`. A complaint names
the key path, and its hint the file; the first one ends the reading.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, get_args

from mcp_proxy.config import checks, urls
from mcp_proxy.config.headers import header
from mcp_proxy.config.model import (
    Auth,
    Config,
    Endpoints,
    Grant,
    IdentityProvider,
    Network,
    Profile,
    SecretMethod,
)
from mcp_proxy.config.secret import reference
from mcp_proxy.config.table import Table
from mcp_proxy.errors import ConfigError
from mcp_proxy.policy.model import Class, Level, Pins, Policy, ResourceScope
from mcp_proxy.values import fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.config.model import SecretRef


def _keys(
    values: type[Auth | Endpoints | IdentityProvider | Network | Policy | Profile | ResourceScope],
) -> tuple[str, ...]:
    """A profile's name is no key: it stands in the table's own name."""
    return tuple(field.name for field in fields(values) if field.name != "name")


KEYS: Mapping[str, tuple[str, ...]] = {
    "": ("default_profile", "profiles"),
    # Before those that share its keys: a key at the wrong place belongs to the later table.
    "profiles.NAME.auth.identity_provider": _keys(IdentityProvider),
    "profiles.NAME": _keys(Profile),
    "profiles.NAME.auth": _keys(Auth),
    "profiles.NAME.auth.endpoints": _keys(Endpoints),
    # Those two are the profile's, and stand in a policy for whoever decides.
    "profiles.NAME.permissions": tuple(
        name for name in _keys(Policy) if name not in {"environment", "preset"}
    ),
    "profiles.NAME.permissions.resource": _keys(ResourceScope),
    "profiles.NAME.network": _keys(Network),
}
"""All keys there are, by the path of their table; `NAME` is any profile's name."""


def parse_config(text: str, *, where: str) -> Config:
    """Read and check a whole settings file.

    Args:
        text: the file's text.
        where: what a person calls the file, for the hint.

    Raises:
        ConfigError: with the path of the first key that is wrong.
    """
    try:
        return _config(_checked(Table("", _toml(text)), ""))
    except ConfigError as error:
        error.hint = f"{error.hint} (in {where})" if error.hint else f"Edit {where}"
        raise


def _toml(text: str) -> dict[str, object]:
    # 3 ms that `serve URL` need not spend.
    import tomllib  # noqa: PLC0415

    try:
        return tomllib.loads(text)
    # RecursionError: lists within lists, by the thousand. ValueError: also numbers
    # of more than 4,300 digits, which are no TOMLDecodeError.
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"The file is not valid TOML: {error}") from error


def _checked(table: Table, place: str) -> Table:
    """`table`, once all its keys are known; `place` is its path in `KEYS`."""
    path = re.sub(r"\[[0-9]+\]\Z", "", table.path)
    profile = path.removesuffix(place.removeprefix("profiles.NAME")) or "profiles.NAME"
    homes = {
        key: f"in [{path.replace('profiles.NAME', profile)}]" if path else "at the top of the file"
        for path, keys in KEYS.items()
        if path != place
        for key in keys
    }
    table.refuse_unknown(KEYS[place], homes)
    return table


def _config(top: Table) -> Config:
    profiles = top.section("profiles")
    found = {name: _profile(name, profiles.section(name)) for name in profiles.content}
    default = top.text("default_profile")
    if default is not None and default not in found:
        near = checks.nearest(default, found)
        advice = f"; did you mean {near}?" if near else ""
        message = f"default_profile names no profile of this file{advice}"
        raise ConfigError(message, key="default_profile")
    return Config(found, default)


def _profile(name: str, table: Table) -> Profile:
    checks.profile_name(name, table.path)
    _checked(table, "profiles.NAME")
    network = _network(_checked(table.section("network"), "profiles.NAME.network"))
    auth = _auth(_checked(table.section("auth"), "profiles.NAME.auth"), network)
    checks.agreement(auth, network, lambda path: f"{table.path}.{path}")
    return Profile(
        name=name,
        url=urls.gateway_url(table.needed("url"), table.key("url"), allow_http=network.allow_http),
        account=table.text("account") or name,
        preset=table.text("preset"),
        environment=table.judged("environment", checks.label),
        contact=table.text("contact"),
        auth=auth,
        permissions=_policy(_checked(table.section("permissions"), "profiles.NAME.permissions")),
        network=network,
    )


def _auth(table: Table, network: Network) -> Auth:
    usual = Auth()
    token = table.judged("token", reference)
    return Auth(
        grant=table.word("grant", get_args(Grant)) or checks.usual_grant(token, network.headers),
        client_id=table.text("client_id"),
        client_secret=table.judged("client_secret", reference),
        client_key=table.judged("client_key", reference),
        token_endpoint_auth_method=table.word("token_endpoint_auth_method", get_args(SecretMethod)),
        client_metadata_url=table.judged("client_metadata_url", urls.metadata_url),
        redirect_uri=table.judged("redirect_uri", urls.redirect_uri),
        scope=table.judged("scope", checks.scope),
        resource=table.judged("resource", urls.resource_uri),
        token=token,
        token_expires_at=table.day("token_expires_at"),
        assertion=table.judged("assertion", reference),
        identity_provider=_identity_provider(
            table.table("identity_provider"), allow_http=network.allow_http
        ),
        endpoints=_endpoints(table.table("endpoints"), allow_http=network.allow_http),
        browser=table.flag("browser", default=usual.browser),
        login_timeout_seconds=table.seconds(
            "login_timeout_seconds", default=usual.login_timeout_seconds
        ),
    )


def _endpoints(table: Table | None, *, allow_http: bool) -> Endpoints | None:
    if table is None:
        return None
    _checked(table, "profiles.NAME.auth.endpoints")
    judge = partial(urls.endpoint_url, allow_http=allow_http)
    return Endpoints(
        authorization_endpoint=table.judged("authorization_endpoint", judge),
        token_endpoint=judge(table.needed("token_endpoint"), table.key("token_endpoint")),
        issuer=table.judged("issuer", judge),
        registration_endpoint=table.judged("registration_endpoint", judge),
        revocation_endpoint=table.judged("revocation_endpoint", judge),
        device_authorization_endpoint=table.judged("device_authorization_endpoint", judge),
    )


def _identity_provider(table: Table | None, *, allow_http: bool) -> IdentityProvider | None:
    if table is None:
        return None
    _checked(table, "profiles.NAME.auth.identity_provider")
    endpoint, key = table.needed("token_endpoint"), table.key("token_endpoint")
    return IdentityProvider(
        token_endpoint=urls.endpoint_url(endpoint, key, allow_http=allow_http),
        client_id=table.needed("client_id"),
        id_token=reference(table.needed("id_token"), table.key("id_token")),
        client_secret=table.judged("client_secret", reference),
    )


def _policy(table: Table) -> Policy:
    usual = Policy()
    allow = table.texts("allow")
    if allow == ():
        raise ConfigError(
            f"{table.key('allow')} is empty, so that no tool could ever be used",
            key=table.key("allow"),
            hint="Name patterns of tools, or remove the key to allow what is not denied",
        )
    classes, strict = table.words("classes", get_args(Class)), table.flag("strict", default=False)
    if strict and "unknown" in (classes or ()):
        key = table.key("strict")
        raise ConfigError(f"{key} refuses the class unknown, which classes permits", key=key)
    return Policy(
        allow=None if allow is None else checks.patterns(allow, table.key("allow")),
        deny=checks.patterns(table.texts("deny") or (), table.key("deny")),
        read_only=table.flag("read_only", default=usual.read_only),
        classes=classes,
        strict=strict,
        trust_annotations=table.flag("trust_annotations", default=usual.trust_annotations),
        execute=table.flag("execute", default=usual.execute),
        pins=table.word("pins", get_args(Pins)) or usual.pins,
        resource=_resources(table),
        without_resource=table.word("without_resource", get_args(Level)) or usual.without_resource,
    )


def _resources(table: Table) -> tuple[ResourceScope, ...]:
    found = []
    for each in table.tables("resource"):
        _checked(each, "profiles.NAME.permissions.resource")
        level = each.word("level", get_args(Level))
        if level is None:
            raise ConfigError(f"{each.key('level')} is missing", key=each.key("level"))
        found.append(
            ResourceScope(each.needed("kind"), each.needed("id"), level, each.text("within"))
        )
    return checks.resources(tuple(found), table.key("resource"))


def _network(table: Table) -> Network:
    usual = Network()
    return Network(
        headers=_headers(table.section("headers")),
        allow_http=table.flag("allow_http", default=usual.allow_http),
        ca_bundle=table.text("ca_bundle"),
        connect_timeout_seconds=table.seconds(
            "connect_timeout_seconds", default=usual.connect_timeout_seconds
        ),
        call_timeout_seconds=table.seconds(
            "call_timeout_seconds", default=usual.call_timeout_seconds
        ),
        user_agent=table.judged("user_agent", checks.user_agent),
        max_answer_bytes=table.count("max_answer_bytes"),
    )


def _headers(table: Table) -> dict[str, SecretRef | str]:
    found: dict[str, SecretRef | str] = {}
    for name in table.content:
        key = table.key(name)
        if name.lower() in {other.lower() for other in found}:
            raise ConfigError(f"{key} is there twice, in another spelling", key=key)
        found[name] = header(name, table.needed(name), key)
    return found
