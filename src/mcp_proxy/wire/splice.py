"""Surgery on JSON text: what is not cut keeps every byte.

Numbers keep their spelling, objects their order, unknown members their place.
Pure; values are passed over by the C scanner of `json`, once each. An object that
is cut must not name a member twice: readers differ over which of the two counts,
so we will not choose. In the values beside and below nothing is judged.
Follows RFC 8259.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from mcp_proxy.wire.jsontext import refuse_constant

if TYPE_CHECKING:
    from collections.abc import Iterable

_Place = tuple[int, int, str]
"""Start and end of a value, and the text that its insertion wants before it."""

# `float` takes integers of any length, where `int` stops at some 4300 digits.
_SCANNER: Final = json.JSONDecoder(parse_int=float, parse_constant=refuse_constant)


def _token(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("_", r"[ \t\n\r]*"))


_SPACE: Final = _token("_")
_OPEN_OBJECT: Final = _token(r"\{(_\})?")
_OPEN_ARRAY: Final = _token(r"_\[_(\])?")
_NAME: Final = _token(r'_("[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*")_:_')
_NEXT_MEMBER: Final = _token(r"_([,}])")
_NEXT_ELEMENT: Final = _token(r"_([,\]])_")


def member(text: bytes, *path: str) -> bytes | None:
    """The JSON text of the value at `path`; None where a member of it is absent.

    Raises:
        ValueError: `text` is not JSON, or a value on the path is not an object.
    """
    document = text.decode()
    place = _find(document, path)
    if place is None or place[2]:
        return None
    return document[place[0] : place[1]].encode()


def elements(array: bytes) -> list[bytes]:
    """The JSON texts of the elements of an array.

    Raises:
        ValueError: `array` is not the JSON text of an array.
    """
    text = array.decode()
    found: list[bytes] = []
    token = _expect(_OPEN_ARRAY, text, 0)
    more, at = token[1] is None, token.end()
    while more:
        end = _value_end(text, at)
        found.append(text[at:end].encode())
        token = _expect(_NEXT_ELEMENT, text, end)
        more, at = token[1] == ",", token.end()
    _finish(text, at)
    return found


def leading(text: bytes) -> bytes:
    """The JSON text of the value that `text` begins with; what follows is not looked at.

    Raises:
        ValueError: it begins with none, or with one that goes on beyond its end.
    """
    # The end may cut a character; what the value itself holds is encoded strictly again.
    document = text.decode(errors="surrogateescape")
    return document[: _value_end(document, 0)].encode()


def members(object_text: bytes) -> list[tuple[str, bytes]]:
    """The names of an object's members and the JSON texts of their values, in order.

    Raises:
        ValueError: `object_text` is not the JSON text of an object, or names a member twice.
    """
    text = object_text.decode()
    found: dict[str, bytes] = {}
    token = _expect(_OPEN_OBJECT, text, _expect(_SPACE, text, 0).end())
    more, after = token[1] is None, token.end()
    while more:
        name, start = _name(text, after)
        if name in found:
            raise ValueError("A member name occurs twice in one object")
        end = _value_end(text, start)
        found[name] = text[start:end].encode()
        token = _expect(_NEXT_MEMBER, text, end)
        more, after = token[1] == ",", token.end()
    _finish(text, after)
    return list(found.items())


def object_of(pairs: Iterable[tuple[str, bytes]]) -> bytes:
    """The JSON text of an object with these names and JSON texts as its members."""
    return b"{%b}" % b",".join(b"%b:%b" % (json.dumps(name).encode(), raw) for name, raw in pairs)


def replace(text: bytes, path: tuple[str, ...], value: bytes) -> bytes:
    """`text` with the JSON text `value` at `path`.

    A new name becomes the last member of its object.

    Raises:
        ValueError: `text` is not JSON, or a value on the path is absent or not an
            object.
    """
    document = text.decode()
    place = _find(document, path)
    if place is None:
        raise ValueError("There is no object to put the member into")
    start, end, before = place
    return (document[:start] + before + value.decode() + document[end:]).encode()


def _find(text: str, path: tuple[str, ...]) -> _Place | None:
    place, end = _locate(text, _expect(_SPACE, text, 0).end(), path)
    _finish(text, end)
    return place


def _locate(text: str, at: int, path: tuple[str, ...]) -> tuple[_Place | None, int]:
    """Where `path` leads from the value at `at`, and where that value ends."""
    if not path:
        end = _value_end(text, at)
        return (at, end, ""), end
    place: _Place | None = None
    names: set[str] = set()
    token = _expect(_OPEN_OBJECT, text, at)
    end, after = at + 1, token.end()
    more = token[1] is None
    while more:
        name, start = _name(text, after)
        if name in names:
            raise ValueError("A member name occurs twice in one object")
        names.add(name)
        if name == path[0]:
            place, end = _locate(text, start, path[1:])
        else:
            end = _value_end(text, start)
        token = _expect(_NEXT_MEMBER, text, end)
        more, after = token[1] == ",", token.end()
    if len(path) == 1 and place is None:
        # Behind the last value, not before the brace: white space stays where it was.
        place = (end, end, f"{',' if names else ''}{json.dumps(path[0])}:")
    return place, after


def _name(text: str, at: int) -> tuple[str, int]:
    """The member name at `at`, decoded, and the start of its value."""
    token = _expect(_NAME, text, at)
    quoted = token[1]
    return json.loads(quoted) if "\\" in quoted else quoted[1:-1], token.end()


def _value_end(text: str, at: int) -> int:
    try:
        return _SCANNER.raw_decode(text, at)[1]
    except RecursionError:
        raise ValueError("The text is nested too deeply") from None


def _expect(token: re.Pattern[str], text: str, at: int) -> re.Match[str]:
    found = token.match(text, at)
    if found is None:
        raise ValueError(f"The text is not JSON at character {at}")
    return found


def _finish(text: str, at: int) -> None:
    if _expect(_SPACE, text, at).end() != len(text):
        raise ValueError(f"Expected nothing more at character {at}")
