"""What is asked of the gateway behind the calls, so that no client need restart.

The list again, after a call that may have changed it and after a refusal; the rights of the
identity, after a sign-in and once an hour (systems.md §7.2, §7.3). No request of the client
waits for any of it, none of it begins a sign-in, and nothing that changes something is asked.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from mcp_proxy.errors import AuthError, GatewayError, NotPermitted, StoreError
from mcp_proxy.proxy.refused.learnt import LESSON_SECONDS
from mcp_proxy.wire import jsonrpc, mcp

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from mcp_proxy.policy.preset import Preset
    from mcp_proxy.policy.refusals import Refusal
    from mcp_proxy.proxy.gateway.side import Side
    from mcp_proxy.proxy.plan import Call
    from mcp_proxy.proxy.refused.learnt import Learnt
    from mcp_proxy.proxy.refused.rights import Rights
    from mcp_proxy.proxy.tools.view import View

_CHANGED: Final = jsonrpc.notification(mcp.TOOLS_CHANGED, None)


class Behind:
    """Keeps what one client was told of its tools true.

    Args:
        side: the gateway.
        view: its tools.
        learnt: what it has refused.
        rights: what the identity may do with which resource.
        preset: what is known of its system.
        emit: takes one line for the client.
        complain: takes one sentence for the person who reads stderr.
    """

    def __init__(
        self,
        side: Side,
        view: View,
        learnt: Learnt,
        rights: Rights,
        preset: Callable[[], Preset],
        emit: Callable[[bytes], None],
        complain: Callable[[str], None],
    ) -> None:
        self.list_all: Callable[[], Awaitable[object]] | None = None
        """Asks for all tools; None: the client goes too soon for anything behind its calls."""
        self._side = side
        self._view = view
        self._learnt = learnt
        self._rights = rights
        self._preset = preset
        self._emit = emit
        self._complain = complain
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._again = self._is_news = False
        self._timer: asyncio.TimerHandle | None = None
        self._has_told_of_nothing = False

    def refused(self, tool: str, refusal: Refusal) -> None:
        """Hide a tool that the gateway refuses for itself, and look what else has changed."""
        has_changed = self._learnt.learn(tool, refusal)
        self._rights.outdate()
        if self._timer is not None:
            self._timer.cancel()
        later = asyncio.get_running_loop().call_later
        self._timer = later(LESSON_SECONDS, self.recall)
        self._relist(has_changed=has_changed)

    def called(self, call: Call) -> None:
        """Look for other tools after a call that may have made some."""
        rules = self._preset().enquiry.relist
        if any(call.tool == tool and name in call.arguments for tool, name in rules):
            self._relist(has_changed=False)

    def listed(self, *, is_another: bool) -> None:
        """The gateway has answered its whole list, another one than before or the same."""
        if is_another:
            self._learnt.forget()
        self._explain_emptiness()
        if self.list_all is not None and self._rights.is_due():
            self._begin("rights", self._ask_rights)

    def signed_in(self) -> None:
        """Forget what another grant was refused."""
        self._rights.outdate()
        self._tell(has_changed=self._learnt.forget())

    def recall(self) -> None:
        """Show again what was hidden long enough."""
        self._tell(has_changed=self._learnt.recall())

    def close(self) -> None:
        """Ask for nothing more."""
        self.list_all = None
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks.values():
            task.cancel()

    # ---- the list ----------------------------------------------------------------------------

    def _relist(self, *, has_changed: bool) -> None:
        self._is_news |= has_changed
        # A list that is on its way may have been asked for too early to know.
        self._again = True
        self._begin("list", self._list_again)

    async def _list_again(self) -> None:
        """Ask for the list, and tell the client once of all that is different now."""
        before = self._view.tools
        while self._again and self.list_all is not None:
            self._again = False
            with contextlib.suppress(AuthError, GatewayError, NotPermitted):
                await self.list_all()
        has_changed, self._is_news = self._is_news, False
        self._tell(has_changed=has_changed or self._view.tools != before)

    def _tell(self, *, has_changed: bool) -> None:
        if has_changed:
            self._emit(_CHANGED)

    def _explain_emptiness(self) -> None:
        empty = self._preset().enquiry.empty
        if empty is None or self._has_told_of_nothing:
            return
        if all(tool.name in empty.besides for tool in self._view.tools):
            self._has_told_of_nothing = True
            self._complain(emptiness(empty.causes))

    # ---- the rights ----------------------------------------------------------------------------

    async def _ask_rights(self) -> None:
        # Explanations only: without them the gateway's own words must do.
        with contextlib.suppress(AuthError, GatewayError, NotPermitted, StoreError):
            await self._rights.ask(self._side)

    def _begin(self, name: str, deed: Callable[[], Coroutine[object, object, None]]) -> None:
        task = self._tasks.get(name)
        if task is None or task.done():
            self._tasks[name] = asyncio.create_task(deed())


def emptiness(causes: tuple[str, ...]) -> str:
    """What an empty list after a good sign-in may mean, in one sentence."""
    *first, last = causes
    told = f"{', '.join(first)}, or {last}" if first else last
    return f"the gateway shows this identity no tools: {told}"
