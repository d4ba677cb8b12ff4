"""JSON text to values, more strictly than `json.loads`, and with fewer surprises.

One whole text; no `NaN` or `Infinity`; integers of any length; and whatever is
wrong is a ValueError, too deep a nesting included. Lone surrogates in escapes are
let through: RFC 8259 §8.2 leaves them open, and nothing here is decided by them.
Pure. Follows RFC 8259.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

WHITE: Final = b" \t\r\n"
"""What may stand around a value (RFC 8259 §2)."""


class RepeatedNameError(ValueError):
    """An object has two members of one name."""


def read_strictly(text: str) -> Any:
    """The value of `text`, in which no object names a member twice.

    Raises:
        RepeatedNameError: an object does; all before it was JSON.
        ValueError: `text` is not one JSON value without white space around it.
    """
    return _read(text, _STRICT)


def read(text: str) -> Any:
    """The value of `text`; of members of one name the last counts.

    Raises:
        ValueError: `text` is not one JSON value without white space around it.
    """
    return _read(text, _PLAIN)


def read_pairs(text: str) -> Any:
    """The value of `text` with objects as tuples of pairs, arrays as lists.

    Raises:
        ValueError: `text` is not one JSON value without white space around it.
    """
    return _read(text, _PAIRS)


def refuse_constant(name: str) -> None:
    """Refuse `NaN` and its like, which Python reads and JSON does not know."""
    raise ValueError(f"{name} is not a JSON value")


def _read(text: str, decoders: tuple[json.JSONDecoder, json.JSONDecoder]) -> Any:
    fast, patient = decoders
    try:
        try:
            value, end = fast.raw_decode(text)
        except (json.JSONDecodeError, RepeatedNameError):
            raise
        except ValueError:
            value, end = patient.raw_decode(text)
    except RecursionError:
        raise ValueError("It is nested too deeply") from None
    if end != len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise RepeatedNameError("A member name occurs twice in one object")
    return members


def _any_integer(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:
        # Python converts no more than some 4300 digits. RFC 8259 §6 lets a reader
        # take the nearest double, as all readers do with 1e999.
        return float(digits)


def _decoders(
    members: Callable[[list[tuple[str, Any]]], Any] | None,
) -> tuple[json.JSONDecoder, json.JSONDecoder]:
    """A fast decoder, and one for integers of any length at half its speed."""
    return (
        json.JSONDecoder(object_pairs_hook=members, parse_constant=refuse_constant),
        json.JSONDecoder(
            object_pairs_hook=members, parse_constant=refuse_constant, parse_int=_any_integer
        ),
    )


# The pairs hook is the one place where repeated names can be seen. Everything else
# is left to the C scanner; decoders are built once, as building costs more than using.
_STRICT: Final = _decoders(_each_once)
_PLAIN: Final = _decoders(None)
_PAIRS: Final = _decoders(tuple)
