"""The nouns of OAuth that a client keeps.

Values only: what a document or an answer says, after it was checked.
"""

from __future__ import annotations

from typing import Literal

from mcp_proxy.values import dataclass, field

EXPIRY_LEEWAY = 60.0
"""Seconds before its end at which an access token is no longer sent (ours).

Shorter-lived tokens get a fifth of their life instead, see `TokenSet.is_fresh`.
"""

AuthMethod = Literal["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]
"""How a client proves itself at the token endpoint (RFC 7591 §2, RFC 7523 §2.2)."""

AUTHORIZATION_CODE = "authorization_code"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
CLIENT_CREDENTIALS = "client_credentials"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
"""Grant types (RFC 6749 §4.1 and §4.4, RFC 8628 §3.4, RFC 7523 §2.1)."""
GIVEN = "given"
"""No grant type of OAuth: somebody had an access token and gave it to us."""


@dataclass(frozen=True, slots=True)
class ProtectedResource:
    """A gateway's own metadata (RFC 9728 §2)."""

    resource: str
    authorization_servers: tuple[str, ...]
    scopes_supported: tuple[str, ...] | None = None
    url: str = ""
    """Where it is published."""
    dpop_bound_access_tokens_required: bool = False


@dataclass(frozen=True, slots=True)
class AuthorizationServer:
    """An authorization server's metadata (RFC 8414 §2), checked or configured."""

    issuer: str
    authorization_endpoint: str | None
    """None where there is none: a server for machines or devices needs no page for a browser."""
    token_endpoint: str
    registration_endpoint: str | None = None
    revocation_endpoint: str | None = None
    device_authorization_endpoint: str | None = None
    scopes_supported: tuple[str, ...] | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] | None = None
    token_endpoint_auth_signing_alg_values_supported: tuple[str, ...] | None = None
    dpop_signing_alg_values_supported: tuple[str, ...] | None = None
    client_id_metadata_document_supported: bool = False
    authorization_response_iss_parameter_supported: bool = False
    is_known_for_s256: bool = True
    """Whether it advertises PKCE with S256, or nobody could ask it whether it has that."""


@dataclass(frozen=True, slots=True)
class Client:
    """This program as one authorization server knows it; never shown to another."""

    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    auth_method: AuthMethod = "none"
    origin: Literal["configured", "metadata-document", "registered"] = "configured"
    redirect_uri: str | None = None
    """The redirect URI a registration is bound to; None where any loopback port will do, and
    empty where the registration is for a way in without redirects."""
    secret_expires_at: float | None = None
    """Epoch seconds (RFC 7591 §3.2.1 `client_secret_expires_at`, 0 read as None)."""
    assertion: str | None = field(default=None, repr=False)
    """For `private_key_jwt`: the JWT of one request. Made for it, and never kept."""
    signing_algorithm: str | None = None
    """For `private_key_jwt`: the JWS algorithm that server and key agree on."""


@dataclass(frozen=True, slots=True)
class TokenSet:
    """One grant as a token endpoint last answered it (RFC 6749 §5.1)."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    issued_at: float = 0.0
    """Epoch seconds at which the answer arrived."""
    expires_at: float | None = None
    """Epoch seconds. Absolute: `expires_in` means nothing once stored."""
    scope: str | None = None
    """What was granted, space separated; the requested scope where the answer names none."""
    token_type: str = "Bearer"  # noqa: S105 - no password
    """The scheme it is sent with: `DPoP` for one that is bound to `Grant.proof_key`."""

    def is_fresh(self, now: float) -> bool:
        """Whether the access token can still be sent at `now`."""
        if self.expires_at is None:
            return True
        life = max(self.expires_at - self.issued_at, 0.0)
        return now < self.expires_at - min(EXPIRY_LEEWAY, life / 5)


@dataclass(frozen=True, slots=True)
class Grant:
    """All that is needed to use and renew one sign-in, as the vault keeps it.

    Endpoints are those of the sign-in: a refresh token goes to the recorded
    token endpoint of its issuer and nowhere else (MCP 2026-07-28, Authorization).
    """

    issuer: str
    token_endpoint: str
    client: Client
    resource: str | None
    """The RFC 8707 value sent at the sign-in, exactly; None where none was sent."""
    tokens: TokenSet
    revocation_endpoint: str | None = None
    account: str = "default"
    signed_in_at: float = 0.0
    grant_type: str = AUTHORIZATION_CODE
    """How it came to be: a grant type of OAuth, or `GIVEN`."""
    metadata_url: str | None = None
    """Where the gateway published about itself: empty for nowhere, None where nobody knows."""
    proof_key: str | None = field(default=None, repr=False)
    """The secret of the `dpop.ProofKey` that the tokens are bound to, where they are."""

    @property
    def is_unattended(self) -> bool:
        """Whether a new one can be had without a person."""
        return self.grant_type in {CLIENT_CREDENTIALS, JWT_BEARER}

    @property
    def is_renewable(self) -> bool:
        """Whether it gives another access token when this one has ended."""
        return self.tokens.refresh_token is not None or self.is_unattended

    def is_usable(self, now: float) -> bool:
        """Whether it can give an access token, by itself or by a renewal."""
        return self.is_renewable or self.tokens.is_fresh(now)
