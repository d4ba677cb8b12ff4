"""What one gateway speaks: remembered, found out where it is not, doubted where it must be.

A probe tells whether it speaks the modern era; a handshake whether it speaks the legacy
one, too, for some gateways speak both and say so nowhere. A host is served in its own era
where that is possible: nothing has to be translated then.
Follows MCP 2026-07-28, "Versioning", Backward Compatibility.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mcp_proxy.errors import (
    GatewayError,
    GatewayRefused,
    OutcomeUnknown,
    RemoteProtocolError,
    StoreError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.catalog.era import EraNote
    from mcp_proxy.proxy.crossings.modern_ways import ModernWays
    from mcp_proxy.proxy.gateway.upstream import Upstream
    from mcp_proxy.wire.mcp import Era

_SERVER_ERRORS = 500


class Acquaintance:
    """What is known of one gateway.

    Args:
        note: what is remembered of it.
        upstream: shakes hands.
        ways: probes; only asked for where that is needed.
        on_change: told that other things are known than before.
        complain: takes one sentence for the person who reads stderr.
    """

    def __init__(
        self,
        note: EraNote,
        upstream: Upstream,
        ways: Callable[[], ModernWays],
        on_change: Callable[[], None],
        complain: Callable[[str], None],
    ) -> None:
        self._note = note
        self._upstream = upstream
        self._ways = ways
        self._on_change = on_change
        self._complain = complain
        self._speaks: dict[Era, bool] = {}
        self._noted: dict[Era, bool] | None = None
        self._is_guess = False
        """Whether `legacy` is only what remains, and no handshake has shown it yet."""
        self._has_met = False
        """Whether a modern gateway has said in this process what it is."""
        self._turn = asyncio.Lock()

    def chosen(self, host: Era) -> Era | None:
        """The era in which a host of this era is served; None while that is not known."""
        if self._speaks.get(host):
            return host
        other: Era = "legacy" if host == "modern" else "modern"
        return other if self._speaks.get(other) and host in self._speaks else None

    async def settled(self, host: Era) -> Era:
        """The era in which a host of this era is served, found out if need be.

        Raises:
            AuthError, GatewayError: the gateway did not say.
        """
        if (era := self.chosen(host)) is not None:
            return era
        async with self._turn:
            self._remember()
            if self.chosen(host) is None:
                await self._find_out(host)
        era = self.chosen(host)
        if era is None:
            raise AssertionError("nothing is left to find out")
        return era

    async def meet(self, host: Era) -> None:
        """Have a modern gateway say what it is, if nothing else has shown it in this process.

        Raises:
            AuthError, GatewayError: it did not say.
        """
        async with self._turn:
            if self.chosen(host) == "modern" and not self._has_met:
                await self._probe()

    def met(self) -> None:
        """The gateway has shaken hands."""
        self._is_guess = False
        self._know("legacy", is_spoken=True)

    async def is_overturned(self, host: Era, outcome: bytes | GatewayError) -> bool:
        """Whether what came means that the gateway speaks other eras than was thought.

        Raises:
            AuthError: it must be asked, and nobody may ask it.
        """
        from mcp_proxy.proxy.eras import probe  # noqa: PLC0415 - only trouble wants it

        era = self.chosen(host)
        if era == "modern":
            is_doubtful = probe.doubts_modern(outcome)
        elif isinstance(outcome, bytes):
            is_doubtful = probe.doubts_legacy(outcome)
        else:
            has_no_session = self._upstream.session is None and not self._is_guess
            is_doubtful = has_no_session and probe.doubts_handshake(outcome)
        if not is_doubtful:
            return False
        async with self._turn:
            if self.chosen(host) == era:
                await self._reconsider(host)
            return self.chosen(host) != era

    async def _reconsider(self, host: Era) -> None:
        before = dict(self._speaks)
        self._speaks.clear()
        try:
            await self._find_out(host)
        except GatewayError:
            # The trouble that raised the doubt is the one to tell of.
            self._speaks = before
        except BaseException:
            self._speaks = before
            raise

    async def _find_out(self, host: Era) -> None:
        if "modern" not in self._speaks:
            await self._probe()
        if host == "legacy" and "legacy" not in self._speaks:
            await self._shake_hands()

    async def _probe(self) -> None:
        """Ask; a 401 is no verdict, and is raised."""
        ways = self._ways()
        try:
            found = await ways.probe()
        except OutcomeUnknown:
            is_modern = False  # silence: the handshake will tell
        else:
            is_modern = found.era == "modern"
            if is_modern:
                ways.meet(found)
                self._has_met = True
        if not is_modern and not self._speaks.get("legacy"):
            self._is_guess = self._speaks["legacy"] = True
        self._know("modern", is_spoken=is_modern)

    async def _shake_hands(self) -> None:
        """Try whether a modern gateway speaks the legacy era as well."""
        self._upstream.greet(*self._ways().legacy.host.greeting())
        try:
            await self._upstream.open(lost=self._upstream.session)
        except (GatewayRefused, RemoteProtocolError) as refusal:
            if isinstance(refusal, GatewayRefused) and refusal.status >= _SERVER_ERRORS:
                self._speaks["legacy"] = False  # for now: another time it may be another thing
                self._on_change()
                return
            self._know("legacy", is_spoken=False)

    def _know(self, era: Era, *, is_spoken: bool) -> None:
        if self._speaks.get(era) != is_spoken:
            self._speaks[era] = is_spoken
            self._on_change()
        if self._is_guess or self._speaks == self._noted:
            return
        try:
            self._note.write(self._speaks)
        except StoreError as error:
            self._complain(str(error))
        self._noted = dict(self._speaks)

    def _remember(self) -> None:
        if self._noted is not None:
            return
        try:
            self._noted = self._note.read()
        except StoreError as error:
            self._complain(str(error))
            self._noted = {}
        if self._noted:
            self._speaks = dict(self._noted)
            self._on_change()
