"""Legal names for tools whose own names a client cannot take.

Clients hand tool names to models that accept `LEGAL` only. A legal name is its
own alias; any other gets its legal characters and a hash of the whole, so the
alias depends on the name and, but for a collision, on nothing else: it is the
same after a restart, in another order, and when other tools come and go.
Pure (ours).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

LEGAL: Final = re.compile(r"\A[a-zA-Z0-9_-]{1,64}\Z")
"""What Anthropic's and OpenAI's interfaces accept as the name of a tool."""

_LONGEST: Final = 64
_HASH_DIGITS: Final = 8


def aliases(names: Iterable[str]) -> dict[str, str]:
    """Real name to shown name, for all tools of one gateway.

    No two names share an alias, and no alias is another tool's name. Give it the
    unfiltered list: an alias must not depend on what is permitted.
    """
    wanted = sorted(set(names))
    shown_names = {name: name for name in wanted if LEGAL.match(name)}
    taken = set(shown_names)
    # Sorted, so that the outcome of a collision does not depend on the list's order.
    for name in wanted:
        attempt = 0
        while name not in shown_names:
            alias = _alias(name, attempt)
            attempt += 1
            if alias not in taken:
                shown_names[name] = alias
                taken.add(alias)
    return shown_names


def shown(name: str) -> str:
    """The alias of one name, where it collides with no other."""
    return name if LEGAL.match(name) else _alias(name, 0)


def _alias(name: str, attempt: int) -> str:
    # 5 ms (it loads OpenSSL), for names that are rare.
    import hashlib  # noqa: PLC0415

    # A lone surrogate can stand in a JSON string, and so in a name.
    salted = name.encode("utf-8", "surrogatepass") + b"\0" * attempt
    digits = hashlib.sha256(salted).hexdigest()[:_HASH_DIGITS]
    readable = re.sub(r"[^a-zA-Z0-9_-]+", "_", name)
    return f"{readable[: _LONGEST - _HASH_DIGITS - 1]}_{digits}"
