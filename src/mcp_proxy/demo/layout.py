"""What differs between the authorization servers and endpoints of the worlds, as data.

Each system documents its own paths and scopes; what happens there is the same everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Layout:
    """One system's names and places. All paths begin with a slash."""

    title: str
    """How the system calls itself before people."""
    realm: str
    """Of its `WWW-Authenticate` challenges."""
    mcp_path: str
    issuer_path: str
    """What follows the origin in the issuer, except where metadata is published at the root."""
    metadata_paths: Mapping[str, str]
    """Where the authorization server is described, by the layouts of `Faults.metadata`."""
    authorize: str
    token: str
    revoke: str
    register: str
    device: str
    """Where a program asks for a device code."""
    device_page: str
    """Where a person enters one."""
    scope: str
    """What the gateway asks for at first."""
    scopes: frozenset[str]
    """All that there are, `scope` included."""
    access_prefix: str
    refresh_prefix: str
    has_public_clients: bool = False
    """Whether a client without a secret may be one that was set up by hand."""
    signs_in_elsewhere: bool = False
    """Whether people sign in at another address than the gateway's (systems.md §6, C5)."""
    key_prefix: str = "key_"
    """Of the API keys that stand in for a token."""
    key_header: str | None = None
    """A header in which an API key may come too, in lower case."""
