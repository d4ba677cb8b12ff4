"""The profile that a command line means: one of the file or a bare URL, and its options.

Pure: header files come in as they were read. A complaint names the option.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from mcp_proxy.config import checks, urls
from mcp_proxy.config.headers import has_header, header, header_line, with_headers
from mcp_proxy.config.model import Auth, Grant, Profile
from mcp_proxy.config.secret import find_reference, reference
from mcp_proxy.errors import ConfigError
from mcp_proxy.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mcp_proxy.config.model import Config, Overrides, SecretRef
    from mcp_proxy.policy.model import Policy

Judged = TypeVar("Judged")
Typed = TypeVar("Typed")


def is_url(target: str) -> bool:
    """Whether `target` can only be meant as a URL: no profile's name has this in it."""
    return "://" in target


def profile_from_url(
    url: str, options: Overrides, filed: Mapping[str, str], profiles: Iterable[Profile] = ()
) -> Profile:
    """The profile of a gateway that is named by its address.

    Args:
        url: the gateway's address.
        options: what the command line says.
        filed: the headers of its header files.
        profiles: those of a settings file that the command line names as well; the one
            with this address is meant.

    Raises:
        ConfigError: the URL or an option is wrong, or several profiles are meant.
    """
    url = urls.gateway_url(url, "The URL", allow_http=options.allow_http)
    found = [profile for profile in profiles if profile.url == url]
    if len(found) > 1:
        names = ", ".join(profile.name for profile in found)
        raise ConfigError(f"Which profile is meant? This address is that of {names}")
    # The name is shown and logged, and a query may hold a key.
    usual = Profile(name=url.partition("?")[0], url=url)
    return overlaid(found[0] if found else usual, options, filed)


def chosen_profile(config: Config, name: str | None) -> Profile:
    """The profile called `name`; without a name the default one, or the only one.

    Raises:
        ConfigError: there is no such profile, or more than one to choose from.
    """
    profiles = config.profiles
    if name is None:
        name = config.default_profile or (next(iter(profiles)) if len(profiles) == 1 else None)
    if name is None:
        raise _nothing_chosen(profiles)
    if name not in profiles:
        raise _no_such_profile(name, profiles)
    return profiles[name]


def _nothing_chosen(profiles: Mapping[str, Profile]) -> ConfigError:
    if not profiles:
        return ConfigError("Neither a profile nor a URL is given", hint=_BEGIN)
    return ConfigError(
        f"Which profile is meant? There are {', '.join(profiles)}",
        hint="Name one, or set default_profile in the settings file",
    )


def _no_such_profile(name: str, profiles: Mapping[str, Profile]) -> ConfigError:
    near = checks.nearest(name, profiles)
    if near:
        return ConfigError(f"There is no profile {name!a}; did you mean {near}?")
    if re.search(r"[./:]", name):
        hint: str | None = "If this is a gateway's address, write all of it, https:// included"
    else:
        hint = f"There are: {', '.join(profiles)}" if profiles else _BEGIN
    return ConfigError(f"There is no profile {name!a}", hint=hint)


_BEGIN = "Give the gateway's URL, or write a settings file: mcp-permit config init"


def overlaid(profile: Profile, options: Overrides, filed: Mapping[str, str]) -> Profile:
    """`profile` with everything that the command line says otherwise.

    An allow list of the command line takes the place of the profile's; denials are
    added, and nothing on a command line ends `read_only`. A credential on the command
    line takes the place of the profile's whole way of signing in.

    Raises:
        ConfigError: an option is wrong, or contradicts another or the profile.
    """
    headers = with_headers(filed, _typed_headers(options))
    network = replace(
        profile.network,
        headers=with_headers(profile.network.headers, headers),
        allow_http=profile.network.allow_http or options.allow_http,
        # Whoever types this header means it instead.
        user_agent=None if has_header(headers, "user-agent") else profile.network.user_agent,
    )
    auth = _auth(profile.auth, options, headers)
    checks.agreement(auth, network, _option)
    return replace(
        profile,
        auth=auth,
        network=network,
        permissions=_policy(profile.permissions, options),
        preset=_given(options.preset, "--preset", checks.plain_text, profile.preset),
        environment=_environment(profile, options),
    )


