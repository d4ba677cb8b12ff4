"""One question to a token endpoint, and the tokens of its answer.

Follows RFC 6749 §5. Every grant asks here: `grants`, `device`, `exchange`. Access tokens
are opaque: nothing in them is read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mcp_proxy.errors import TokenRefused
from mcp_proxy.oauth import dpop
from mcp_proxy.oauth.document import number
from mcp_proxy.oauth.model import TokenSet
from mcp_proxy.oauth.refusal import is_passing, printable, refusal, refused

if TYPE_CHECKING:
    from mcp_proxy.oauth.document import Document
    from mcp_proxy.oauth.http import Flow, HttpRequest
    from mcp_proxy.oauth.model import Client

Form = dict[str, str | None]
"""What a request says; what is None is not sent."""

# What can stand in a header: an access token comes from outside and goes into one.
_SENDABLE = re.compile(r"[\x21-\x7e]+")
_SCHEMES = {"bearer": "Bearer", "dpop": dpop.SCHEME}
"""Token types, which know no case (RFC 6749 §5.1)."""
_HINTS = {
    "invalid_grant": "mcp-permit login",
    "invalid_client": "Check auth.client_id and auth.client_secret. Servers that keep only a "
    "hash of the secret show the secret before it is saved and never again.",
    "unauthorized_client": "The client must be registered there for this grant type.",
}
# Parameters that are no secrets; all others are masked in what is shown of an answer.
_PLAIN = frozenset(
    {
        "scope",
        "resource",
        "redirect_uri",
        "audience",
        "requested_token_type",
        "subject_token_type",
    }
)


def tokens_for(
    url: str, client: Client, grant_type: str, form: Form, *, before: TokenSet, now: float
) -> Flow[TokenSet]:
    """The tokens that the token endpoint at `url` gives for `form`.

    `before` gives what the answer leaves out. `now` is when the request is made, so that
    an expiry is never taken too late.

    Raises:
        TokenRefused: the server says no, or its tokens cannot be used.
        GatewayRefused: it gave no answer that OAuth knows.
    """
    document = yield from ask(url, client, grant_type, form)
    return token_set(document, before, now)


def ask(url: str, client: Client, grant_type: str, form: Form) -> Flow[Document]:
    """The JSON object of a token endpoint that did not refuse.

    Raises:
        TokenRefused, GatewayRefused: as `tokens_for`.
    """
    # Authlib costs 15 ms to import, and most starts need no new token.
    from mcp_proxy.oauth import grammar  # noqa: PLC0415

    secrets = [value for name, value in form.items() if name not in _PLAIN]
    request = grammar.token_request(url, client, grant_type, form)
    return (yield from answer_to(request, [*secrets, client.client_secret, client.assertion]))


def answer_to(request: HttpRequest, secrets: list[str | None]) -> Flow[Document]:
    """The JSON object that answers `request`, at any endpoint that refuses as RFC 6749 §5.2 has it.

    Raises:
        TokenRefused, GatewayRefused: as `tokens_for`.
    """
    response = yield request
    document = response.json_object()
    # The status first: a gateway in trouble may say `invalid_grant` and not mean it.
    if document is None or is_passing(response.status):
        raise refused(request.url, response)
    if said := refusal(document, secrets):
        raise TokenRefused(
            f"The authorization server refuses: {said}", code=said.code, hint=_HINTS.get(said.code)
        )
    if not response.is_success:
        raise refused(request.url, response)
    return document


def token_set(document: Document, before: TokenSet, now: float) -> TokenSet:
    """The tokens of an answer; `before` gives what it leaves out (RFC 6749 §5.1, §6).

    Raises:
        TokenRefused: they cannot be used.
    """
    access_token, kind = document.get("access_token"), document.get("token_type")
    if not isinstance(access_token, str) or not _SENDABLE.fullmatch(access_token):
        raise TokenRefused("The authorization server gave no access token that can be sent")
    scheme = _SCHEMES.get(kind.lower()) if isinstance(kind, str) else None
    if scheme is None:
        raise TokenRefused(f"The token is not a Bearer token but {printable(str(kind))}")
    life_seconds = number(document.get("expires_in"))
    return TokenSet(
        access_token=access_token,
        refresh_token=_text(document, "refresh_token") or before.refresh_token,
        issued_at=now,
        expires_at=None if life_seconds is None else now + max(life_seconds, 0.0),
        scope=_text(document, "scope") or before.scope,
        token_type=scheme,
    )


def _text(document: Document, name: str) -> str | None:
    value = document.get(name)
    return value if isinstance(value, str) else None
