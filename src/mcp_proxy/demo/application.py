"""The one client that is registered with the demo's authorization server, by hand and before.

Its secret was shown once and is kept as a hash, as the documented gateway keeps it.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from mcp_proxy.demo.ledger import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Application:
    """A confidential client with one exact redirect URI."""

    client_id: str
    secret_hash: bytes = field(repr=False)
    redirect_uri: str

    @classmethod
    def registered(cls, client_id: str, secret: str, redirect_uri: str) -> Application:
        """A client whose secret is `secret`, which is not kept."""
        return cls(client_id, hashlib.sha256(secret.encode()).digest(), redirect_uri)

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
        method = "client_secret_basic" if is_basic else "client_secret_post"
        if accepted not in {"any", method}:
            raise Refusal("invalid_client", f"Client authentication by {method} is switched off")
        by_form = form.get("client_id", ""), form.get("client_secret", "")
        client_id, secret = _basic(authorization or "") if is_basic else by_form
        given = hashlib.sha256(secret.encode()).digest()
        if client_id != self.client_id or not hmac.compare_digest(given, self.secret_hash):
            raise Refusal("invalid_client", "The client id or its secret is wrong")


def _basic(authorization: str) -> tuple[str, str]:
    try:
        text = b64decode(authorization[len("basic ") :], validate=True).decode()
    except ValueError:
        return "", ""
    client_id, _, secret = text.partition(":")
    return unquote_plus(client_id), unquote_plus(secret)
