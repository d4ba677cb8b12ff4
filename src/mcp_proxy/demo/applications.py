"""All clients of the demo's authorization server: by hand, and registered by themselves.

RFC 7591 where `Faults.registration` is open; a server that forgets its registrations, as one
does after a restart without a database, no longer knows those.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from joserfc.errors import JoseError
from joserfc.jws import extract_compact

from mcp_proxy.demo.application import Application, basic
from mcp_proxy.demo.ledger import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mcp_proxy.demo.switches import Counters, Faults

_UNKNOWN = "No application has this client id"


class Applications:
    """Who may ask the authorization server for anything.

    Args:
        by_hand: clients that an administrator has set up.
        faults: which registrations are taken.
        counters: where they are counted.
        now: epoch seconds.
    """

    def __init__(
        self,
        by_hand: Iterable[Application],
        faults: Faults,
        counters: Counters,
        now: Callable[[], float],
    ) -> None:
        self._known = {one.client_id: one for one in by_hand}
        self._registered: dict[str, Application] = {}
        self._faults, self._counters, self._now = faults, counters, now
        self._seen: set[str] = set()

    def find(self, client_id: str) -> Application | None:
        """The client of this id."""
        return self._known.get(client_id) or self._registered.get(client_id)

    def forget(self) -> None:
        """Lose what was registered; what was set up by hand stays."""
        self._registered.clear()

    def authenticated(
        self, authorization: str | None, form: Mapping[str, str], issuer: str
    ) -> Application:
        """The client that asks, once it has proved itself.

        Raises:
            Refusal: it is unknown, or has not.
        """
        assertion = form.get("client_assertion")
        client_id = form.get("client_id") or basic(authorization or "")[0]
        if assertion is not None:
            client_id = _subject(assertion)
        found = self.find(client_id)
        if found is None or self._faults.forgets_clients:
            raise Refusal("invalid_client", _UNKNOWN)
        if assertion is None:
            found.authenticate(authorization, form, self._faults.client_auth)
        else:
            self._check_once(found.check_signature(assertion, issuer, self._now()))
        return found

    def register(self, document: object) -> dict[str, object]:
        """The answer to a client that introduces itself (RFC 7591 §3.2.1).

        Raises:
            Refusal: registrations are refused, or this one makes no sense.
        """
        if self._faults.registration == "refused" or not isinstance(document, dict):
            raise Refusal("invalid_client_metadata", "This client may not register here")
        redirects = document.get("redirect_uris") or [None]
        grants = document.get("grant_types") or ["authorization_code"]
        if redirects[0] is None and "authorization_code" in grants:
            raise Refusal("invalid_redirect_uri", "A client for codes needs a redirect URI")
        found = Application(
            "dyn-" + secrets.token_urlsafe(8), None, redirects[0], frozenset(grants)
        )
        self._registered[found.client_id] = found
        self._counters.registrations += 1
        return document | {"client_id": found.client_id, "token_endpoint_auth_method": "none"}

    def _check_once(self, jti: str) -> None:
        """RFC 7523 §3: an assertion is good for one request."""
        if jti in self._seen:
            raise Refusal("invalid_client", "The assertion was used before")
        self._seen.add(jti)


def _subject(assertion: str) -> str:
    """Who an assertion says it is; nothing in it is believed before it is checked."""
    try:
        claims = json.loads(extract_compact(assertion.encode()).payload)
    except (JoseError, ValueError) as error:
        raise Refusal("invalid_client", "The assertion is none") from error
    return str(claims.get("sub")) if isinstance(claims, dict) else ""
