"""Somebody else's word for a token: the JWT of a workload, or of a company's own sign-in.

Follows RFC 7523 §2.1 for the grant, and for enterprise-managed authorization RFC 8693 §2
with draft-ietf-oauth-identity-assertion-authz-grant §4: an identity provider turns the id
token of a person into an assertion for the gateway's authorization server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.errors import TokenRefused
from mcp_proxy.oauth.model import JWT_BEARER, TokenSet
from mcp_proxy.oauth.token_endpoint import ask, tokens_for
from mcp_proxy.values import replace

if TYPE_CHECKING:
    from mcp_proxy.oauth.http import Flow
    from mcp_proxy.oauth.model import Client

_TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - a grant type
_ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105 - a kind of token
_ID_JAG = "urn:ietf:params:oauth:token-type:id-jag"


def id_assertion(
    token_endpoint: str,
    client: Client,
    id_token: str,
    *,
    issuer: str,
    resource: str | None,
    scope: str | None,
) -> Flow[str]:
    """What an identity provider says of a person to another authorization server.

    Args:
        token_endpoint: the identity provider's.
        client: this program as the identity provider knows it.
        id_token: of the person's sign-in there.
        issuer: for whom the assertion is.
        resource: for which gateway.
        scope: for which use.

    Raises:
        TokenRefused: it refuses, or answers with something else.
        GatewayRefused: it gave no answer that OAuth knows.
    """
    form = {
        "requested_token_type": _ID_JAG,
        "subject_token": id_token,
        "subject_token_type": _ID_TOKEN,
        "audience": issuer,
        "resource": resource,
        "scope": scope,
    }
    document = yield from ask(token_endpoint, client, _TOKEN_EXCHANGE, form)
    # RFC 8693 §2.2.1: whatever it is, it comes as `access_token`.
    assertion = document.get("access_token")
    if document.get("issued_token_type") != _ID_JAG or not isinstance(assertion, str):
        raise TokenRefused("The identity provider answered with something else than an assertion")
    return assertion


def redeem_assertion(
    token_endpoint: str,
    client: Client,
    assertion: str,
    *,
    resource: str | None,
    scope: str | None,
    now: float,
) -> Flow[TokenSet]:
    """The tokens for an assertion (RFC 7523 §2.1); the next ones need another assertion.

    Raises:
        TokenRefused: the server says no, or its tokens cannot be used.
        GatewayRefused: it gave no answer that OAuth knows.
    """
    form = {"assertion": assertion, "resource": resource, "scope": scope}
    before = TokenSet("", scope=scope)
    tokens = yield from tokens_for(token_endpoint, client, JWT_BEARER, form, before=before, now=now)
    # RFC 7521 §4.1: what gave these tokens gives the next ones.
    return replace(tokens, refresh_token=None)
