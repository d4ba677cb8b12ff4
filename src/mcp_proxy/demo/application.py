"""One client of the demo's authorization server, and how it proves itself.

A secret was shown once and is kept as a hash, as the documented gateway keeps it; a client
that signs is known by its public key; a public one only says who it is.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from joserfc import jwk, jwt
from joserfc.errors import JoseError

from mcp_proxy.demo.ledger import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROUNDS = 1_000

CODE_GRANTS = frozenset({"authorization_code", "refresh_token"})


@dataclass(frozen=True, slots=True)
class Application:
    """A client, and what it may do."""

    client_id: str
    secret_hash: bytes | None = field(repr=False)
    """None for a client without a secret."""
    redirect_uri: str | None
    """The one exact redirect URI; None for a client that gets no redirects."""
    grant_types: frozenset[str] = CODE_GRANTS
    public_key: str | None = None
    """Of a client that signs, as PEM: an elliptic curve's."""
    has_account: bool = True
    """Whether a service account stands behind its client credentials."""

    @classmethod
    def registered(cls, client_id: str, secret: str, redirect_uri: str) -> Application:
        """A client whose secret is `secret`, which is not kept."""
        return cls(client_id, hash_of(secret), redirect_uri)

    def authenticate(
        self, authorization: str | None, form: Mapping[str, str], accepted: str
    ) -> None:
        """Check who asks the token endpoint (RFC 6749 §2.3.1): by Basic or by form, never by both.

        Raises:
            Refusal: it is somebody else, or proved itself in a way that is not `accepted`.
        """
        is_basic = (authorization or "").lower().startswith("basic ")
        if is_basic and "client_secret" in form:
            raise Refusal("invalid_request", "The client proves itself twice")
        if self.secret_hash is None:
            if is_basic or form.get("client_id") != self.client_id:
                raise Refusal("invalid_client", "The client has no secret and only names itself")
            return
        method = "client_secret_basic" if is_basic else "client_secret_post"
        if accepted not in {"any", method}:
            raise Refusal("invalid_client", f"Client authentication by {method} is switched off")
        by_form = form.get("client_id", ""), form.get("client_secret", "")
        client_id, secret = basic(authorization or "") if is_basic else by_form
        if client_id != self.client_id or not hmac.compare_digest(
            hash_of(secret), self.secret_hash
        ):
            raise Refusal("invalid_client", "The client id or its secret is wrong")

    def check_signature(self, assertion: str, issuer: str, now: float) -> str:
        """The unique id of an assertion that this client has signed (RFC 7523 §3).

        Raises:
            Refusal: somebody else has, for another server, or it has ended.
        """
        if self.public_key is None:
            raise Refusal("invalid_client", "The client has registered no key")
        try:
            key = jwk.ECKey.import_key(self.public_key)
            claims = jwt.decode(assertion, key, algorithms=["ES256"]).claims
        except (JoseError, ValueError) as error:
            raise Refusal("invalid_client", "The signature is not the client's") from error
        expected = (self.client_id, self.client_id, issuer)
        if (claims.get("iss"), claims.get("sub"), claims.get("aud")) != expected:
            raise Refusal("invalid_client", "The assertion is about somebody else")
        if not now < claims.get("exp", 0.0) <= now + 600 or not claims.get("jti"):
            raise Refusal("invalid_client", "The assertion has ended, or lasts too long")
        return str(claims["jti"])


def hash_of(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).digest()


def saved(secret: str) -> str:
    """What an administrator sees of a secret that was saved: a hash, as Django writes it."""
    digest = hashlib.pbkdf2_hmac("sha256", secret.encode(), b"demo", _ROUNDS)
    return f"pbkdf2_sha256${_ROUNDS}$demo${b64encode(digest).decode()}"


def basic(authorization: str) -> tuple[str, str]:
    """Client id and secret of a Basic header, both form-encoded (RFC 6749 §2.3.1)."""
    try:
        text = b64decode(authorization[len("basic ") :], validate=True).decode()
    except ValueError:
        return "", ""
    client_id, _, secret = text.partition(":")
    return unquote_plus(client_id), unquote_plus(secret)
