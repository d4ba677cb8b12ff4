"""The way in by a code that a person types on another device (RFC 8628).

Pure: who waits between two questions is `login.device`. No redirect, no listener and no
browser of this machine: made for terminals, SSH and containers. Not part of MCP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.errors import (
    AuthorizationRefused,
    DiscoveryError,
    GatewayError,
    TokenRefused,
)
from mcp_proxy.oauth.authorization import openable
from mcp_proxy.oauth.document import number
from mcp_proxy.oauth.model import DEVICE_CODE, TokenSet
from mcp_proxy.oauth.refusal import printable
from mcp_proxy.oauth.token_endpoint import answer_to, tokens_for
from mcp_proxy.values import dataclass, field

if TYPE_CHECKING:
    from mcp_proxy.oauth.document import Document
    from mcp_proxy.oauth.http import Flow
    from mcp_proxy.oauth.model import AuthorizationServer, Client

_USUAL_INTERVAL = 5.0
"""Seconds between two questions where the server names none (RFC 8628 §3.2)."""
_SLOWER = 5.0
"""What `slow_down` adds to every interval to come (RFC 8628 §3.5)."""
_LONGEST_INTERVAL = 60.0
_LONGEST_LIFE = 86400.0
_AGAIN = "mcp-permit login"


@dataclass(frozen=True, slots=True)
class DeviceAuthorization:
    """What a person is shown, and how often to ask whether it was done."""

    device_code: str = field(repr=False)
    user_code: str
    url: str
    """Where to go: with the code in it where the server offers that, fit to be opened."""
    has_code: bool
    """Whether `url` has the code in it, so that it is there only to be compared."""
    expires_at: float
    """Epoch seconds."""
    interval_seconds: float


@dataclass(frozen=True, slots=True)
class NotYet:
    """Nobody has answered so far; ask again after `interval_seconds`."""

    interval_seconds: float


def authorize_device(
    server: AuthorizationServer,
    client: Client,
    *,
    scope: str | None,
    resource: str | None,
    now: float,
    allow_http: bool = False,
) -> Flow[DeviceAuthorization]:
    """Ask for a code to show to a person (RFC 8628 §3.1, §3.2).

    Raises:
        DiscoveryError: `server` has no such endpoint, or its answer cannot be used.
        TokenRefused: it refuses, as it does for a client without this grant type.
        AuthorizationRefused: its page is none that may be opened.
        GatewayRefused: it gave no answer that OAuth knows.
    """
    # Authlib costs 15 ms to import, and only a sign-in wants it.
    from mcp_proxy.oauth import grammar  # noqa: PLC0415

    endpoint = server.device_authorization_endpoint
    if endpoint is None:
        raise DiscoveryError(
            f"{server.issuer} offers no device codes", hint="Sign in without --device."
        )
    request = grammar.device_request(endpoint, client, {"scope": scope, "resource": resource})
    document = yield from answer_to(request, [client.client_secret, client.assertion])
    return _authorization(server.issuer, document, now, allow_http=allow_http)


def poll(
    server: AuthorizationServer,
    client: Client,
    asked: DeviceAuthorization,
    *,
    scope: str | None,
    resource: str | None,
    interval_seconds: float,
    now: float,
) -> Flow[TokenSet | NotYet]:
    """Ask once whether the person has said yes (RFC 8628 §3.4, §3.5).

    `interval_seconds` is how long it was since the last question; a server in trouble is
    asked at half that pace.

    Raises:
        AuthorizationRefused: the person said no, or the code has ended.
        TokenRefused: the server refuses for another reason.
    """
    form = {"device_code": asked.device_code, "resource": resource}
    before = TokenSet("", scope=scope)
    try:
        return (
            yield from tokens_for(
                server.token_endpoint, client, DEVICE_CODE, form, before=before, now=now
            )
        )
    except GatewayError:
        # RFC 8628 §3.5: after a timeout slower, as an exponential backoff.
        return _not_yet(2 * interval_seconds)
    except TokenRefused as refused:
        match refused.code:
            case "authorization_pending":
                return _not_yet(interval_seconds)
            case "slow_down":
                return _not_yet(interval_seconds + _SLOWER)
            case "access_denied":
                told = "The person who was asked has said no"
            case "expired_token":
                told = "Nobody entered the code in time"
            case _:
                raise
        raise AuthorizationRefused(told, code=refused.code, hint=_AGAIN) from refused


def _not_yet(interval_seconds: float) -> NotYet:
    return NotYet(min(interval_seconds, _LONGEST_INTERVAL))


def _authorization(
    issuer: str, document: Document, now: float, *, allow_http: bool
) -> DeviceAuthorization:
    code, shown = document.get("device_code"), document.get("user_code")
    page, whole = document.get("verification_uri"), document.get("verification_uri_complete")
    if not (isinstance(code, str) and code and isinstance(shown, str) and isinstance(page, str)):
        raise DiscoveryError(f"{issuer} answered with no device code that can be used")
    # Shown to a person in a terminal: nothing in it may move a cursor or claim a line.
    user_code = printable(shown)
    has_code = isinstance(whole, str) and bool(whole)
    url = openable(str(whole) if has_code else page, allow_http=allow_http)
    life = number(document.get("expires_in"))
    interval = number(document.get("interval"))
    return DeviceAuthorization(
        code,
        user_code,
        url,
        has_code,
        # Required, yet not everywhere: `login` has a limit of its own.
        now + (_LONGEST_LIFE if life is None else min(max(life, 0.0), _LONGEST_LIFE)),
        _USUAL_INTERVAL if interval is None else min(max(interval, 1.0), _LONGEST_INTERVAL),
    )
