"""Answers that the gateway has not given, as the host reads them.

A legacy host gets them as `waiting` makes them; a modern one with what its revision wants in
each result, and with a wish for a sign-in where it can put a page before its person. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.proxy import handshake
from mcp_proxy.proxy.person import waiting
from mcp_proxy.wire import mcp

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.errors import PermitError
    from mcp_proxy.login.person import SignInPage
    from mcp_proxy.proxy.person.wish import Wishes
    from mcp_proxy.wire.jsonrpc import Message


class OwnAnswers:
    """What we answer in place of one gateway.

    Args:
        initialize: the gateway's `initialize` result, if there is one.
        mint: makes a text that nobody can guess.
        now: the time, in seconds.
    """

    def __init__(
        self,
        initialize: Callable[[], bytes | None],
        mint: Callable[[], str],
        now: Callable[[], float],
    ) -> None:
        self._initialize = initialize
        self._mint = mint
        self._now = now
        self._wishes: Wishes | None = None

    def taken_up(self, request: Message) -> tuple[Message, bool]:
        """The request to serve, and whether its person has declined to sign in for it.

        Raises:
            LocalProtocolError: it goes on with another request, or answers nothing.
        """
        if mcp.era(request) == "legacy":
            return request, False
        if self._wishes is None:
            from mcp_proxy.proxy.person.wish import Wishes  # noqa: PLC0415 - legacy hosts go without

            self._wishes = Wishes(self._mint)
        return self._wishes.taken_up(request), self._wishes.was_declined

    def over(self, request: Message) -> None:
        """`request` is answered."""
        if self._wishes is not None:
            self._wishes.over(request)

    def seconds(self, request: Message, usual: float) -> float:
        """How long a request waits for a sign-in: longer for a person who has agreed to it."""
        return usual if self._wishes is None else self._wishes.seconds(request, usual)

    def instead(
        self,
        request: Message,
        error: PermitError,
        last_seen: bytes | None,
        page: SignInPage | None,
    ) -> bytes:
        """What stands in for the gateway's answer; `error` is raised where nothing does.

        `last_seen` is the result of the last snapshot.
        """
        if self._wishes is not None:
            wish = self._wishes.wish(request, error, page, self._now(), self.server_info())
            if wish is not None:
                return wish
        return self.shaped(request, waiting.instead(request, error, last_seen))

    def shaped(self, request: Message, answer: bytes) -> bytes:
        """An answer of ours as the host of `request` reads it."""
        if mcp.era(request) == "legacy":
            return answer
        from mcp_proxy.proxy.eras import result  # noqa: PLC0415 - as above

        return result.complete(answer, request.method, self.server_info())

    def server_info(self) -> bytes:
        """Who answers, as JSON text."""
        return handshake.server_info(self._initialize())
