"""Where a profile stands: who is signed in, until when, and what was last seen.

Nothing here asks the network, and nothing decides anything: `status` shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mcp_proxy.catalog.store import CatalogStore
from mcp_proxy.policy.decide import decide
from mcp_proxy.tokens.cachekey import CacheKey
from mcp_proxy.tokens.store import GrantStore

if TYPE_CHECKING:
    from mcp_proxy.catalog.model import Snapshot
    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths
    from mcp_proxy.oauth.model import Grant


@dataclass(frozen=True, slots=True)
class Standing:
    """What `status` tells about one profile; times are epoch seconds."""

    profile: str
    gateway: str
    account: str
    kind: str
    """How it signs in: the profile's grant."""
    signed_in: bool
    issuer: str | None = None
    client_id: str | None = None
    scope: str | None = None
    signed_in_at: float | None = None
    expires_at: float | None = None
    renewable: bool = False
    vault_key: str | None = None
    """Where the key of the vault lies, in words."""
    snapshot_taken_at: float | None = None
    tools_listed: int | None = None
    tools_surfaced: int | None = None


def catalog_key(profile: Profile, home: Paths) -> str:
    """The name under which this profile's snapshot is kept.

    Needs no vault and no token: the pointer to the last sign-in is readable.
    """
    if profile.auth.grant == "authorization-code":
        found = GrantStore(home.vault).key_of(profile.url, profile.account, profile.auth.client_id)
        if found is not None:
            return found.digest
    return CacheKey(profile.url, "", profile.auth.grant, None, profile.account).digest


def last_snapshot(profile: Profile, home: Paths) -> Snapshot | None:
    """What this profile last saw of its gateway.

    Raises:
        StoreError: the file is damaged; it was set aside.
    """
    return CatalogStore(home.catalogs).read(catalog_key(profile, home))


def standing(profile: Profile, home: Paths) -> Standing:
    """Where `profile` stands.

    Raises:
        StoreError: the vault or the catalog cannot be read.
    """
    store = GrantStore(home.vault)
    found = store.find(profile.url, profile.account, profile.auth.client_id)
    snapshot = last_snapshot(profile, home)
    grant = found[1] if found is not None else None
    known = Standing(
        profile=profile.name,
        gateway=profile.url,
        account=profile.account,
        kind=profile.auth.grant,
        signed_in=grant is not None or profile.auth.grant == "bearer",
        client_id=profile.auth.client_id,
        vault_key=store.vault_key_place(),
    )
    known = known if snapshot is None else _with_tools(known, snapshot, profile)
    return known if grant is None else _with_grant(known, grant)


def _with_tools(known: Standing, snapshot: Snapshot, profile: Profile) -> Standing:
    policy = profile.permissions
    surfaced = sum(decide(policy, tool.name, tool).allowed for tool in snapshot.tools)
    return replace(
        known,
        snapshot_taken_at=snapshot.taken_at,
        tools_listed=len(snapshot.tools),
        tools_surfaced=surfaced,
    )


def _with_grant(known: Standing, grant: Grant) -> Standing:
    return replace(
        known,
        issuer=grant.issuer,
        client_id=grant.client.client_id,
        scope=grant.tokens.scope,
        signed_in_at=grant.signed_in_at,
        expires_at=grant.tokens.expires_at,
        renewable=grant.tokens.refresh_token is not None,
    )
