from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.errors import StoreError
from mcp_proxy.files import private_folder, write_private
from mcp_proxy.tokens.cachekey import CacheKey
from mcp_proxy.tokens.pointer import pointed, pointer_path
from mcp_proxy.tokens.record import MalformedError, pointer_record

if TYPE_CHECKING:
    from pathlib import Path

GATEWAY = "https://gateway.example/mcp"
KEY = CacheKey(GATEWAY, "https://issuer.example", "client", "urn:resource", "work")


def keep(vault: Path, text: bytes) -> Path:
    path = pointer_path(vault, GATEWAY, "work", None)
    private_folder(path.parent)
    write_private(path, text)
    return path


def test_a_pointer_leads_to_the_last_grant(tmp_path: Path) -> None:
    """Ours. Only for the account and the configured client that it was written for."""
    keep(tmp_path, pointer_record(KEY))
    assert pointed(tmp_path, GATEWAY, "work", None) == KEY
    assert pointed(tmp_path, GATEWAY, "home", None) is None
    assert pointed(tmp_path, GATEWAY, "work", "other") is None


def test_no_pointer_lends_a_grant_to_another_gateway(tmp_path: Path) -> None:
    """Ours. Whoever can write the file cannot turn it into a key for elsewhere."""
    keep(tmp_path, pointer_record(CacheKey("https://evil.example", "i", "c", None, "boss")))
    found = pointed(tmp_path, GATEWAY, "work", None)
    assert found == CacheKey(GATEWAY, "i", "c", None, "work")


def test_a_damaged_pointer_is_told_and_stays(tmp_path: Path) -> None:
    """Ours. Whoever owns the vault sets it aside; a reader does not."""
    path = keep(tmp_path, b"{")
    with pytest.raises(MalformedError):
        pointed(tmp_path, GATEWAY, "work", None)
    assert path.exists()


def test_a_pointer_of_a_newer_version_is_told(tmp_path: Path) -> None:
    """Ours."""
    keep(tmp_path, json.dumps({"layout": 99}).encode())
    with pytest.raises(StoreError, match="newer"):
        pointed(tmp_path, GATEWAY, "work", None)
