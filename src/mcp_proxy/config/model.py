"""A profile: one gateway, one identity, one policy, under one name.

Values as `config.parse` leaves them: checked, defaults filled in, secrets still
as references. Nothing here reads a file or an environment variable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mcp_proxy.policy.model import Policy
from mcp_proxy.values import dataclass, field
from mcp_proxy.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

Grant = Literal[
    "authorization-code", "device-code", "client-credentials", "jwt-bearer", "bearer", "none"
]
"""How a profile gets its access token."""

SecretMethod = Literal["client_secret_basic", "client_secret_post"]
"""How a client's secret is sent to the token endpoint (RFC 6749 §2.3.1)."""


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

    authorization_endpoint: str | None
    """Needed where codes are asked for."""
    token_endpoint: str
    issuer: str | None = None
    """None: the origin of the token endpoint stands in."""
    registration_endpoint: str | None = None
    revocation_endpoint: str | None = None
    device_authorization_endpoint: str | None = None


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """The company's own sign-in, which vouches for its people at the gateway.

    Enterprise-managed authorization: its token endpoint turns an id token into an
    assertion for the gateway's authorization server (RFC 8693).
    """

    token_endpoint: str
    client_id: str
    """The client at the identity provider, not the one at the gateway's server."""
    id_token: SecretRef
    client_secret: SecretRef | None = None


@dataclass(frozen=True, slots=True)
class Auth:
    """How one profile signs in."""

    grant: Grant = "authorization-code"
    client_id: str | None = None
    client_secret: SecretRef | None = None
    client_key: SecretRef | None = None
    """The private key by which the client signs for itself (RFC 7523), in its place."""
    token_endpoint_auth_method: SecretMethod | None = None
    client_metadata_url: str | None = None
    redirect_uri: str | None = None
    """Exactly this redirect URI; None: `http://127.0.0.1:<free port>/callback`."""
    scope: str | None = None
    resource: str | None = None
    token: SecretRef | None = None
    """The static token of grant `bearer`."""
    token_expires_at: float | None = None
    """When that token ends, as far as anybody has said: epoch seconds. It is written as a day,
    whose first moment in UTC this is."""
    assertion: SecretRef | None = None
    """What grant `jwt-bearer` shows: the JWT of a workload, read anew each time."""
    identity_provider: IdentityProvider | None = None
    """Who gives grant `jwt-bearer` its assertion instead."""
    endpoints: Endpoints | None = None
    browser: bool = True
    login_timeout_seconds: float = 300.0

    @property
    def signs_in(self) -> bool:
        """Whether an authorization server gives the token, so that the vault keeps it."""
        return self.grant not in {"bearer", "none"}

    @property
    def is_unattended(self) -> bool:
        """Whether a sign-in asks no person."""
        return self.grant in {"client-credentials", "jwt-bearer"}


@dataclass(frozen=True, slots=True)
class Network:
    """How one profile reaches its gateway."""

    headers: Mapping[str, SecretRef | str] = field(default_factory=dict, repr=False)
    """Extra headers of every request to the gateway; plain text or a reference.

    Without `repr`: a `--header-file` brings its values as plain text.
    """
    allow_http: bool = False
    """Whether plain http off loopback is accepted."""
    ca_bundle: str | None = None
    connect_timeout_seconds: float = 10.0
    call_timeout_seconds: float = 300.0
    user_agent: str | None = None
    """What this program calls itself to the gateway; None: its own name and version."""
    max_answer_bytes: int | None = None
    """The longest answer that is read; None: the bound of `net.reply`."""

    @property
    def agent(self) -> str | None:
        """What the gateway is told that this program is; its list may depend on it.

        None where a header of the profile says so and only a reference knows it.
        """
        for name, value in self.headers.items():
            if name.lower() == "user-agent":
                return value if isinstance(value, str) else None
        return self.user_agent or f"mcp-permit/{VERSION}"


@dataclass(frozen=True, slots=True)
class Profile:
    """All that `serve` needs to know."""

    name: str
    url: str
    """The gateway's MCP endpoint. Scheme and host in lower case, all else as given: a
    trailing slash is kept."""
    account: str = "default"
    """A label that keeps identities apart on one gateway."""
    preset: str | None = None
    """What is known of the gateway's system: the name of a preset, or a TOML file's path."""
    environment: str | None = None
    """Which of its environments the gateway is: `dev`, `test`, `prod`, or any other label."""
    contact: str | None = None
    """Whom to ask for a permission; one line, told with every refusal."""
    auth: Auth = field(default_factory=Auth)
    permissions: Policy = field(default_factory=Policy)
    network: Network = field(default_factory=Network)

    @property
    def identity(self) -> str:
        """Who signs in where: what a sign-in's lock and notes are named after (ours)."""
        return "\n".join((self.url, self.account, self.auth.client_id or ""))


@dataclass(frozen=True, slots=True)
class Config:
    """A whole configuration file."""

    profiles: Mapping[str, Profile] = field(default_factory=dict)
    default_profile: str | None = None


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the command line may set on top of a profile or of a bare URL.

    Texts are as they were typed; `config.overrides` checks them, and a complaint
    names the option. None, empty and False mean: not given.
    """

    headers: tuple[str, ...] = ()
    """Each `Name: value` or `Name: env:NAME|@FILE|keyring:NAME`."""
    header_files: tuple[str, ...] = ()
    """Files of `Name: value` lines."""
    grant: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    """A reference, as `env:NAME`; never the secret."""
    client_key: str | None = None
    """A reference, or the name of a file."""
    client_metadata_url: str | None = None
    redirect_uri: str | None = None
    scope: str | None = None
    resource: str | None = None
    token: str | None = None
    """A reference to a static token; stands in for the profile's own way to sign in."""
    allow: tuple[str, ...] = ()
    """Stands in for the profile's allow list."""
    deny: tuple[str, ...] = ()
    """Added to the profile's deny list."""
    read_only: bool = False
    preset: str | None = None
    environment: str | None = None
    browser: bool | None = None
    login_timeout_seconds: float | None = None
    allow_http: bool = False
