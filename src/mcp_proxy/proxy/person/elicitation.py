"""The sign-in page, put before the person by the host itself.

For hosts that declared `elicitation.url`, where this program could open no browser: over
SSH, in a container, with `--no-browser`. Follows MCP 2025-11-25, "Elicitation", URL mode.
Pure but for what it emits.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from mcp_proxy.wire import jsonrpc, mcp, splice

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.login.person import SignInPage
    from mcp_proxy.wire.jsonrpc import Message

Answer = Literal["declined", "no news"]

_OURS = "mcp-permit-elicitation-"
"""How the ids of our own requests begin, among those of the gateway's."""


class Elicitation:
    """One question at a time, of ours and not of the gateway.

    Args:
        emit: takes one line for the host.
    """

    def __init__(self, emit: Callable[[bytes], None]) -> None:
        self._emit = emit
        self._can_ask = False
        self._count = 0
        self._asked: str | None = None

    def meet(self, params: object) -> None:
        """Learn from the params of `initialize` what the host can do."""
        match params:
            # An empty `elicitation` means forms only.
            case {"capabilities": {"elicitation": {"url": dict()}}}:
                self._can_ask = True
            case _:
                self._can_ask = False

    def show(self, page: SignInPage | None) -> None:
        """Ask for `page` to be opened; None says that nobody is awaited any more."""
        if self._asked is not None:
            over = {"elicitationId": self._asked}
            self._emit(jsonrpc.notification(mcp.ELICITATION_COMPLETE, over))
            self._asked = None
        if page is None or page.is_opened or not self._can_ask:
            return
        self._count += 1
        self._asked = f"{_OURS}{self._count}"
        params = {"elicitationId": self._asked} | invitation(page)
        self._emit(jsonrpc.request(self._asked, mcp.ELICITATION, params))

    def heard(self, message: Message) -> Answer | None:
        """What `message` says to a question of ours; None where it is none of our business.

        Yes is no news: the page itself will tell. A host that cannot ask has said nothing.
        """
        if message.kind != "response" or not str(message.id).startswith(_OURS):
            return None
        raw = splice.member(message.raw, "result", "action")
        is_no = message.id == self._asked and raw is not None and json.loads(raw) == "decline"
        return "declined" if is_no else "no news"


def invitation(page: SignInPage) -> dict[str, object]:
    """The parameters that ask a person to sign in on `page`, in every revision."""
    code = f" and enter the code {page.user_code} there" if page.user_code else ""
    return {
        "mode": "url",
        "url": page.url,
        "message": f"To use this gateway, sign in on its page{code}.",
    }
