"""A profile: one gateway, one identity, one policy, under one name.

Values as `config.parse` leaves them: checked, defaults filled in, secrets still
as references. Nothing here reads a file or an environment variable.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from mcp_proxy.policy.model import Policy

if TYPE_CHECKING:
    from collections.abc import Mapping

Grant = Literal["authorization-code", "bearer", "none"]
"""How a profile gets its access token."""


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret lies, never the secret: `env:NAME`, `@FILE`, `keyring:NAME`."""

    kind: Literal["env", "file", "keyring"]
    name: str

    def __str__(self) -> str:
        return f"@{self.name}" if self.kind == "file" else f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Explicit endpoints, for an authorization server that publishes no metadata."""

    authorization_endpoint: str
    token_endpoint: str
    issuer: str | None = None
    """None: the origin of the token endpoint stands in."""
    registration_endpoint: str | None = None
    revocation_endpoint: str | None = None


@dataclass(frozen=True, slots=True)
class Auth:
    """How one profile signs in."""

    grant: Grant = "authorization-code"
    client_id: str | None = None
    client_secret: SecretRef | None = None
    token_endpoint_auth_method: Literal["client_secret_basic", "client_secret_post"] | None = None
    client_metadata_url: str | None = None
    redirect_uri: str | None = None
    """Exactly this redirect URI; None: `http://127.0.0.1:<free port>/callback`."""
    scope: str | None = None
    resource: str | None = None
    token: SecretRef | None = None
    """The static token of grant `bearer`."""
    endpoints: Endpoints | None = None
    browser: bool = True
    login_timeout_seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class Network:
    """How one profile reaches its gateway."""

    headers: Mapping[str, SecretRef | str] = field(default_factory=dict)
    """Extra headers of every request to the gateway; plain text or a reference."""
    allow_http: bool = False
    """Whether plain http off loopback is accepted."""
    ca_bundle: str | None = None
    connect_timeout_seconds: float = 10.0
    call_timeout_seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class Profile:
    """All that `serve` needs to know."""

    name: str
    url: str
    """The gateway's MCP endpoint, exactly as given: a trailing slash is kept."""
    account: str = "default"
    """A label that keeps identities apart on one gateway."""
    auth: Auth = field(default_factory=Auth)
    permissions: Policy = field(default_factory=Policy)
    network: Network = field(default_factory=Network)


@dataclass(frozen=True, slots=True)
class Config:
    """A whole configuration file."""

    profiles: Mapping[str, Profile] = field(default_factory=dict)
    default_profile: str | None = None
