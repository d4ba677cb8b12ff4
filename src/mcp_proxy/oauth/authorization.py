"""The page to open, and what to make of the redirect that comes back.

Follows RFC 6749 §4.1.1 and §4.1.2, RFC 7636 (S256 only), RFC 8707 §2, RFC 9207 §2.4
and MCP 2026-07-28, "Authorization Response Validation".
"""

from __future__ import annotations

import re
from hmac import compare_digest
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from mcp_proxy.errors import AuthorizationRefused, DiscoveryError, GatewayError
from mcp_proxy.oauth.endpoint import Reach, check_endpoint
from mcp_proxy.oauth.http import HttpRequest
from mcp_proxy.oauth.metadata import require_code_flow
from mcp_proxy.oauth.refusal import Refusal, printable, refusal
from mcp_proxy.values import dataclass, field

if TYPE_CHECKING:
    from mcp_proxy.oauth.http import Flow
    from mcp_proxy.oauth.model import AuthorizationServer, Client

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_ANSWER = frozenset({"state", "iss", "error", "error_description", "code"})
_MOST_PARAMETERS = 50
_UNKNOWN_CLIENT = frozenset({400, 401})


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """One question to a person, and all that its answer is judged by.

    Made before the page is opened: what comes back is compared with what was recorded
    then, never with what discovery would say now.
    """

    url: str = field(repr=False)
    state: str = field(repr=False)
    verifier: str = field(repr=False)
    redirect_uri: str
    issuer: str
    expects_iss: bool
    """Whether the server promised to name itself in the answer (RFC 9207 §3)."""


@dataclass(frozen=True, slots=True)
class Noise:
    """Not an answer to this request: it gets a 4xx, and the wait goes on."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer is no, or cannot be trusted."""

    code: str
    """RFC 6749 §4.1.2.1's, or ours: `wrong_issuer`, `no_code`."""
    description: str | None = None
    hint: str | None = None

    def error(self) -> AuthorizationRefused:
        """The same, to raise."""
        said = Refusal(self.code, self.description)
        return AuthorizationRefused(
            f"The sign-in was refused: {said}", code=self.code, hint=self.hint
        )


@dataclass(frozen=True, slots=True)
class Code:
    """The answer is yes."""

    code: str = field(repr=False)


Verdict = Noise | Refused | Code


def authorization_request(
    server: AuthorizationServer,
    client: Client,
    *,
    redirect_uri: str,
    scope: str | None,
    resource: str | None,
    state: str,
    verifier: str,
) -> AuthorizationRequest:
    """The request to put to a person.

    Args:
        server: where.
        client: as which client.
        redirect_uri: where the answer goes; repeated when the code is redeemed.
        scope: None sends none.
        resource: RFC 8707, exactly; None sends none.
        state: unguessable, fresh for each request.
        verifier: unguessable, fresh, 43 to 128 unreserved characters (RFC 7636 §4.1).

    Raises:
        DiscoveryError: `server` grants no codes that we may ask for, or its authorization
            endpoint's own query sets what we have to set.
    """
    # Authlib costs 15 ms to import, and only a sign-in wants it.
    from mcp_proxy.oauth import grammar  # noqa: PLC0415

    if not state or not _VERIFIER.fullmatch(verifier):
        raise ValueError("state is empty, or verifier is none of RFC 7636 §4.1")
    ours = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": redirect_uri,
        "scope": scope,
        "state": state,
        "code_challenge": grammar.code_challenge(verifier),
        "code_challenge_method": "S256",
        "resource": resource,
        # OpenID Connect Core §11 ignores offline_access without it.
        "prompt": "consent" if "offline_access" in (scope or "").split() else None,
    }
    endpoint = require_code_flow(server)
    # RFC 6749 §3.1: the endpoint's own query stays, and nothing may come twice.
    if any(ours.get(name) for name, _ in parse_qsl(urlsplit(endpoint).query)):
        raise DiscoveryError("The authorization endpoint fixes parameters that are ours to set")
    return AuthorizationRequest(
        url=grammar.authorization_url(endpoint, ours),
        state=state,
        verifier=verifier,
        redirect_uri=redirect_uri,
        issuer=server.issuer,
        expects_iss=server.authorization_response_iss_parameter_supported,
    )


def is_unknown_client(request: AuthorizationRequest) -> Flow[bool]:
    """Whether the server would only show an error page, and never answer.

    A client that it does not know gets no redirect (RFC 6749 §4.1.2.1): a person would see
    "invalid client" and we would wait in vain. Asked without cookies, as nobody, this
    request changes nothing at the server.
    """
    try:
        response = yield HttpRequest("GET", request.url, {"Accept": "text/html"})
    except GatewayError:
        return False
    return response.status in _UNKNOWN_CLIENT


def judge_redirect(request: AuthorizationRequest, query: str) -> Verdict:
    """What a request to the redirect URI means; `query` is without the question mark.

    In this order: `state`, for without it anybody could have sent this; `iss`, for the
    text of another server is not to be shown, let alone its code redeemed; `error`.
    """
    fields = _fields(query)
    state = fields.get("state", "").encode("utf-8", "replace")
    if not compare_digest(state, request.state.encode()):
        return Noise()
    iss = fields.get("iss")
    if iss is None and request.expects_iss:
        return Refused("wrong_issuer", "The answer does not say which server gave it.")
    # RFC 9207 §2.4: as strings, whether or not the parameter was promised.
    if iss is not None and iss != request.issuer:
        words = "The answer came from another server than was asked."
        return Refused("wrong_issuer", words, hint=_issuer_hint(request, iss))
    if said := refusal(fields):
        return Refused(said.code, said.description)
    code = fields.get("code")
    return Code(code) if code else Refused("no_code", "The answer holds no code.")


def openable(url: str, *, allow_http: bool = False) -> str:
    """`url` as a browser may be given it: https, or http on loopback, written anew.

    What a shell or a launcher might read as its own is percent-encoded: no shell is
    used, but on Windows not every launcher can be told so (CVE-2025-6514).

    Raises:
        AuthorizationRefused: it is not such a URL.
    """
    try:
        parts = check_endpoint(url, Reach(allow_http=allow_http, allow_private=True))
    except ValueError as reason:
        raise AuthorizationRefused(f"The sign-in page cannot be opened: {reason}") from None
    path, query = quote(parts.path, safe="/%:@+,="), quote(parts.query, safe="/%:@+,=?&")
    return urlunsplit((parts.scheme, parts.netloc, path or "/", query, ""))


def _issuer_hint(request: AuthorizationRequest, iss: str) -> str | None:
    """What to set where an origin stood in for an issuer that the profile does not name."""
    if not iss.startswith(f"{request.issuer}/"):
        return None
    return f"Where the profile sets auth.endpoints, add there: issuer = {printable(iss)!r}"


def _fields(query: str) -> dict[str, str]:
    """The parameters of an answer; none at all when one comes twice (RFC 6749 §4.1.2)."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        return {}
    names = [name for name, _ in pairs if name in _ANSWER]
    return dict(pairs) if len(names) == len(set(names)) else {}
