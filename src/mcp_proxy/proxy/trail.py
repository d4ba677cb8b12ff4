"""The audit trail of one profile: a line for each judged call, whatever became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from mcp_proxy.audit import entry
from mcp_proxy.errors import PermitError, StoreError
from mcp_proxy.wire import jsontext

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.audit import Audit
    from mcp_proxy.config.model import Profile
    from mcp_proxy.proxy.plan import Call, Refuse

ERROR_BYTES = 1 << 16
"""Answers longer than this are not looked at for an error: none is that long."""


class Trail:
    """Writes to `audit` in the name of `profile`.

    `now` is in epoch seconds; `complain` takes one sentence about a file that cannot
    be written: the call has run, and its answer is not held back for that.
    """

    def __init__(
        self,
        audit: Audit,
        profile: Profile,
        now: Callable[[], float],
        complain: Callable[[str], None],
    ) -> None:
        self._audit = audit
        self._profile = profile
        self._now = now
        self._complain = complain

    def refused(self, refusal: Refuse) -> None:
        """Note a call that a local rule refused."""
        self.write(refusal, began_at=self._now(), outcome="refused", bytes_out=0)

    def begin(self, call: Call) -> Entry:
        """Begin the line of a call that goes to the gateway; used as a context."""
        return Entry(self, call, self._now())

    def write(
        self,
        action: Call | Refuse,
        *,
        began_at: float,
        outcome: str,
        bytes_out: int,
        error_code: int | None = None,
    ) -> None:
        """Append the line."""
        row = entry(
            time=began_at,
            profile=self._profile.name,
            account=self._profile.account,
            tool=action.tool,
            decision="allowed" if action.decision.allowed else "refused",
            rule=action.decision.rule,
            outcome=outcome,
            error_code=error_code,
            duration_ms=round((self._now() - began_at) * 1000, 3),
            bytes_in=action.size,
            bytes_out=bytes_out,
            argument_names=action.argument_names,
        )
        try:
            self._audit.record(row)
        except StoreError as error:
            self._complain(str(error))


class Entry:
    """One call under way. Without a word about its end it was cancelled."""

    def __init__(self, trail: Trail, call: Call, began_at: float) -> None:
        self._trail = trail
        self._call = call
        self._began_at = began_at
        self._outcome = "cancelled"
        self._bytes_out = 0
        self._error_code: int | None = None

    def answered(self, answer: bytes) -> None:
        """The gateway answered, with a result or an error."""
        self._outcome, self._bytes_out = "answered", len(answer)
        # Cheap for the many answers that are none: the bytes are searched before they are read.
        if len(answer) <= ERROR_BYTES and b'"error"' in answer:
            error = jsontext.read(answer.decode().strip()).get("error")
            code = error.get("code") if isinstance(error, dict) else None
            self._error_code = code if isinstance(code, int) else None

    def failed(self, error: PermitError) -> None:
        """No answer came."""
        self._outcome, self._error_code = type(error).__name__, error.rpc_code

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _at: object
    ) -> None:
        if isinstance(error, PermitError):
            self.failed(error)
        self._trail.write(
            self._call,
            began_at=self._began_at,
            outcome=self._outcome,
            bytes_out=self._bytes_out,
            error_code=self._error_code,
        )
