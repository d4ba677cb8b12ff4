"""The gateway, asked in the name of one identity.

A request goes with a valid token, and once more with another if the gateway refuses
it: a request that is answered 401 has not run. Follows MCP 2025-03-26 to 2025-11-25,
"Authorization", RFC 6750 and RFC 9449.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mcp_proxy.errors import InsufficientScope, SignInRequired
from mcp_proxy.net.link import header_lines
from mcp_proxy.proxy.gateway.status import FORBIDDEN, UNAUTHORIZED, http_error
from mcp_proxy.tokens.static import NoTokens
from mcp_proxy.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp_proxy.net.exchange import Exchange
    from mcp_proxy.net.link import Link
    from mcp_proxy.net.reply import Reply
    from mcp_proxy.tokens.proofs import Proofs

Headers = tuple[tuple[str, str], ...]

MOST_TOKENS = 3
"""After the first, for one request: more that end on their way are no bad luck (ours)."""


class Tokens(Protocol):
    """Where access tokens come from; `tokens.source` has the kinds."""

    @property
    def proofs(self) -> Proofs | None:
        """What proves that the token in hand is ours, where it is bound to a key."""

    def fresh_token(self) -> str | None:
        """A token to send now, if one is at hand."""

    async def access_token(self, *, rejected: str | None = None) -> str:
        """A token to send now, and never `rejected`."""

    def is_refused_at_once(self, token: str) -> bool:
        """Whether it says something against `token` that the gateway took it not even once."""

    async def close(self) -> None:
        """End what goes on behind the calls."""


@dataclass(frozen=True, slots=True)
class Session:
    """What one `initialize` settled. Without an id the gateway keeps no session."""

    id: str | None
    version: str


class Begun:
    """A request that was sent with a token, and whose reply is to come."""

    __slots__ = ("exchange", "token")

    def __init__(self, exchange: Exchange, token: str | None) -> None:
        self.exchange = exchange
        self.token = token


class Access:
    """One gateway and one identity.

    Args:
        link: the connections.
        tokens: where access tokens come from.
        extra_headers: the profile's own headers.
    """

    def __init__(self, link: Link, tokens: Tokens, extra_headers: Mapping[str, str]) -> None:
        self._link = link
        self._tokens = tokens
        self._sends_none = isinstance(tokens, NoTokens)
        self._extra = list(extra_headers.items())
        self._last_key: tuple[str | None, Session | None, Headers] | None = None
        self._last_lines = b""
        self._proofs: Proofs | None = None
        self._useless: str | None = None
        """The access token that was refused last, or that nobody can renew."""
        self._taken: str | None = None
        """The access token that the gateway has taken last."""

    def begin(
        self, body: bytes, session: Session | None, wanted: Headers, on_news: Callable[[], None]
    ) -> Begun | None:
        """Send a POST at once, if a token and a connection are at hand; else None.

        Whoever begins goes on with `send`, or takes what came for the end of it: `taken`.
        """
        token = self._tokens.fresh_token()
        if token is None and not self._sends_none:
            return None
        lines = self._lines(token, session, wanted)
        # What proves a token is signed anew for each request.
        exchange = None if self._proofs is not None else self._link.begin(lines, body, on_news)
        return None if exchange is None else Begun(exchange, token)

    def taken(self, begun: Begun) -> None:
        """The gateway has served what was begun."""
        self._taken = begun.token

    async def send(
        self,
        method: str,
        body: bytes | None,
        session: Session | None,
        wanted: Headers,
        begun: Begun | None = None,
    ) -> Reply:
        """Send with a valid token, again with another if the gateway refuses it.

        `begun` is the first time, where that was begun already.

        Raises:
            SignInRequired, InsufficientScope: the gateway takes none that we have.
            AuthError, GatewayError: no token could be had, or no reply.
        """
        if begun is not None:
            token = begun.token
            reply = await begun.exchange.reply()
        else:
            token = self._tokens.fresh_token() or await self._token_or_none()
            reply = await self._exchange(method, token, session, wanted, body)
        tried = 0
        while reply.status == UNAUTHORIZED:
            # A token of seconds may have ended on its way: that is no refusal.
            if tried and (tried == MOST_TOKENS or self._tokens.is_refused_at_once(token or "")):
                raise await self._sign_in_required(reply, token)
            token = await self._replacement(token, reply)
            reply = await self._exchange(method, token, session, wanted, body)
            tried += 1
        self._taken = token
        if reply.status == FORBIDDEN:
            await _require_scope(reply, token)
        return reply

    async def send_once(self, method: str, session: Session) -> Reply:
        """Send with the token that is at hand, whatever becomes of it.

        Raises:
            GatewayError: no reply.
        """
        token = self._tokens.fresh_token()
        return await self._exchange(method, token, session, (), None)

    async def _exchange(
        self,
        method: str,
        token: str | None,
        session: Session | None,
        wanted: Headers,
        body: bytes | None,
    ) -> Reply:
        lines = self._lines(token, session, wanted)
        if self._proofs is None or token is None:
            return await self._link.send(method, lines, body)
        reply = await self._link.send(method, lines + self._proofs.line(method, token), body)
        if self._proofs.is_for_a_nonce(reply.status, reply.headers):
            await reply.read()
            reply = await self._link.send(method, lines + self._proofs.line(method, token), body)
        return reply

    async def _token_or_none(self) -> str | None:
        # A gateway may ask for no token at all; if it does, its 401 brings the
        # challenge that a sign-in begins with.
        try:
            return await self._tokens.access_token()
        except SignInRequired as ended:
            self._useless = ended.refused or self._useless
            return None

    async def _replacement(self, refused: str | None, reply: Reply) -> str:
        required = await self._sign_in_required(reply, refused or self._useless)
        if refused is None:
            raise required
        self._useless = refused
        try:
            return await self._tokens.access_token(rejected=refused)
        except SignInRequired as ended:
            ended.challenge, ended.refused = required.challenge, refused
            ended.was_taken = required.was_taken
            raise

    async def _sign_in_required(self, reply: Reply, refused: str | None) -> SignInRequired:
        await reply.read()
        required = SignInRequired("The gateway asks for a sign-in", hint="mcp-permit login")
        required.challenge, required.refused = reply.headers, refused
        required.was_taken = refused is not None and refused == self._taken
        return required

    def _lines(self, token: str | None, session: Session | None, wanted: Headers) -> bytes:
        """The header lines of a request; those of the last one are at hand."""
        key = (token, session, wanted)
        if key != self._last_key:
            self._last_key = key
            self._proofs = self._tokens.proofs
            self._last_lines = header_lines([*self._headers(token, session), *wanted])
        return self._last_lines

    def _headers(self, token: str | None, session: Session | None) -> list[tuple[str, str]]:
        headers = list(self._extra)
        if token is not None:
            scheme = "Bearer" if self._proofs is None else "DPoP"
            headers.append(("Authorization", f"{scheme} {token}"))
        if session is not None:
            headers.append(("MCP-Protocol-Version", session.version))
            if session.id is not None:
                headers.append(("Mcp-Session-Id", session.id))
        return headers


async def _require_scope(reply: Reply, refused: str | None) -> None:
    """Go on unless a 403 asks for a step-up: whatever its body says, the request was not run."""
    error = http_error(reply.status, reply.headers)
    if isinstance(error, InsufficientScope):
        await reply.read()
        error.challenge, error.refused = reply.headers, refused
        raise error
