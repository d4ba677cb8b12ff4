"""The one answer to each request of the client.

Most are the gateway's own. Some never reach it, some wait a moment for a person,
and the lists are cut to what is permitted.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from mcp_proxy.errors import (
    AuthError,
    GatewayError,
    GatewayUnreachable,
    InsufficientScope,
    PermitError,
    SignInRequired,
)
from mcp_proxy.proxy import plan as plans
from mcp_proxy.proxy.person import waiting
from mcp_proxy.proxy.person.asking import Asking
from mcp_proxy.proxy.person.elicitation import Elicitation
from mcp_proxy.proxy.person.entrance import Entrance
from mcp_proxy.proxy.tools import shape
from mcp_proxy.wire import jsonrpc, mcp

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.policy.model import Tool
    from mcp_proxy.proxy.gateway.access import Begun
    from mcp_proxy.proxy.gateway.side import Side
    from mcp_proxy.proxy.greeting import Greeting
    from mcp_proxy.proxy.own_answers import OwnAnswers
    from mcp_proxy.proxy.person.entrance import SignIn
    from mcp_proxy.proxy.refused.refusals import Refusals
    from mcp_proxy.proxy.tools.listing import Listing
    from mcp_proxy.proxy.tools.shelf import Shelf
    from mcp_proxy.proxy.trail import Entry, Trail
    from mcp_proxy.wire.jsonrpc import Message


class Responder:
    """Answers for one gateway to one client.

    Args:
        upstream: the gateway.
        greeting: answers `initialize`.
        sign_in: the use case; None where no person can help.
        shelf: the catalog.
        trail: the audit.
        refusals: what is done about the gateway's.
        own: makes the answers that are not the gateway's.
        listing: asks for all tools.
        emit: takes what the gateway sends besides answers.
        on_refused: told that the gateway refuses what a sign-in has just brought.
        patience: seconds that a request of some method waits for a person.
    """

    def __init__(
        self,
        upstream: Side,
        greeting: Greeting,
        sign_in: SignIn | None,
        shelf: Shelf,
        trail: Trail,
        refusals: Refusals,
        own: OwnAnswers,
        listing: Listing,
        emit: Callable[[bytes], None],
        on_refused: Callable[[PermitError], None],
        patience: Callable[[str | None], float] = waiting.patience,
    ) -> None:
        self.greeting = greeting
        self._upstream = upstream
        self._elicitation = Elicitation(emit)
        self._entrance = Entrance(sign_in, self._announce, on_refused, self._elicitation.show)
        self._shelf = shelf
        self._trail = trail
        self._refusals = refusals
        self._emit = emit
        self._patience = patience
        self._own = own
        self._listing = listing
        self._asking = Asking(upstream, self._entrance, self._seconds, emit)
        self._placeholders: set[str] = set()

    async def answer(self, message: Message) -> bytes:
        """The one answer to `message`.

        Raises:
            PermitError: there is none; the client is told this instead.
        """
        message, is_declined = self._own.taken_up(message)
        if is_declined:
            self._entrance.decline()
        try:
            return await self._answer(message)
        finally:
            self._own.over(message)

    async def _answer(self, message: Message) -> bytes:
        self._refusals.begin(message.method)
        action = plans.plan(message, self._shelf.view)
        if plans.wants_facts(action) and not self._shelf.is_known:
            try:
                await self._learn_tools()
            except AuthError as lacking:
                return self._instead(message, lacking)
            action = plans.plan(message, self._shelf.view)
        return await self._carry_out(message, action)

    def plain_call(self, message: Message) -> plans.Call | None:
        """The call that a legacy host asks for, if nothing is to be found out or done first."""
        if not self._shelf.is_known or mcp.era(message) == "modern":
            return None
        self._refusals.begin(message.method)
        action = plans.plan(message, self._shelf.view)
        if isinstance(action, plans.Call) and action.body is message.raw:
            return action
        return None

    def entry(self, call: plans.Call) -> Entry:
        """Begin its line in the audit."""
        return self._trail.begin(call)

    def plain_answer(self, call: plans.Call, entry: Entry, answer: bytes) -> bytes:
        """What the client is told for the gateway's answer to a call; its line is written."""
        with entry:
            self._asking.served(f"{mcp.TOOLS_CALL} {call.tool}")
            return self._refusals.heard(call, answer, entry)

    def resume(self, hello: bytes, told: bytes) -> None:
        """Go on behind an `initialize` that was answered before, with the result `told`."""
        message = jsonrpc.parse(hello)
        self._elicitation.meet(message.params)
        self.greeting.resume(message, told)

    def heard(self, message: Message) -> bool:
        """Whether an answer of the client is to a question of ours, and none of the gateway's."""
        said = self._elicitation.heard(message)
        if said == "declined":
            self._entrance.decline()
        return said is not None

    async def _carry_out(  # noqa: PLR0911 - one for each action
        self, message: Message, action: plans.Action
    ) -> bytes:
        match action:
            case plans.Forward(body, repeatable):
                return await self._forward(message, body, repeatable=repeatable)
            case plans.Call():
                return await self.go_on(message, action, self.entry(action))
            case plans.ListTools(body, cursor):
                return await self._list(message, body, cursor)
            case plans.Greet():
                self._elicitation.meet(message.params)
                return await self.greeting.answer(message, action)
            case plans.Refuse():
                self._trail.refused(action)
                raise action.error
            case plans.SignIn():
                return await self._sign_in(message)
            case plans.Discover():
                return await self.greeting.discover(message)
            case plans.Listen():
                from mcp_proxy.proxy.person.standby import listen  # noqa: PLC0415 - modern hosts alone

                return await listen(self._upstream, message, self._emit, self._asking.reached)
            case plans.Answer(line):
                return line
        raise AssertionError(action)

    def _seconds(self, message: Message) -> float:
        return self._own.seconds(message, self._patience(message.method))

    async def _forward(self, message: Message, body: bytes, *, repeatable: bool) -> bytes:
        try:
            return await self._asking.ask(message, body, repeatable=repeatable)
        except AuthError as error:
            return self._instead(message, error)

    async def go_on(
        self, message: Message, call: plans.Call, entry: Entry, begun: Begun | None = None
    ) -> bytes:
        """The one answer to a permitted call; `begun` is what was sent of it already.

        Raises:
            PermitError: there is none; the client is told this instead.
        """
        with entry:
            try:
                answer = await self._asking.ask(
                    message, call.body, repeatable=call.repeatable, begun=begun
                )
            except AuthError as error:
                entry.failed(error)
                return self._instead(message, error)
            return self._refusals.heard(call, answer, entry)

    async def _list(self, message: Message, body: bytes, cursor: str | None) -> bytes:
        try:
            return self._shelf.take(await self._asking.ask(message, body), cursor)
        except (AuthError, GatewayUnreachable) as error:
            return self._instead(message, error, at_beginning=cursor is None)

    def _instead(self, message: Message, error: PermitError, *, at_beginning: bool = True) -> bytes:
        """What stands in for the gateway's answer; `error` itself where nothing does."""
        is_list = message.method == mcp.TOOLS_LIST and at_beginning
        last_seen = self._shelf.last_seen_list() if is_list else None
        answer = self._own.instead(message, error, last_seen, self._entrance.page)
        self._placeholders |= waiting.CHANGED.get(message.method or "", set())
        return answer

    def leave(self) -> None:
        """Stop waiting for a person, for good."""
        self._entrance.close()

    def server_info(self) -> bytes:
        """Who answers, as JSON text."""
        return self._own.server_info()

    def close(self) -> None:
        """Stop waiting for a person, and for a gateway that is slow to greet."""
        self.leave()
        self.greeting.close()

    async def _sign_in(self, message: Message) -> bytes:
        """The helper tool: begin to sign in, or say where a person must go."""
        required = SignInRequired("Nobody is signed in", hint="mcp-permit login")
        try:
            await self._asking.enter(required, self._seconds(message))
        except AuthError as error:
            return self._instead(message, error)
        text = "Signed in. The gateway's tools can be listed now."
        return self._own.shaped(message, shape.tool_text(message.request_id, text))

    # ---- what is done unasked ---------------------------------------------------------------

    def _announce(self) -> None:
        """Tell the client which of the lists it was given are not the real ones."""
        for method in sorted(self._placeholders):
            self._emit(jsonrpc.notification(method, None))
        self._placeholders.clear()

    async def _learn_tools(self) -> None:
        """Ask for the facts that a call is judged by, after a sign-in where one is needed.

        Raises:
            AuthError: nobody has signed in.
        """
        # A gateway that has calls but no list, or none for this scope, is not for us to refuse.
        with contextlib.suppress(GatewayError, InsufficientScope):
            try:
                await self.list_all()
            except SignInRequired as required:
                await self._asking.enter(required, self._patience(mcp.TOOLS_CALL))
                try:
                    await self.list_all()
                except SignInRequired as again:
                    raise self._entrance.refused() from again

    async def list_all(self) -> tuple[Tool, ...]:
        """Ask for every page of the tools and learn them; all that the gateway lists.

        Raises:
            AuthError, GatewayError: the gateway gave no complete list.
        """
        return await self._listing.all()
