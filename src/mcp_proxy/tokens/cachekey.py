"""The cache key: what makes two sign-ins different."""

from __future__ import annotations

import hashlib
import json

from mcp_proxy.values import dataclass


@dataclass(frozen=True, slots=True)
class CacheKey:
    """Everything that tells one grant from another (ours).

    Independent of this program's version, of header text and of the process,
    so that a desktop client, an IDE and a terminal share one grant.
    """

    gateway: str
    issuer: str
    client_id: str
    resource: str | None
    account: str

    @property
    def digest(self) -> str:
        """A file name: 32 hexadecimal digits of SHA-256."""
        parts = [self.gateway, self.issuer, self.client_id, self.resource, self.account]
        text = json.dumps(parts, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:32]
