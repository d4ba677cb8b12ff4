"""What one step of the walk has found.

Pure (peers.md behaviour 36, systems.md X23).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from mcp_proxy.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Verdict = Literal["ok", "warning", "broken", "skipped"]
"""`skipped`: there was nothing to look at, or something before it is broken."""

EXIT_CODES: Final = {
    "file": 2,
    "environment": 2,
    "DNS": 5,
    "connection": 5,
    "TLS and CA": 5,
    "proxy": 5,
    "challenge": 5,
    "resource metadata": 3,
    "server metadata": 3,
    "client": 3,
    "redirect": 3,
    "token": 3,
    "session": 3,
    "list": 5,
    "names": 2,
}
"""The steps in the order of the walk, each standing on those before it, and the exit code
where it is broken (docs/cli.md)."""

STEPS: Final = tuple(EXIT_CODES)


@dataclass(frozen=True, slots=True)
class Finding:
    """One step, what was found there, and what to do about it."""

    step: str
    verdict: Verdict
    says: str
    """One sentence without secrets."""
    hint: str | None = None
    """What to do next."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """The same for programs: addresses, counts, times."""

    def document(self) -> dict[str, object]:
        """The finding for a program."""
        return {
            "step": self.step,
            "verdict": self.verdict,
            "says": self.says,
            "hint": self.hint,
            "facts": dict(self.facts),
        }


def first_broken(findings: Iterable[Finding]) -> Finding | None:
    """The step to mend first."""
    return next((finding for finding in findings if finding.verdict == "broken"), None)


def skipped_after(step: str) -> list[Finding]:
    """The steps that stand on a broken one."""
    rest = STEPS[STEPS.index(step) + 1 :]
    return [Finding(name, "skipped", f"Not looked at: {step} comes first") for name in rest]
