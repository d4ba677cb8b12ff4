"""The pointer of a profile: which grant it uses, told without the vault's key.

A profile is known before its issuer is, so it finds its grant and its catalog through
this readable file, which holds no secret. Nothing is set aside or written here.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from mcp_proxy.files import read_private
from mcp_proxy.tokens.cachekey import CacheKey
from mcp_proxy.tokens.record import read_pointer

if TYPE_CHECKING:
    from pathlib import Path


def file_name(*parts: str | None) -> str:
    """The name, without its ending, of the file that is about some texts."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def pointer_path(vault: Path, gateway: str, account: str, client_id: str | None) -> Path:
    """Where the pointer of a profile lies; for the arguments see `pointed`."""
    return vault / "refs" / f"{file_name(gateway, account, client_id)}.json"


def pointed(vault: Path, gateway: str, account: str, client_id: str | None) -> CacheKey | None:
    """The cache key that a profile last had, signed in or not.

    Args:
        vault: the vault's folder.
        gateway: the profile's URL.
        account: the profile's account.
        client_id: the configured one; None where the profile configures none.

    Raises:
        MalformedError: the pointer is damaged.
        StoreError: it cannot be read, or is of a newer version.
    """
    text = read_private(pointer_path(vault, gateway, account, client_id))
    if text is None:
        return None
    found = read_pointer(text)
    # Gateway and account as asked for: no pointer can lend a grant to another gateway.
    return CacheKey(gateway, found.issuer, found.client_id, found.resource, account)
