"""The vault as the first version of this program read and wrote it: a copy, never changed.

Whoever goes back to that version must still be signed in, and so must who comes back.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from pathlib import Path

HEADER = b"mcp-permit sealed v1\r\n"


@dataclass(frozen=True)
class Client:
    client_id: str
    client_secret: str | None = None
    auth_method: str = "none"
    origin: str = "configured"
    redirect_uri: str | None = None
    secret_expires_at: float | None = None


@dataclass(frozen=True)
class TokenSet:
    access_token: str
    refresh_token: str | None = None
    issued_at: float = 0.0
    expires_at: float | None = None
    scope: str | None = None


@dataclass(frozen=True)
class Grant:
    issuer: str
    token_endpoint: str
    client: Client
    resource: str | None
    tokens: TokenSet
    revocation_endpoint: str | None = None
    account: str = "default"
    signed_in_at: float = 0.0


@dataclass(frozen=True)
class CacheKey:
    gateway: str
    issuer: str
    client_id: str
    resource: str | None
    account: str


class FirstVault:
    """A vault whose key lies in a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        assert json.loads((folder / "vault.json").read_bytes())["layout"] == 1
        self._key = base64.b64decode((folder / "vault.key").read_bytes())

    def pointers(self) -> list[CacheKey]:
        """Where the profiles' grants lie."""
        return [
            _value(CacheKey, _document(path.read_bytes()))
            for path in sorted((self._folder / "refs").glob("*.json"))
        ]

    def grant(self, name: str) -> Grant:
        """The grant of that digest."""
        content = self._read(f"grants/{name}")["grant"]
        parts = {
            "client": _value(Client, content["client"]),
            "tokens": _value(TokenSet, content["tokens"]),
        }
        found: Grant = _value(Grant, content | parts)
        return found

    def clients(self, name: str) -> list[Client]:
        """The registrations of that digest."""
        return [_value(Client, one) for one in self._read(f"clients/{name}")["clients"]]

    def keep(self, name: str, grant: Grant) -> None:
        """Renewed tokens, in place of what is there."""
        nonce, plain = os.urandom(12), json.dumps({"layout": 1, "grant": asdict(grant)}).encode()
        sealed = AESGCM(self._key).encrypt(nonce, plain, HEADER + f"grants/{name}".encode())
        (self._folder / f"grants/{name}.sealed").write_bytes(HEADER + nonce + sealed)

    def _read(self, name: str) -> dict[str, Any]:
        sealed = (self._folder / f"{name}.sealed").read_bytes()
        assert sealed.startswith(HEADER)
        nonce, rest = sealed[len(HEADER) :][:12], sealed[len(HEADER) + 12 :]
        return _document(AESGCM(self._key).decrypt(nonce, rest, HEADER + name.encode()))


def _document(text: bytes) -> dict[str, Any]:
    content = json.loads(text)
    assert content["layout"] <= 1, "The record was written by a newer mcp-permit"
    return dict(content)


def _value(kind: Any, content: dict[str, Any]) -> Any:
    known = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in content.items() if name in known})
