"""What was learnt of an identity beside its tools: its rights, and what was refused to it.

One readable file for each kind and cache key, in a folder of its own beside the snapshots.
Nothing in it permits anything: a matrix explains, a lesson only hides, and not for long.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from mcp_proxy.catalog.matrix import Matrix, Row
from mcp_proxy.catalog.register import Register, Registered
from mcp_proxy.errors import StoreError
from mcp_proxy.files import private_folder, read_private, remove_private, write_private
from mcp_proxy.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LAYOUT: Final = 1
"""The version of the documents."""
FOLDER: Final = "facts"
_DAMAGED: Final = (LookupError, TypeError)
"""Whatever a damaged document may hold instead of what we wrote: it is as good as none."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A tool that the gateway has refused for itself, whatever it was given (systems.md X27)."""

    tool: str
    reason: str
    """The end of a sentence that begins with the tool."""
    permission: str | None
    code: str | int | None
    """The gateway's own."""
    learnt_at: float
    """Epoch seconds."""


class FactStore:
    """Facts below `catalogs`, the folder of the snapshots.

    What cannot be read is not known; what cannot be written raises `StoreError`.
    """

    def __init__(self, catalogs: Path) -> None:
        self._catalogs = catalogs

    def matrix(self, key: str) -> Matrix | None:
        """The rights of the identity under a cache key's digest."""
        found = self._read(key, "matrix")
        try:
            rows = tuple(Row(**row) for row in found.pop("rows"))
            return Matrix(**found, rows=rows)
        except _DAMAGED:
            return None

    def keep_matrix(self, key: str, matrix: Matrix) -> None:
        """Keep what a gateway has just told."""
        self._write(key, "matrix", _plain(matrix) | {"rows": [_plain(row) for row in matrix.rows]})

    def register(self, gateway: str) -> Register | None:
        """All tools of the gateway, as any identity was told last: it is the same for all."""
        files = (self._catalogs / FOLDER).glob("*.register.json")
        found = (self._registered(path.name.partition(".")[0]) for path in files)
        own = (one for one in found if one is not None and one.gateway == gateway)
        return max(own, key=lambda one: one.taken_at, default=None)

    def _registered(self, key: str) -> Register | None:
        found = self._read(key, "register")
        try:
            tools = tuple(Registered(**one) for one in found.pop("tools"))
            return Register(**found, tools=tools)
        except _DAMAGED:
            return None

    def keep_register(self, key: str, register: Register) -> None:
        """Keep what a gateway has just told."""
        tools = [_plain(each) for each in register.tools]
        self._write(key, "register", _plain(register) | {"tools": tools})

    def lessons(self, key: str) -> tuple[Lesson, ...]:
        """What was refused, old lessons included."""
        try:
            return tuple(Lesson(**each) for each in self._read(key, "lessons")["lessons"])
        except _DAMAGED:
            return ()

    def lessons_state(self, key: str) -> tuple[int, int] | None:
        """What changes when the lessons on disk do; None where there are none."""
        try:
            facts = self._path(key, "lessons").stat()
        except OSError:
            return None
        return facts.st_ino, facts.st_mtime_ns

    def keep_lessons(self, key: str, lessons: Iterable[Lesson]) -> None:
        """Keep these instead of those before; none: take the file away."""
        told = [_plain(each) for each in lessons]
        if told:
            self._write(key, "lessons", {"lessons": told})
        else:
            self.forget_lessons(key)

    def forget_lessons(self, key: str) -> None:
        """Know of nothing that was refused; all processes notice."""
        remove_private(self._path(key, "lessons"))

    def _path(self, key: str, kind: str) -> Path:
        return self._catalogs / FOLDER / f"{key}.{kind}.json"

    def _read(self, key: str, kind: str) -> Any:
        """The document; an empty one where there is none of this layout."""
        try:
            found = json.loads(read_private(self._path(key, kind)) or b"{}")
        except (StoreError, ValueError, RecursionError):
            return {}
        is_ours = isinstance(found, dict) and found.pop("layout", None) == LAYOUT
        return found if is_ours else {}

    def _write(self, key: str, kind: str, document: dict[str, object]) -> None:
        path = self._path(key, kind)
        private_folder(private_folder(self._catalogs) / FOLDER)
        write_private(path, json.dumps({"layout": LAYOUT, **document}).encode())


def _plain(value: Any) -> dict[str, Any]:
    """The fields of a value of ours."""
    return {name: getattr(value, name) for name in value.__match_args__}
