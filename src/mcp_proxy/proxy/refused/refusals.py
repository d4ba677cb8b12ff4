"""All that is done about the refusals of one gateway, put together when it is first needed.

A start, and a host that only asks who we are, never load any of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mcp_proxy.errors import StoreError
from mcp_proxy.wire import mcp

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from mcp_proxy.errors import GatewayRefused, PermitError
    from mcp_proxy.policy.explanation import Circumstances
    from mcp_proxy.policy.preset import Preset
    from mcp_proxy.proxy.gateway.side import Side
    from mcp_proxy.proxy.plan import Call
    from mcp_proxy.proxy.refused.behind import Behind
    from mcp_proxy.proxy.refused.counsel import Counsel
    from mcp_proxy.proxy.tools.view import View
    from mcp_proxy.proxy.trail import Entry, Trail

SHORT_BYTES: Final = 1 << 16
_ABOUT_TOOLS: Final = frozenset({mcp.TOOLS_LIST, mcp.TOOLS_CALL})


class Refusals:
    """What the rest of a relay asks, for one gateway and one identity.

    Args:
        side: the gateway.
        view: its tools.
        circumstances: who is refused, and whom they can ask.
        catalogs: the folder beside whose snapshots facts are kept.
        key: the cache key's digest; asked anew, as a sign-in may change it.
        trail: the audit.
        now: epoch seconds.
        emit: takes one line for the client.
        complain: takes one sentence for the person who reads stderr.
    """

    def __init__(
        self,
        side: Side,
        view: View,
        circumstances: Circumstances,
        catalogs: Path,
        key: Callable[[], str],
        trail: Trail,
        now: Callable[[], float],
        emit: Callable[[bytes], None],
        complain: Callable[[str], None],
    ) -> None:
        self._side = side
        self._view = view
        self._circumstances = circumstances
        self._catalogs = catalogs
        self._key = key
        self._trail = trail
        self._now = now
        self._emit = emit
        self._complain = complain
        self._list_all: Callable[[], Awaitable[object]] | None = None
        self._parts: tuple[Counsel, Behind] | None = None
        self._known: Preset | None = None

    def stay(self, list_all: Callable[[], Awaitable[object]]) -> None:
        """Ask behind the calls, too: the client stays. `list_all` asks for all tools."""
        self._list_all = list_all

    def begin(self, method: str | None) -> None:
        """A request of the client begins; what it is judged by must be up to date."""
        if method in _ABOUT_TOOLS:
            self._ready()[1].recall()

    def heard(self, call: Call, answer: bytes, entry: Entry) -> bytes:
        """What the client is told for the gateway's answer to `call`; `entry` is its line."""
        counsel, behind = self._ready()
        told, refusal = counsel.answered(call, answer)
        entry.answered(answer, refusal)
        # Whatever it answered: a tool may be registered although its first run has failed.
        behind.called(call)
        return told

    def listed(self, is_another: bool) -> None:  # noqa: FBT001 - the one thing told
        """The gateway has answered its whole list, another one than before or the same."""
        self._ready()[1].listed(is_another=is_another)

    def signed_in(self) -> None:
        """Somebody has signed in."""
        self._ready()[1].signed_in()

    def pause(self, answer: bytes) -> float | None:
        """As `Counsel.pause`."""
        # On the way of every request: what names a time says so, and is short.
        if len(answer) > SHORT_BYTES or b"retry" not in answer:
            return None
        return self._ready()[0].pause(answer)

    def explained(self, tool: str | None, refused: GatewayRefused) -> PermitError:
        """As `Counsel.explained`."""
        return self._ready()[0].explained(tool, refused)

    def close(self) -> None:
        """Ask for nothing more."""
        if self._parts is not None:
            self._parts[1].close()

    def _ready(self) -> tuple[Counsel, Behind]:
        if self._parts is None:
            self._parts = self._made()
        return self._parts

    def _made(self) -> tuple[Counsel, Behind]:
        # Some milliseconds: with the first list or call, and not before.
        from mcp_proxy.catalog.facts import FactStore  # noqa: PLC0415
        from mcp_proxy.proxy.refused.behind import Behind  # noqa: PLC0415
        from mcp_proxy.proxy.refused.counsel import Counsel  # noqa: PLC0415
        from mcp_proxy.proxy.refused.learnt import Learnt  # noqa: PLC0415
        from mcp_proxy.proxy.refused.rights import Rights  # noqa: PLC0415

        facts = FactStore(self._catalogs)
        learnt = Learnt(self._view, facts, self._name, self._now, self._complain)
        rights = Rights(self._preset, self._view, facts, self._name, self._trail, self._now)
        behind = Behind(
            self._side, self._view, learnt, rights, self._preset, self._emit, self._complain
        )
        behind.list_all = self._list_all
        counsel = Counsel(
            self._circumstances,
            lambda: self._preset().refusals,
            behind.refused,
            rights.known,
            # A command ends with the error, and has said it then.
            self._complain if self._list_all is not None else lambda _sentence: None,
        )
        return counsel, behind

    def _name(self) -> str:
        """What facts are kept under."""
        try:
            return self._key()
        except StoreError:
            # The shelf, which reads the same, has said so; a call must not fail for it.
            return "unknown"

    def _preset(self) -> Preset:
        """What is known of the gateway's system; of an unknown one, nothing."""
        if self._known is None:
            from mcp_proxy.policy.preset import Preset  # noqa: PLC0415 - as in `_made`

            load = self._view.policy.preset
            self._known = Preset("MCP gateway") if load is None else load()
        return self._known
