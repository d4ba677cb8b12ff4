"""The audit trail of one profile: a line for each judged call, whatever became of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Self

from mcp_proxy.audit.log import stamp
from mcp_proxy.audit.row import Rows
from mcp_proxy.errors import NotPermitted, PermitError, StoreError
from mcp_proxy.wire import jsontext

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.audit.log import Audit
    from mcp_proxy.audit.row import Code
    from mcp_proxy.config.model import Profile
    from mcp_proxy.policy.refusals import Refusal
    from mcp_proxy.proxy.plan import Call, Refuse

ANSWERED: Final = "answered"
FAILED: Final = "failed"
"""The tool ran and says that it failed (`isError`)."""
ERROR: Final = "error"
"""The gateway answered with a JSON-RPC error."""
REFUSED: Final = "refused"
"""By a local rule; nothing was sent."""
DENIED: Final = "refused-by-gateway"
"""By the gateway, recognised as such."""
CANCELLED: Final = "cancelled"
"""Nobody waited for the answer any more."""

SMALL_BYTES: Final = 1 << 16
"""Answers longer than this are not read: their beginning and end tell whether they failed."""
EDGE_BYTES: Final = 512

_IS_ERROR: Final = re.compile(rb'"isError"[ \t\r\n]*:[ \t\r\n]*true')


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
        self._rows = Rows(
            profile.name, profile.account, profile.environment, stamp, audit.keyed_hash
        )
        self._now = now
        self._complain = complain

    def refused(self, refusal: Refuse) -> None:
        """Note a call that a local rule refused."""
        self.write(refusal, began_at=self._now(), outcome=REFUSED, bytes_out=0)

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
        code: Code = None,
        request_id: str | None = None,
    ) -> None:
        """Append the line."""
        now, decision = self._now(), action.decision
        try:
            line = self._rows.line(
                time=began_at,
                tool=action.tool,
                tool_class=decision.tool_class,
                is_allowed=decision.allowed,
                rule=decision.rule,
                outcome=outcome,
                code=code,
                seconds=now - began_at,
                sizes=(action.size, bytes_out),
                arguments=action.arguments,
                request_id=request_id,
            )
            self._audit.record(line, now)
        except StoreError as error:
            self._complain(str(error))


class Entry:
    """One call under way. Without a word about its end it was cancelled."""

    def __init__(self, trail: Trail, call: Call, began_at: float) -> None:
        self._trail = trail
        self._call = call
        self._began_at = began_at
        self._outcome = CANCELLED
        self._bytes_out = 0
        self._code: Code = None
        self._request_id: str | None = None

    def answered(self, answer: bytes, refusal: Refusal | None = None) -> None:
        """The gateway answered, with a result or an error; `refusal` is what it refuses by it."""
        self._bytes_out = len(answer)
        if refusal is None:
            self._outcome, self._code = outcome_of(answer)
            self._request_id = request_id_of(answer)
        else:
            self._outcome = FAILED if refusal.untouched else DENIED
            self._code, self._request_id = refusal.code, refusal.request_id

    def failed(self, error: PermitError) -> None:
        """No answer came, or a refusal of the gateway's own in place of one."""
        self._outcome, self._code = type(error).__name__, error.rpc_code
        if isinstance(error, NotPermitted):
            self._outcome = DENIED
            self._code = _code(error.facts.get("gateway_code"))
            request_id = error.facts.get("request_id")
            self._request_id = request_id if isinstance(request_id, str) else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _at: object
    ) -> None:
        if isinstance(error, PermitError):
            self.failed(error)
        self.end()

    def end(self) -> None:
        """Write the line."""
        self._trail.write(
            self._call,
            began_at=self._began_at,
            outcome=self._outcome,
            bytes_out=self._bytes_out,
            code=self._code,
            request_id=self._request_id,
        )


def _code(found: object) -> Code:
    return found if isinstance(found, int | str) else None


def _members(answer: bytes) -> dict[str, Any]:
    """The members of an answer; none where it cannot be read, which is for others to say."""
    try:
        found = jsontext.read(answer.decode().strip())
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def outcome_of(answer: bytes) -> tuple[str, Code]:
    """What an answer comes to, and the code of an error in it.

    Cheap for the many answers that are neither: the bytes are searched before they are read.
    """
    if len(answer) > SMALL_BYTES:
        edges = answer[:EDGE_BYTES] + answer[-EDGE_BYTES:]
        return (FAILED if _IS_ERROR.search(edges) else ANSWERED), None
    if b'"error"' in answer:
        error = _members(answer).get("error")
        if isinstance(error, dict):
            code = error.get("code")
            return ERROR, code if isinstance(code, int) else None
    if b'"isError"' in answer and _IS_ERROR.search(answer):
        result = _members(answer).get("result")
        if isinstance(result, dict) and result.get("isError") is True:
            return FAILED, None
    return ANSWERED, None


def request_id_of(answer: bytes) -> str | None:
    """What the gateway calls the exchange, in the envelope of a result or of an error."""
    if len(answer) > SMALL_BYTES or b"request_id" not in answer:
        return None
    # With the few gateways that name one, and where a call may have been refused.
    from mcp_proxy.policy.refusals import documents, request_id  # noqa: PLC0415

    members = _members(answer)
    result = members.get("result")
    told = documents(result) if isinstance(result, dict) else [members.get("error")]
    return next(filter(None, map(request_id, told)), None)
