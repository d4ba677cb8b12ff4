"""JSON pointers into values that were read: where something stands in somebody's answer.

Pure. Follows RFC 6901.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_POINTER: Final = re.compile(r"(/[^/~]*(~[01][^/~]*)*)*")


def is_pointer(text: str) -> bool:
    """Whether `text` is a JSON pointer (RFC 6901 §3)."""
    return _POINTER.fullmatch(text) is not None


def value_at(document: object, pointer: str) -> object:
    """What `pointer` leads to in `document`; None: nothing, or null."""
    found = document
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list):
            found = found[int(name)] if name.isdecimal() and int(name) < len(found) else None
        else:
            found = found.get(name) if isinstance(found, dict) else None
    return found


def plain_at(document: object, pointers: Iterable[str]) -> object:
    """The first value that one of `pointers` leads to, and that is no object."""
    found = (value_at(document, pointer) for pointer in pointers)
    return next((one for one in found if one is not None and not isinstance(one, dict)), None)


def text_at(document: object, pointers: Iterable[str]) -> str | None:
    """The same, where it is a text that says something."""
    found = plain_at(document, pointers)
    return found if isinstance(found, str) and found else None