def _environment(profile: Profile, options: Overrides) -> str | None:
    found = _given(options.environment, "--environment", checks.label, profile.environment)
    if profile.environment not in {None, found}:
        raise ConfigError(
            f"--environment {found} contradicts the profile, which is {profile.environment}",
            key="--environment",
            hint="An environment decides what may be used: give each one a profile of its own",
        )
    return found


def _option(path: str) -> str:
    """The option that sets `path` of a profile, as `auth.client_id`."""
    if path.startswith("network.headers"):
        return "--header " + path.rpartition(".")[2]
    return "--" + path.rpartition(".")[2].replace("_", "-")


def _auth(auth: Auth, options: Overrides, headers: Mapping[str, object]) -> Auth:
    token = _given(options.token, "--token", reference, None)
    grant = _given(options.grant, "--grant", _grant, None)
    if grant is not None and grant != auth.grant:
        # What the profile says for its own grant means nothing to this one.
        unread: dict[str, Any] = dict.fromkeys(checks.unread(grant))
        auth = replace(auth, grant=grant, **unread)
    if token is not None or checks.has_authorization(headers):
        auth = Auth(
            grant=grant or checks.usual_grant(token, headers),
            token=token,
            browser=auth.browser,
            login_timeout_seconds=auth.login_timeout_seconds,
        )
    if options.client_id is not None or options.client_key is not None:
        # The profile's secret belongs to the profile's client, and goes to no other.
        auth = replace(auth, client_secret=None, token_endpoint_auth_method=None)
    if options.client_id is not None or options.client_secret is not None:
        auth = replace(auth, client_key=None)
    return replace(
        auth,
        client_id=_given(options.client_id, "--client-id", checks.plain_text, auth.client_id),
        client_secret=_given(
            options.client_secret, "--client-secret", reference, auth.client_secret
        ),
        client_key=_given(options.client_key, "--client-key", _file_or_reference, auth.client_key),
        client_metadata_url=_given(
            options.client_metadata_url,
            "--client-metadata-url",
            urls.metadata_url,
            auth.client_metadata_url,
        ),
        redirect_uri=_given(
            options.redirect_uri, "--redirect-uri", urls.redirect_uri, auth.redirect_uri
        ),
        scope=_given(options.scope, "--scope", checks.scope, auth.scope),
        resource=_given(options.resource, "--resource", urls.resource_uri, auth.resource),
        browser=auth.browser if options.browser is None else options.browser,
        login_timeout_seconds=_given(
            options.login_timeout_seconds,
            "--login-timeout",
            checks.seconds,
            auth.login_timeout_seconds,
        ),
    )


def _grant(word: str, option: str) -> Grant:
    for grant in get_args(Grant):
        if grant == word:
            found: Grant = grant
            return found
    near = checks.nearest(word, get_args(Grant))
    advice = f"; did you mean {near}?" if near else ""
    raise ConfigError(f"{option} must be one of {', '.join(get_args(Grant))}{advice}", key=option)


def _file_or_reference(text: str, option: str) -> SecretRef:
    """A private key is nearly always a file, and its name can be typed as it is."""
    return reference(text if find_reference(text) else f"@{text}", option)


def _given(
    typed: Typed | None, option: str, judge: Callable[[Typed, str], Judged], otherwise: Judged
) -> Judged:
    """What `judge` makes of an option that was given, else the profile's own value."""
    return otherwise if typed is None else judge(typed, option)


def _policy(policy: Policy, options: Overrides) -> Policy:
    return replace(
        policy,
        allow=checks.patterns(options.allow, "--allow") if options.allow else policy.allow,
        deny=(*policy.deny, *checks.patterns(options.deny, "--deny")),
        read_only=policy.read_only or options.read_only,
    )


def _typed_headers(options: Overrides) -> dict[str, SecretRef | str]:
    found: dict[str, SecretRef | str] = {}
    for line in options.headers:
        name, value = header_line(line, "--header")
        found = with_headers(found, {name: header(name, value, f"--header {name}")})
    return found
