"""Where credentials stand: who is signed in, until when, and what was last seen.

Nothing here asks the network, and nothing decides anything: `status` shows it.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from mcp_proxy.catalog.store import CatalogStore
from mcp_proxy.config.model import Profile
from mcp_proxy.config.rulebook import informed_policy_of, policy_of
from mcp_proxy.errors import StoreError
from mcp_proxy.login.attempts import attempts_of
from mcp_proxy.login.attention import ending, unused
from mcp_proxy.login.keys import catalog_key, static_key
from mcp_proxy.oauth.model import GIVEN
from mcp_proxy.policy.classes import known as classes_known
from mcp_proxy.policy.decide import decide
from mcp_proxy.tokens.store import GrantStore
from mcp_proxy.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mcp_proxy.catalog.model import Snapshot
    from mcp_proxy.config.paths import Paths
    from mcp_proxy.oauth.model import Grant
    from mcp_proxy.tokens.cachekey import CacheKey


@dataclass(frozen=True, slots=True)
class Standing:
    """What `status` tells about one credential; times are epoch seconds."""

    profile: str
    """The profile's name; the gateway's address where no profile of the file uses it."""
    gateway: str
    account: str
    kind: str
    """How it signs in: the profile's grant."""
    signed_in: bool
    issuer: str | None = None
    client_id: str | None = None
    scope: str | None = None
    """What was granted."""
    signed_in_at: float | None = None
    expires_at: float | None = None
    renewable: bool = False
    last_used_at: float | None = None
    """To an hour, while a process goes on."""
    last_error: str | None = None
    last_error_at: float | None = None
    attention: tuple[str, ...] = ()
    """What a person should do something about."""
    problem: str | None = None
    """Why the grant cannot be read."""
    token_from: str | None = None
    """Where a configured token lies, as its reference."""
    vault_key: str | None = None
    """Where the key of the vault lies that keeps the grant, in words."""
    snapshot_taken_at: float | None = None
    tools_listed: int | None = None
    tools_surfaced: int | None = None
    surfaced_by_class: Mapping[str, int] = field(default_factory=dict)
    """How many of them may read, write and so on; one may do several things."""
    environment: str | None = None


def last_snapshot(profile: Profile, home: Paths) -> Snapshot | None:
    """What this profile last saw of its gateway.

    Raises:
        StoreError: the file is damaged; it was set aside.
    """
    catalogs, key = CatalogStore(home.catalogs), catalog_key(profile, home)
    return catalogs.last_seen(key, profile.url, profile.account)


def standing(profile: Profile, home: Paths, now: Callable[[], float] = time.time) -> Standing:
    """Where `profile` stands.

    Raises:
        StoreError: the vault or the catalog cannot be read.
    """
    store = GrantStore(home.vault, now)
    found = store.find(profile.url, profile.account, profile.auth.client_id)
    if found is None:
        return _known(profile, home, store, now(), static_key(profile), None)
    return _known(profile, home, store, now(), *found)


def standings(
    profiles: Iterable[Profile], home: Paths, now: Callable[[], float] = time.time
) -> list[Standing]:
    """Where every profile stands, and every grant that is used without one.

    What cannot be read is told in its `problem`, and keeps nothing else from being told.
    """
    store = GrantStore(home.vault, now)
    found, used = [], set()
    for profile in profiles:
        try:
            used.add(store.key_of(profile.url, profile.account, profile.auth.client_id))
            found.append(standing(profile, home, now))
        except StoreError as error:
            found.append(_unreadable(profile, error))
    for key, grant in store.all():
        if key not in used:
            name = key.gateway.partition("?")[0]
            alone = Profile(name, key.gateway, account=key.account)
            found.append(
                _unreadable(alone, grant)
                if isinstance(grant, StoreError)
                else _known(alone, home, store, now(), key, grant)
            )
    return found


def _unreadable(profile: Profile, error: StoreError) -> Standing:
    problem = f"{error}. {error.hint}" if error.hint else str(error)
    return Standing(
        profile=profile.name,
        gateway=profile.url,
        account=profile.account,
        kind=profile.auth.grant,
        signed_in=False,
        problem=problem,
    )


def _known(
    profile: Profile, home: Paths, store: GrantStore, now: float, key: CacheKey, grant: Grant | None
) -> Standing:
    usage = store.usage_note(key).read()
    ends_at = profile.auth.token_expires_at
    known = Standing(
        profile=profile.name,
        gateway=profile.url,
        account=profile.account,
        kind=profile.auth.grant,
        signed_in=grant is not None or profile.auth.grant == "bearer",
        client_id=profile.auth.client_id,
        expires_at=ends_at,
        last_used_at=usage.last_used_at,
        last_error=usage.last_error,
        last_error_at=usage.last_error_at,
        token_from=None if profile.auth.token is None else str(profile.auth.token),
        vault_key=store.vault_key_place() if profile.auth.signs_in else None,
        environment=profile.environment,
    )
    if grant is not None:
        known = _with_grant(known, grant)
        ends_at = grant.tokens.expires_at if grant.grant_type == GIVEN else None
    failed = attempts_of(profile, home).last()
    if failed is not None and failed[0] >= (known.last_error_at or 0.0):
        known = replace(known, last_error_at=failed[0], last_error=failed[1])
    sentences = ending(ends_at, now), unused(known.last_used_at, now)
    known = replace(known, attention=tuple(filter(None, sentences)))
    snapshot = last_snapshot(profile, home)
    return known if snapshot is None else _with_tools(known, snapshot, profile)


def _with_tools(known: Standing, snapshot: Snapshot, profile: Profile) -> Standing:
    policy, informed = policy_of(profile), informed_policy_of(profile)
    tools = [tool for tool in snapshot.tools if decide(policy, tool.name, tool).allowed]
    classes = Counter(
        name for tool in tools for name in classes_known(informed, tool.name, tool).classes
    )
    return replace(
        known,
        snapshot_taken_at=snapshot.taken_at,
        tools_listed=len(snapshot.tools),
        tools_surfaced=len(tools),
        surfaced_by_class=dict(classes.most_common()),
    )


def _with_grant(known: Standing, grant: Grant) -> Standing:
    tokens = grant.tokens
    # New tokens are only asked for by a use.
    used_at = max(known.last_used_at or 0.0, tokens.issued_at, grant.signed_in_at)
    return replace(
        known,
        issuer=grant.issuer or None,
        client_id=grant.client.client_id or None,
        scope=tokens.scope,
        signed_in_at=grant.signed_in_at,
        expires_at=tokens.expires_at,
        renewable=grant.is_renewable,
        last_used_at=used_at or None,
    )
