"""The catalog at hand: the view in memory and the snapshot on disk.

A live list replaces what a snapshot said; a snapshot never replaces a live list,
and only complete lists are kept.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mcp_proxy.catalog.model import Snapshot, tools_digest
from mcp_proxy.errors import RemoteProtocolError, StoreError
from mcp_proxy.proxy import handshake
from mcp_proxy.proxy.tools import shape
from mcp_proxy.values import replace
from mcp_proxy.wire import splice

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.catalog.model import Head
    from mcp_proxy.catalog.store import CatalogStore
    from mcp_proxy.config.model import Profile
    from mcp_proxy.proxy.tools.view import View

FRESH_SECONDS = 3600.0
"""How long a snapshot of the same list need not be written anew (ours)."""


class Shelf:
    """What one profile last saw of its gateway.

    Args:
        store: where snapshots lie.
        key: names the snapshot; asked anew each time, as a sign-in changes it.
        now: the time, in epoch seconds.
        complain: takes one sentence about a file that cannot be used.
    """

    def __init__(
        self,
        profile: Profile,
        view: View,
        store: CatalogStore,
        key: Callable[[], str],
        now: Callable[[], float],
        complain: Callable[[str], None],
    ) -> None:
        self.view = view
        self.on_list: Callable[[bool], None] = lambda _is_another: None
        """Told of each complete list of the gateway, before anybody is shown it: whether it
        is another one than the last."""
        self.on_another: Callable[[str, Snapshot], None] = lambda _key, _snapshot: None
        """Told of each list of the gateway that is another than the last of this process."""
        self.on_remembered: Callable[[str, Snapshot], None] = lambda _key, _snapshot: None
        """Told of the list that stands in until the gateway has given one."""
        self.initialize: bytes | None = None
        """The gateway's own `initialize` result, live or of the snapshot."""
        self.asked: str | None = None
        """The revision that the gateway is asked for."""
        self._revisions: dict[str, str] = {}
        self._profile = profile
        self._store = store
        self._key = key
        self._now = now
        self._complain = complain
        self._snapshot: Snapshot | None = None
        self._is_read = self._is_live = False
        self._digest: str | None = None

    @property
    def is_known(self) -> bool:
        """Whether the tools are known well enough to judge a call by.

        From the gateway; or from a snapshot, unless it is the gateway's marks that permit:
        a tool that only read when it was last listed may write today.
        """
        if self.view.policy.asks_the_list:
            return self._is_live
        return self.view.is_known or self.snapshot() is not None

    def snapshot(self) -> Snapshot | None:
        """The last snapshot; read from disk once, and the view's until a list is live."""
        if not self._is_read:
            self._is_read = True
            try:
                url, account = self._profile.url, self._profile.account
                self._snapshot = self._store.last_seen(self._key(), url, account)
            except StoreError as error:
                self._complain(str(error))
            if self._snapshot is not None and not self.view.is_known:
                self.view.learn(self._snapshot.tools)
                self.on_remembered(self._key(), self._snapshot)
                self.initialize = self.initialize or self._snapshot.initialize
        return self._snapshot

    def greeting(self, requested_version: str, *, may_guess: bool = False) -> bytes | None:
        """An `initialize` result from the snapshot, as `handshake.remembered_result` makes it."""
        head = self._head()
        if head is None:
            return None
        return handshake.remembered_result(requested_version, head, may_guess=may_guess)

    def discovery(self) -> bytes | None:
        """A `server/discover` result, live or from the snapshot."""
        if self.initialize is not None:
            return handshake.discover_result(self.initialize)
        head = self._head()
        return None if head is None else handshake.remembered_discovery(head)

    def last_seen_list(self) -> bytes | None:
        """A `tools/list` result from the snapshot, marked as one; None without a snapshot."""
        snapshot = self.snapshot()
        if snapshot is None:
            return None
        array = shape.surfaced_array(snapshot.tools, self.view)
        return shape.remembered(shape.list_result(array), snapshot.taken_at, snapshot.gateway)

    def met(self, answer: bytes) -> None:
        """Keep what the gateway says of itself (an answer to `initialize`)."""
        self.initialize = splice.member(answer, "result")
        if self.asked is not None:
            self._revisions[self.asked] = self._version()

    def take(self, answer: bytes, cursor: str | None) -> bytes:
        """Learn from a `tools/list` answer; the answer with the permitted tools only.

        Raises:
            RemoteProtocolError: it holds a list that cannot be read, and so not be cut.
        """
        tools = shape.listed_tools(answer)
        if tools is None:
            if shape.complaint(answer) is None:
                raise RemoteProtocolError("The gateway's list of tools cannot be read")
            return answer
        complete = self.view.take_page(cursor, tools, shape.next_cursor(answer))
        if complete is not None:
            self.view.learn(complete)
            self._is_live = True
            self._keep(Snapshot(
                gateway=self._profile.url,
                account=self._profile.account,
                taken_at=self._now(),
                protocol_version=self._version(),
                initialize=self.initialize or b"{}",
                tools=complete,
                revisions=self._revisions,
                user_agent=self._profile.network.agent,
            ))  # fmt: skip
        return shape.with_surfaced(answer, tools, self.view)

    def _head(self) -> Head | None:
        try:
            return self._store.head(self._key(), self._profile.url, self._profile.account)
        except StoreError as error:
            self._complain(str(error))
            return None

    def _version(self) -> str:
        raw = splice.member(self.initialize or b"{}", "protocolVersion")
        return str(json.loads(raw)) if raw is not None else "unknown"

    def _keep(self, snapshot: Snapshot) -> None:
        # A list that says nothing new costs no write: hosts list often. Once an hour all the
        # same, for the snapshot tells its age.
        digest, last = tools_digest(snapshot.tools), self._snapshot
        self.on_list(last is not None and digest != (self._digest or last.digest))
        if digest == self._digest and last and snapshot.taken_at < last.taken_at + FRESH_SECONDS:
            return
        if digest != self._digest:
            self.on_another(self._key(), snapshot)
        # Hosts of several revisions share it.
        before = self._head()
        known = {} if before is None else before.revisions
        snapshot = replace(snapshot, revisions={**known, **snapshot.revisions})
        try:
            self._store.write(self._key(), snapshot)
        except StoreError as error:
            self._complain(str(error))
        self._digest, self._snapshot, self._is_read = digest, snapshot, True
