"""One line of the audit: who called what, what was decided, what came of it.

Pure. Written by hand instead of by `json`, from parts that are at hand: it stands on the
way of every call (ours: under 5 us). The values of arguments are in it only as a keyed hash:
a plain one of `{"id": 7}` could be found again by trying, and then it would be the value.
Follows systems.md X25.
"""

from __future__ import annotations

import json
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONGEST_NAME: Final = 256
"""Characters of a name that are kept; a client may send any."""
MOST_NAMES: Final = 64
"""Argument names that are kept."""

_quote: Callable[[str], str] = json.encoder.encode_basestring_ascii
_canonical: Final = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode

Code = int | str | None
"""The gateway's own code where it told one, ours where no answer came."""


class Rows:
    """Lines in the name of one profile.

    Args:
        profile: its name.
        account: its label of the identity.
        environment: its label of the environment, if it has one.
        stamp: epoch seconds, whole, to `2026-01-31T12:00:00`, in UTC.
        keyed_hash: hexadecimal, of bytes, under a key of this machine.
    """

    def __init__(
        self,
        profile: str,
        account: str,
        environment: str | None,
        stamp: Callable[[int], str],
        keyed_hash: Callable[[bytes], str],
    ) -> None:
        who = f'"profile":{_quote(profile)},"account":{_quote(account)}'
        self._who = f'Z",{who},"environment":{_text(environment)},'
        self._stamp = stamp
        self._hash = keyed_hash
        self._second = -1
        self._stamped = ""

    def line(
        self,
        *,
        time: float,
        tool: str,
        tool_class: str | None,
        is_allowed: bool,
        rule: str,
        outcome: str,
        code: Code,
        seconds: float,
        sizes: tuple[int, int],
        arguments: Mapping[str, object],
        request_id: str | None,
    ) -> bytes:
        """The line of one call, with its line break.

        Args:
            time: when it came in, in epoch seconds; written in UTC, to the millisecond.
            tool: the tool's name at the gateway.
            tool_class: `read`, `write`, ...; None where nobody knows.
            is_allowed: what the rules said.
            rule: the rule that decided.
            outcome: a word of `proxy.trail` for what came of it.
            code: of the gateway's error or ours.
            seconds: until the answer was complete.
            sizes: bytes of the request, and of the answer.
            arguments: of which the names are told, and a hash of all.
            request_id: the gateway's own name for this exchange, where its answer has one.
        """
        second, thousandth = divmod(round(time * 1000), 1000)
        if second != self._second:
            self._second, self._stamped = second, self._stamp(second)
        names = ",".join(_quote(_cut(name)) for name in islice(arguments, MOST_NAMES))
        text = (
            f'{{"time":"{self._stamped}.{thousandth:03}{self._who}'
            f"{_judged(_cut(tool), tool_class, is_allowed, rule)}"
            f'"outcome":{_quote(outcome)},"error_code":{_code(code)},'
            f'"duration_ms":{seconds * 1000:.3f},"bytes_in":{sizes[0]},"bytes_out":{sizes[1]},'
            f'"argument_names":[{names}],"arguments_hash":{self._hashed(arguments)},'
            f'"request_id":{_text(request_id)}}}\n'
        )
        return text.encode()

    def _hashed(self, arguments: Mapping[str, object]) -> str:
        if not arguments:
            return "null"
        try:
            return f'"{self._hash(_canonical(arguments).encode())}"'
        except RecursionError:
            # What was just deep enough to be read may be too deep to be written.
            return "null"


@lru_cache(maxsize=256)
def _judged(tool: str, tool_class: str | None, is_allowed: bool, rule: str) -> str:  # noqa: FBT001 - private
    decision = "allowed" if is_allowed else "refused"
    return (
        f'"tool":{_quote(tool)},"class":{_text(tool_class)},'
        f'"decision":"{decision}","rule":{_quote(rule)},'
    )


def _code(code: Code) -> str:
    return "null" if code is None else str(code) if isinstance(code, int) else _quote(_cut(code))


def _text(text: str | None) -> str:
    return "null" if text is None else _quote(_cut(text))


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
