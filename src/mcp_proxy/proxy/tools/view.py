"""Which tools there are, which of them are surfaced, and under which names.

Pure. The list comes from the last snapshot until the gateway has answered one;
it is complete or it is not taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.policy.alias import aliases
from mcp_proxy.policy.decide import decide, is_known_to_read
from mcp_proxy.policy.model import Decision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mcp_proxy.policy.explanation import Circumstances
    from mcp_proxy.policy.model import Policy, Tool

    Arguments = Mapping[str, object] | None


class View:
    """The tools of one gateway through the policy of one profile (ours).

    `circumstances` are told to whoever is refused something.
    """

    def __init__(self, policy: Policy, circumstances: Circumstances | None = None) -> None:
        self.policy = policy
        self.circumstances = circumstances
        self.flaw: Callable[[Tool], str | None] | None = None
        """What is wrong with a tool as the gateway lists it; None where nothing can be."""
        self.is_known = False
        """Whether a complete list, live or of a snapshot, has been learnt."""
        self._tools: dict[str, Tool] = {}
        self._shown: dict[str, str] = {}
        self._real: dict[str, str] = {}
        self._pages: dict[str, tuple[Tool, ...]] = {}
        self._withheld: dict[str, Mapping[str, Decision]] = {}

    @property
    def tools(self) -> tuple[Tool, ...]:
        """All tools that the gateway lists, in its order."""
        return tuple(self._tools.values())

    def learn(self, tools: Iterable[Tool]) -> None:
        """Take a complete list; what was known before is forgotten."""
        self._tools = {tool.name: tool for tool in tools}
        self.is_known = True
        self._rename(self._tools)

    def take_page(
        self, cursor: str | None, tools: tuple[Tool, ...], following: str | None
    ) -> tuple[Tool, ...] | None:
        """Add one page of a list; the complete list with its last page, else None.

        Pages are told apart by their cursors, so lists that run side by side do
        not mix. A page whose beginning was never seen completes nothing.
        """
        seen = () if cursor is None else self._pages.pop(cursor, None)
        self._rename([*self._shown, *(tool.name for tool in tools)])
        if seen is None:
            return None
        if following is None:
            return seen + tools
        self._pages[following] = seen + tools
        return None

    def tool(self, name: str) -> Tool | None:
        """The listed tool of this real name."""
        return self._tools.get(name)

    def real_name(self, shown: str) -> str:
        """What the gateway calls the tool that the client calls `shown`."""
        return self._real.get(shown, shown)

    def shown_name(self, real: str) -> str:
        """What the client calls the tool that the gateway calls `real`."""
        return self._shown.get(real, real)

    def judge(self, name: str, tool: Tool | None = None, arguments: Arguments = None) -> Decision:
        """Whether the tool of this real name may be used.

        What is withheld is refused before every rule but a denial.

        Args:
            name: what the gateway calls it.
            tool: its entry, where it is not that of the last list.
            arguments: those of the call; None: it is decided for a list.
        """
        tool = tool or self._tools.get(name)
        if self.flaw is not None and tool is not None and (words := self.flaw(tool)) is not None:
            return Decision(False, "x-mcp-header", f"The gateway lists it wrongly: {words}")
        decision = decide(self.policy, name, tool, arguments)
        if self._withheld and decision.rule != "deny":
            found = (withheld.get(name) for withheld in self._withheld.values())
            return next(filter(None, found), decision)
        return decision

    def only_reads(self, name: str, tool: Tool | None, arguments: Mapping[str, object]) -> bool:
        """Whether the gateway or the preset vouches that this call of the tool only reads."""
        marked = tool is not None and tool.is_read_only
        return marked or is_known_to_read(self.policy, name, tool, arguments)

    def withhold(self, source: str, decisions: Mapping[str, Decision]) -> bool:
        """Refuse the tools of these real names; whether what is surfaced has changed.

        Takes the place of what the same `source` withheld before.
        """
        concerned = [*decisions, *self._withheld.get(source, ())]
        names = [name for name in concerned if name in self._tools]
        before = [self.judge(name).allowed for name in names]
        self._withheld.pop(source, None)
        if decisions:
            self._withheld[source] = dict(decisions)
        return before != [self.judge(name).allowed for name in names]

    def _rename(self, names: Iterable[str]) -> None:
        self._shown = aliases(names)
        self._real = {shown: real for real, shown in self._shown.items()}
