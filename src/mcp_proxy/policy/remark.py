"""A gateway's refusal in words, and as facts for programs.

Pure. One clear sentence or two: which tool, which permission in the gateway's own words,
which identity and environment, what to do, whom to ask (systems.md X17).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mcp_proxy.policy.explanation import Circumstances
    from mcp_proxy.policy.refusals import Refusal

LONGEST_WORDS: Final = 300
"""Characters of the gateway's words that are repeated in ours."""


def remark(
    tool: str | None, refusal: Refusal, circumstances: Circumstances, known: str | None = None
) -> str:
    """What a person, or a model, can act on.

    Args:
        tool: its name at the gateway; None: it was no call.
        refusal: what the gateway said.
        circumstances: who asked.
        known: what is known besides, in one sentence.
    """
    parts = [
        f"{tool or 'The gateway'} {refusal.says}{_named(refusal)}.",
        f"It was asked for by {circumstances.who()}.",
        known,
        _sentence(refusal.do),
        _waiting(refusal.retry_after),
        f"Whom to ask: {circumstances.contact}." if circumstances.contact else None,
    ]
    return " ".join(filter(None, parts))


def facts(tool: str | None, refusal: Refusal, circumstances: Circumstances) -> dict[str, object]:
    """The same for programs; what is not known is left out."""
    found: dict[str, object | None] = {
        "refused_by": "gateway",
        "tool": tool,
        "about": refusal.about,
        "gateway_code": refusal.code,
        "permission": refusal.permission,
        "do": refusal.do,
        "retry_after_seconds": refusal.retry_after,
        "request_id": refusal.request_id,
        **circumstances.facts(),
    }
    return {name: value for name, value in found.items() if value is not None}


def reason(refusal: Refusal) -> str:
    """Why a tool is hidden, as the end of a sentence that begins with the tool."""
    return f"{refusal.says}{_named(refusal)}"


def quoted(words: str) -> str:
    """The gateway's words within ours, on one line and not too long."""
    line = " ".join(words.split())
    return line if len(line) <= LONGEST_WORDS else f"{line[: LONGEST_WORDS - 1]}…"


def _named(refusal: Refusal) -> str:
    """What is missing, and the gateway's own code, in its own words."""
    permission = f": {quoted(refusal.permission)}" if refusal.permission else ""
    return permission + (f" ({quoted(str(refusal.code))})" if refusal.code is not None else "")


def _sentence(text: str | None) -> str | None:
    return None if text is None else f"{text.rstrip('.')}."


def _waiting(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return f"The gateway says to wait {seconds:g} s." if seconds else None
