"""The names under which a profile's things are kept.

Needs no vault and no token, and is light: `serve` asks before it answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.tokens.cachekey import CacheKey
from mcp_proxy.tokens.pointer import pointed

if TYPE_CHECKING:
    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths


def catalog_key(profile: Profile, home: Paths) -> str:
    """The name under which this profile's snapshot is kept.

    Raises:
        StoreError: the pointer to its last sign-in cannot be read.
    """
    if profile.auth.signs_in:
        found = pointed(home.vault, profile.url, profile.account, profile.auth.client_id)
        if found is not None:
            return found.digest
    return static_key(profile).digest


def static_key(profile: Profile) -> CacheKey:
    """The key of a profile that no authorization server has anything to do with."""
    return CacheKey(profile.url, "", profile.auth.grant, None, profile.account)
