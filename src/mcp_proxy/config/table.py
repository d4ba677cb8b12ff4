"""One table of a settings file while it is read: known keys and types.

Every complaint names the whole path of its key. Values are never quoted: any of them
may be a secret at the wrong place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from mcp_proxy.config.checks import count, nearest, plain_text, seconds
from mcp_proxy.errors import ConfigError
from mcp_proxy.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Judged = TypeVar("Judged")
Kind = TypeVar("Kind")
Word = TypeVar("Word", bound=str)


_EPOCH_DAY = 719_163
"""The number of 1970-01-01 among the days of the proleptic Gregorian calendar."""


class _Day(Protocol):
    def toordinal(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Table:
    """The keys and values of `[path]`; the empty path is the top of the file."""

    path: str
    content: Mapping[str, object]

    def key(self, name: str) -> str:
        """The path of `name`; a name that needs quotes gets them, in ASCII."""
        # Dots and control characters in a quoted key must not mislead who reads this.
        shown = name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else ascii(name)
        return f"{self.path}.{shown}" if self.path else shown

    def refuse_unknown(self, known: tuple[str, ...], homes: Mapping[str, str]) -> None:
        """Let only `known` keys pass.

        Args:
            known: the keys of this table.
            homes: for keys of other tables, where they belong, as `in [profiles.demo]`.

        Raises:
            ConfigError: another key is there; it names the nearest known one.
        """
        for name in self.content:
            if name not in known:
                key = self.key(name)
                advice = _advice(name, known, homes)
                raise ConfigError(
                    f"{key} is not a known key{advice}",
                    key=key,
                    hint=None if advice else f"Known here: {', '.join(known)}",
                )

    def text(self, name: str) -> str | None:
        """A string, without the blanks around it."""
        found = self._value(name, str, "a string")
        return None if found is None else plain_text(found, self.key(name))

    def needed(self, name: str) -> str:
        """A string that must be there."""
        found = self.text(name)
        if found is None:
            raise ConfigError(f"{self.key(name)} is missing", key=self.key(name))
        return found

    def judged(self, name: str, judge: Callable[[str, str], Judged]) -> Judged | None:
        """What `judge` makes of a string; its second argument is the key's path."""
        found = self.text(name)
        return None if found is None else judge(found, self.key(name))

    def word(self, name: str, choices: Iterable[Word]) -> Word | None:
        """One of `choices`."""
        found = self.text(name)
        return None if found is None else self._choice(name, found, choices)

    def _choice(self, name: str, found: str, choices: Iterable[Word]) -> Word:
        choices = tuple(choices)
        for choice in choices:
            if choice == found:
                return choice
        near = nearest(found, choices)
        raise ConfigError(
            f"{self.key(name)} must be one of {', '.join(choices)}"
            + (f"; did you mean {near}?" if near else ""),
            key=self.key(name),
        )

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false."""
        found = self._value(name, bool, "true or false")
        return default if found is None else found

    def seconds(self, name: str, *, default: float) -> float:
        """A duration."""
        found: float | None = self._value(name, (int, float), "a number")
        return default if found is None else seconds(found, self.key(name))

    def count(self, name: str) -> int | None:
        """A whole number above 0."""
        found = self._value(name, int, "a whole number")
        return None if found is None else count(found, self.key(name))

    def day(self, name: str) -> float | None:
        """A date, as the epoch seconds of its first moment in UTC."""
        found = self.content.get(name)
        if found is None:
            return None
        # By its name: what measures time is not for this floor, and a date and time is a date, too.
        if type(found).__name__ != "date":
            key = self.key(name)
            message = f"{key} must be a date, written 2027-01-31, not {_kind(found)}"
            raise ConfigError(message, key=key)
        return (cast("_Day", found).toordinal() - _EPOCH_DAY) * 86_400.0

    def words(self, name: str, choices: Iterable[Word]) -> tuple[Word, ...] | None:
        """A list of some of `choices`, each once, and at least one."""
        found = self.texts(name)
        if found == ():
            raise ConfigError(f"{self.key(name)} is empty", key=self.key(name))
        return (
            None
            if found is None
            else tuple(dict.fromkeys(self._choice(name, text, choices) for text in found))
        )

    def texts(self, name: str) -> tuple[str, ...] | None:
        """A list of strings."""
        found = self._value(name, list, "a list of strings")
        for item in found or ():
            if not isinstance(item, str):
                key = self.key(name)
                raise ConfigError(f"{key} must hold strings only, not {_kind(item)}", key=key)
        return None if found is None else tuple(found)

    def table(self, name: str) -> Table | None:
        """The table below this one."""
        found = self._value(name, dict, f"a table, written [{self.key(name)}]")
        return None if found is None else Table(self.key(name), found)

    def tables(self, name: str) -> list[Table]:
        """The tables of a list, written `[[path]]`; complaints count them from 1."""
        key = self.key(name)
        found = self._value(name, list, f"a list of tables, written [[{key}]]")
        for item in found or ():
            if not isinstance(item, dict):
                message = f"{key} must hold tables, written [[{key}]], not {_kind(item)}"
                raise ConfigError(message, key=key)
        return [Table(f"{key}[{place}]", item) for place, item in enumerate(found or (), start=1)]

    def section(self, name: str) -> Table:
        """The table below this one, empty where the file has none."""
        return self.table(name) or Table(self.key(name), {})

    def _value(
        self, name: str, kind: type[Kind] | tuple[type[Kind], ...], wanted: str
    ) -> Kind | None:
        value = self.content.get(name)
        if value is None:
            return None  # TOML has no null: the key is not there
        # To Python a boolean is a number; to a reader of TOML it is not.
        if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
            return value
        key = self.key(name)
        raise ConfigError(f"{key} must be {wanted}, not {_kind(value)}", key=key)


def _advice(name: str, known: tuple[str, ...], homes: Mapping[str, str]) -> str:
    if name in homes:
        return f"; it belongs {homes[name]}"
    # A near name of this table is likelier than a nearer one of another.
    near = nearest(name, known)
    if near:
        return f"; did you mean {near}?"
    far = nearest(name, homes)
    return f"; did you mean {far} {homes[far]}?" if far else ""


def _kind(value: object) -> str:
    """What a TOML value is called."""
    kinds = {bool: "true or false", str: "a string", int: "a number", float: "a number"}
    kinds |= {list: "a list", dict: "a table"}
    return kinds.get(type(value), "a date or time")
