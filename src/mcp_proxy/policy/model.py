"""The nouns of permission: a tool, a policy, a decision."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Tool:
    """One entry of a gateway's `tools/list`, as it was received.

    `raw` is the entry's own JSON text: what is forwarded is never rebuilt.
    """

    name: str
    raw: bytes = field(repr=False)

    def facts(self) -> Mapping[str, object]:
        """The entry parsed. Built at each call; keep it where it is read often.

        Empty where Python cannot read it: nested too deeply, or a number too long.
        """
        try:
            entry = json.loads(self.raw)
        except (ValueError, RecursionError):
            return {}
        return entry if isinstance(entry, dict) else {}

    @property
    def is_read_only(self) -> bool:
        """Whether the gateway vouches for it: `annotations.readOnlyHint` is true."""
        return _is_marked_read_only(self.raw)


@lru_cache(maxsize=4096)
def _is_marked_read_only(raw: bytes) -> bool:
    # Asked for every call; parsing a large schema each time would cost more than
    # all else that happens to the call here.
    annotations = Tool("", raw).facts().get("annotations")
    return isinstance(annotations, dict) and annotations.get("readOnlyHint") is True


@dataclass(frozen=True, slots=True)
class Policy:
    """What one profile lets through. Empty tuples and False mean: no opinion.

    `allow` is None where there is no allow list; an allow list closes the door
    for every tool that it does not name, those that appear later included.
    """

    allow: tuple[str, ...] | None = None
    deny: tuple[str, ...] = ()
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a tool may be used, which rule says so, and why."""

    allowed: bool
    rule: str
    """A stable word: `allow`, `deny`, `read-only`, `unlisted`, `default`."""
    reason: str
    """One sentence for a person."""
