"""What a gateway has refused for itself, whatever it was given: hidden, for a while.

A lesson only hides. It is forgotten at the next sign-in, when the gateway lists other tools,
and after an hour; it is never turned into a permission (systems.md X27). Lessons lie on
disk under the cache key, so that all processes of an identity, and the terminal, know them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mcp_proxy.catalog.facts import Lesson
from mcp_proxy.errors import StoreError
from mcp_proxy.policy.model import Decision
from mcp_proxy.policy.remark import reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mcp_proxy.catalog.facts import FactStore
    from mcp_proxy.policy.refusals import Refusal
    from mcp_proxy.proxy.tools.view import View

SOURCE: Final = "learnt"
"""The rule, and what the view knows these refusals under."""
LESSON_SECONDS: Final = 3600.0


class Learnt:
    """What one identity has learnt of one gateway.

    Each deed tells whether what is surfaced has changed by it.

    Args:
        view: withholds what was refused.
        facts: keeps it.
        key: the cache key's digest; asked anew, as a sign-in may change it.
        now: epoch seconds.
        complain: takes one sentence about a file that cannot be written.
    """

    def __init__(
        self,
        view: View,
        facts: FactStore,
        key: Callable[[], str],
        now: Callable[[], float],
        complain: Callable[[str], None],
    ) -> None:
        self._view = view
        self._facts = facts
        self._key = key
        self._now = now
        self._complain = complain
        self._lessons: dict[str, Lesson] = {}
        self._state: tuple[int, int] | None = None
        self._is_read = False

    def learn(self, tool: str, refusal: Refusal) -> bool:
        """Hide a tool that was refused for itself."""
        lesson = Lesson(tool, reason(refusal), refusal.permission, refusal.code, self._now())
        self._look()
        return self._keep({**self._lessons, tool: lesson})

    def recall(self) -> bool:
        """Know what other processes have learnt or forgotten, and forget what is too old."""
        # The usual case, on the way of every request: nothing was ever refused.
        if self._is_read and not self._lessons:
            return False
        is_news = self._look()
        fresh = current(self._lessons.values(), self._now())
        if len(fresh) < len(self._lessons):
            return self._keep(fresh)
        return is_news and self._withhold()

    def forget(self) -> bool:
        """Forget everything: somebody has signed in, or there are other tools."""
        if self._is_read and not self._lessons:
            return False
        return self._keep({})

    def _look(self) -> bool:
        """Read the lessons where they are others than those at hand; whether they are."""
        state = self._facts.lessons_state(self._key())
        is_news = not self._is_read or state != self._state
        if is_news:
            self._is_read, self._state = True, state
            self._lessons = {each.tool: each for each in self._facts.lessons(self._key())}
        return is_news

    def _keep(self, lessons: Mapping[str, Lesson]) -> bool:
        self._is_read, self._lessons = True, dict(lessons)
        try:
            self._facts.keep_lessons(self._key(), lessons.values())
        except StoreError as error:
            self._complain(str(error))
        self._state = self._facts.lessons_state(self._key())
        return self._withhold()

    def _withhold(self) -> bool:
        return self._view.withhold(SOURCE, decisions(self._lessons.values()))


def current(lessons: Iterable[Lesson], now: float) -> dict[str, Lesson]:
    """Those of `lessons` that still count at `now`, by their tools."""
    # One from the future was learnt by a clock that has been put right since.
    return {each.tool: each for each in lessons if 0 <= now - each.learnt_at < LESSON_SECONDS}


def decisions(lessons: Iterable[Lesson]) -> dict[str, Decision]:
    """What the lessons decide, by tool."""
    return {
        each.tool: Decision(False, SOURCE, f"It {each.reason}", needs=each.permission)
        for each in lessons
    }
