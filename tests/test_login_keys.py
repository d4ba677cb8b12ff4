from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mcp_proxy.config.model import Auth, Profile
from mcp_proxy.files import private_folder, write_private
from mcp_proxy.login.keys import catalog_key, static_key
from mcp_proxy.tokens.cachekey import CacheKey
from mcp_proxy.tokens.pointer import pointer_path
from mcp_proxy.tokens.record import pointer_record
from relay_world import home

if TYPE_CHECKING:
    from pathlib import Path

PROFILE = Profile("work", "https://gateway.example/mcp")


def test_a_profile_that_signs_in_has_the_key_of_its_last_grant(tmp_path: Path) -> None:
    """Ours. Before the first sign-in it has one of its own, which no issuer is part of."""
    place, key = home(tmp_path), CacheKey(PROFILE.url, "issuer", "client", None, "default")
    assert catalog_key(PROFILE, place) == static_key(PROFILE).digest
    pointer = pointer_path(place.vault, PROFILE.url, PROFILE.account, None)
    private_folder(pointer.parent)
    write_private(pointer, pointer_record(key))
    assert catalog_key(PROFILE, place) == key.digest


def test_a_profile_with_a_token_of_its_own_has_nothing_to_do_with_grants(tmp_path: Path) -> None:
    """Ours. Neither pointer nor vault are looked at."""
    place = home(tmp_path)
    pointer = pointer_path(place.vault, PROFILE.url, PROFILE.account, None)
    private_folder(pointer.parent)
    write_private(pointer, b"{")
    keyed = replace(PROFILE, auth=Auth(grant="bearer"))
    assert catalog_key(keyed, place) == static_key(keyed).digest
