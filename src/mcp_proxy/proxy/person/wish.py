"""The sign-in page as what a modern host is asked for before its request goes on.

Where no browser could be opened here and the host puts addresses before its person: its
request is answered with the page, its retry waits for the sign-in, and goes on as if it
had been the first. Pure. Follows MCP 2026-07-28, "Multi Round-Trip Requests" and
"Elicitation", URL mode.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mcp_proxy.errors import SignInPending
from mcp_proxy.proxy.eras import capabilities
from mcp_proxy.proxy.eras.envelope import envelope
from mcp_proxy.proxy.eras.handles import RESPONSES, STATE, Handles, responses_of
from mcp_proxy.proxy.eras.modern_to_legacy import ASKING
from mcp_proxy.proxy.person.elicitation import invitation
from mcp_proxy.values import dataclass
from mcp_proxy.wire import jsonrpc, mcp, splice

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.errors import PermitError
    from mcp_proxy.login.person import SignInPage
    from mcp_proxy.wire.jsonrpc import Id, Message

AGREED_SECONDS = 30.0
"""How long a retry waits for a person who has agreed to sign in; then it may come again."""
_PAGE = "sign-in"
"""The key of the page in `inputRequests`."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A request that waits for a sign-in, as it first came."""

    request: Message
    is_agreed: bool


class Wishes:
    """What hosts were asked for that have not come back yet, and who has agreed.

    Args:
        mint: makes a text that nobody can guess.
    """

    def __init__(self, mint: Callable[[], str]) -> None:
        self._held: Handles[_Held] = Handles(mint)
        self._agreed: set[Id] = set()
        self.was_declined = False
        """Whether the person behind the last retry will not sign in."""

    def taken_up(self, request: Message) -> Message:
        """The request to serve: `request`, or the one that it goes on with, under its id.

        Raises:
            LocalProtocolError: -32602, it goes on with another request, or answers nothing.
        """
        self.was_declined = False
        if request.method not in ASKING or mcp.era(request) == "legacy":
            return request
        said = responses_of(request).get(_PAGE)
        held = self._held.take(request)
        if held is None:
            return request
        action = None if said is None else splice.member(said, "action")
        self.was_declined = action == b'"decline"'
        if action == b'"accept"' or (action is None and held.is_agreed):
            self._agreed.add(request.request_id)
        return _restored(request, held.request)

    def seconds(self, request: Message, usual: float) -> float:
        """How long `request` waits for a sign-in."""
        return AGREED_SECONDS if request.request_id in self._agreed else usual

    def over(self, request: Message) -> None:
        """`request` is answered."""
        self._agreed.discard(request.request_id)

    def wish(
        self,
        request: Message,
        error: PermitError,
        page: SignInPage | None,
        now: float,
        server_info: bytes,
    ) -> bytes | None:
        """The answer that asks for a sign-in; None where `error` itself must be told.

        Who has agreed already is only asked to come again.
        """
        is_possible = request.method in ASKING and mcp.era(request) == "modern"
        if not is_possible or not isinstance(error, SignInPending) or page is None:
            return None
        opens_pages = capabilities.opens_pages(envelope(request).capabilities)
        if page.is_opened or not opens_pages:
            return None
        is_agreed = request.request_id in self._agreed
        handle = self._held.give(request, _Held(request, is_agreed), now)
        self._held.overdue(now)
        asked = {_PAGE: {"method": mcp.ELICITATION, "params": invitation(page)}}
        told = {
            mcp.RESULT_TYPE: mcp.INPUT_REQUIRED,
            **({} if is_agreed else {"inputRequests": asked}),
            STATE: handle,
            mcp.META: {mcp.META_SERVER_INFO: json.loads(server_info)},
        }
        return jsonrpc.result(request.request_id, told)


def _restored(retry: Message, first: Message) -> Message:
    """The first request under the id of its retry, which may go on with something itself."""
    params = dict(splice.members(splice.member(retry.raw, "params") or b"{}"))
    before = dict(splice.members(splice.member(first.raw, "params") or b"{}"))
    for name in (STATE, RESPONSES):
        params.pop(name, None)
        if name in before:
            params[name] = before[name]
    raw = splice.replace(retry.raw, ("params",), splice.object_of(params.items()))
    return jsonrpc.parse(raw)
