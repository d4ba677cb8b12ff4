"""What a client is told where the gateway refuses, and what is learnt from it.

The gateway's own words, codes and data all reach the client; ours stand before them. Nothing
is decided here: whatever the gateway has refused it will be asked again, once the lesson has
been forgotten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mcp_proxy.errors import GatewayRefused, NotPermitted
from mcp_proxy.policy.refusals import Recogniser
from mcp_proxy.policy.remark import facts, quoted, remark
from mcp_proxy.proxy.refused.aside import with_aside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mcp_proxy.errors import PermitError
    from mcp_proxy.policy.explanation import Circumstances
    from mcp_proxy.policy.preset import RefusalShape
    from mcp_proxy.policy.refusals import Refusal
    from mcp_proxy.proxy.plan import Call

HIDDEN: Final = (
    "It is hidden until the next sign-in, until the gateway lists other tools, or for an hour."
)


class Counsel:
    """Explains the refusals of one gateway to one identity.

    Args:
        circumstances: who is refused, where, and whom they can ask.
        shapes: what refusals of its system look like; asked with the first answer.
        on_refused: told of a tool that was refused for itself, whatever it was given.
        known: what is known of a call besides, in one sentence.
        complain: takes one sentence for the person who reads stderr.
    """

    def __init__(
        self,
        circumstances: Circumstances,
        shapes: Callable[[], Iterable[RefusalShape]],
        on_refused: Callable[[str, Refusal], None],
        known: Callable[[Call], str | None],
        complain: Callable[[str], None],
    ) -> None:
        self._circumstances = circumstances
        self._shapes = shapes
        self._on_refused = on_refused
        self._known = known
        self._complain = complain
        self._recogniser: Recogniser | None = None
        self._has_complained = False

    def pause(self, answer: bytes) -> float | None:
        """Seconds after which the gateway wants to be asked again; None: it has answered."""
        found = self._knowing().in_answer(answer)
        return found.retry_after if found is not None and found.about == "passing" else None

    def answered(self, call: Call, answer: bytes) -> tuple[bytes, Refusal | None]:
        """What the client is told for the gateway's answer to a call, and what was refused."""
        found = self._knowing().in_answer(answer)
        if found is None or found.untouched:
            return answer, found
        text = self._remark(call.tool, found, self._known(call))
        return with_aside(answer, text, facts(call.tool, found, self._circumstances)), found

    def explained(self, tool: str | None, refused: GatewayRefused) -> PermitError:
        """The error for an HTTP refusal, of a call or of all there is."""
        found = self._knowing().in_http(refused.status, refused.headers, refused.body)
        if found is None:
            return refused
        text = self._remark(tool, found, None)
        if found.words is not None:
            text += f' The gateway\'s own words: "{quoted(found.words)}".'
        if found.about == "identity" and not self._has_complained:
            # Once: the client hears it with every request.
            self._has_complained = True
            self._complain(text)
        if found.about == "passing":
            return GatewayRefused(text.rstrip("."), status=refused.status)
        told = facts(tool, found, self._circumstances) | {"status": refused.status}
        return NotPermitted(text.rstrip("."), facts=told)

    def _remark(self, tool: str | None, refusal: Refusal, known: str | None) -> str:
        if refusal.about == "tool" and tool is not None:
            self._on_refused(tool, refusal)
            known = f"{known} {HIDDEN}" if known else HIDDEN
        return remark(tool, refusal, self._circumstances, known)

    def _knowing(self) -> Recogniser:
        if self._recogniser is None:
            self._recogniser = Recogniser(self._shapes())
        return self._recogniser
