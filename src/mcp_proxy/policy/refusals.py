"""Recognising that a gateway has refused a call, and what it refuses.

Pure. What refusals look like is data of a preset; below its shapes lie some of any gateway,
which hide nothing, as they do not say what they are about. Gateways put refusals into HTTP
answers, JSON-RPC errors, results with `isError` and, as JSON text, into results that look well
(systems.md §3.6, §4.5, C11).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mcp_proxy.policy.preset import RefusalShape
from mcp_proxy.values import dataclass, field
from mcp_proxy.wire import jsontext
from mcp_proxy.wire.pointer import plain_at, text_at, value_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mcp_proxy.policy.preset import About, Where

ERROR_BYTES: Final = 1 << 16
"""Longer answers are not read: no refusal is that long."""
RESULT_BYTES: Final = 1 << 14
"""The same for results that do not say that they failed; they are many."""

_FAILED: Final = re.compile(rb'"isError"[ \t\r\n]*:[ \t\r\n]*true')
_CODES: Final = ("/error/code", "/data/code", "/data/error/code", "/code", "/error")
_WORDS: Final = ("/error/message", "/message", "/error_description", "/detail", "/error", "")
_PERMISSIONS: Final = (
    "/error/required_permission", "/required_permission", "/error/permission", "/permission",
    "/data/required_permission", "/data/permission",
)  # fmt: skip
_WAITS: Final = ("/error/retry_after", "/retry_after", "/data/retry_after", "/data/retryAfter")
_REQUEST_IDS: Final = (
    "/meta/request_id", "/data/meta/request_id", "/request_id", "/error/request_id",
    "/data/request_id",
)  # fmt: skip
_MOST_SECONDS: Final = 1e9

_DENIED: Final = (
    "PERMISSION_DENIED", "permission_denied", "FORBIDDEN", "forbidden", "ACCESS_DENIED",
    "access_denied", "AUTHZ_PERMISSION_DENIED",
)  # fmt: skip
_LIMITED: Final = ("RATE_LIMITED", "rate_limited", "TOO_MANY_REQUESTS")
_NO: Final = "is refused by the gateway"
_ASK: Final = "Ask for the permission, or look at what was asked for"
_BUSY: Final = "was not carried out: the gateway limits how often it is asked"
_LATER: Final = "Try again later"

GENERIC: Final = (
    RefusalShape("result", "argument", _NO, do=_ASK, code=_DENIED, at=_CODES),
    RefusalShape("result", "passing", _BUSY, do=_LATER, code=_LIMITED, at=_CODES),
    RefusalShape("rpc", "argument", _NO, do=_ASK, code=_DENIED, at=_CODES),
    RefusalShape("rpc", "passing", _BUSY, do=_LATER, code=_LIMITED, at=_CODES),
    RefusalShape(
        "http",
        "identity",
        "cannot be used by this identity",
        do="Ask whether it may use the gateway, or sign in as somebody else:"
        " mcp-permit login --again",
        status=(403,),
    ),
    RefusalShape("http", "passing", _BUSY, do=_LATER, status=(429,)),
)
"""What is refused in words that many gateways use (ours)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a gateway has refused, as far as it says."""

    about: About
    says: str
    """The end of a sentence that begins with the tool."""
    do: str | None = None
    code: str | int | None = None
    """The gateway's own, as it stands there; the HTTP status where that is all."""
    permission: str | None = None
    """What is missing, in the gateway's own words."""
    words: str | None = field(default=None, repr=False)
    """What the gateway says to a person."""
    retry_after: float | None = None
    """Seconds after which it may be tried again."""
    request_id: str | None = None
    untouched: bool = False
    """Whether the client is given the gateway's answer as it is."""


class Recogniser:
    """Recognises what shapes describe, the first that fits.

    `shapes` are those of a preset; the generic ones come after them.
    """

    def __init__(self, shapes: Iterable[RefusalShape] = ()) -> None:
        self._shapes = (*shapes, *GENERIC)
        self._names, self._words = _signs(self._shapes)

    def in_answer(self, answer: bytes) -> Refusal | None:
        """The refusal in a JSON-RPC answer to a call; None where it has none.

        Cheap for the many that have none: the bytes are searched before they are read.
        """
        if len(answer) > ERROR_BYTES or not self._is_worth_reading(answer):
            return None
        try:
            members = jsontext.read(answer.decode().strip())
        except ValueError:
            return None
        error, result = members.get("error"), members.get("result")
        if isinstance(error, dict):
            return self._first("rpc", [error])
        return self._first("result", documents(result)) if isinstance(result, dict) else None

    def in_http(self, status: int, headers: Mapping[str, str], body: bytes) -> Refusal | None:
        """The refusal in an HTTP answer that is no JSON-RPC answer; header names in lower case."""
        try:
            document = jsontext.read(body.decode().strip())
        except ValueError:
            document = None
        waits = seconds(headers.get("retry-after"))
        return self._first("http", [document], status, waits)

    def _is_worth_reading(self, answer: bytes) -> bool:
        # The first search is the fast one, and almost always the last.
        if b'"error"' in answer or (b'"isError"' in answer and _FAILED.search(answer)):
            return True
        return (
            len(answer) <= RESULT_BYTES
            and any(name in answer for name in self._names)
            and any(word in answer for word in self._words)
        )

    def _first(
        self,
        where: Where,
        documents: Iterable[object],
        status: int | None = None,
        waits: float | None = None,
    ) -> Refusal | None:
        several = list(documents)
        for shape in self._shapes:
            if shape.where == where and (not shape.status or status in shape.status):
                for document in several:
                    if (found := _fitting(shape, document, status, waits)) is not None:
                        return found
        return None


def _signs(shapes: Iterable[RefusalShape]) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """What the bytes of a result contain that is like one of `shapes`.

    A name out of the first, which are few, and a word out of the second: `in` is the
    fastest search there is, far before one expression for all.
    """
    names: set[bytes] = set()
    words: set[bytes] = set()
    for shape in shapes:
        if shape.where == "result":
            pointers = shape.at or shape.has[:1] or ("",)
            leaves = {_plain(pointer.rpartition("/")[2]) for pointer in pointers}
            names |= leaves
            words |= {_plain(str(code)) for code in shape.code} or leaves
    return tuple(names), tuple(words)


def _plain(text: str) -> bytes:
    """`text` as it stands in any JSON; where that has more spellings, what is everywhere."""
    is_plain = re.fullmatch(r"[A-Za-z0-9_.:-]*", text) and not text.isdecimal()
    return text.encode() if is_plain else b""


def request_id(document: object) -> str | None:
    """What an envelope calls its exchange (SC-ERR: `meta.request_id`)."""
    return text_at(document, _REQUEST_IDS)


def _fitting(
    shape: RefusalShape, document: object, status: int | None, waits: float | None
) -> Refusal | None:
    code = plain_at(document, shape.at or _CODES)
    if shape.code and not any(type(code) is type(one) and code == one for one in shape.code):
        return None
    if any(value_at(document, pointer) is None for pointer in shape.has):
        return None
    words = text_at(document, shape.message) or text_at(document, _WORDS)
    if shape.matches is not None and not re.search(shape.matches, words or ""):
        return None
    return Refusal(
        about=shape.about,
        says=shape.says,
        do=shape.do,
        code=code if isinstance(code, str | int) and not isinstance(code, bool) else status,
        permission=_permission(shape, document, words),
        words=words,
        retry_after=seconds(plain_at(document, _WAITS)) if waits is None else waits,
        request_id=request_id(document),
        untouched=shape.untouched,
    )


def _permission(shape: RefusalShape, document: object, words: str | None) -> str | None:
    found = plain_at(document, shape.permission or _PERMISSIONS)
    if isinstance(found, list):
        return ", ".join(each for each in found if isinstance(each, str)) or None
    if found is None and shape.named is not None:
        named = re.search(shape.named, words or "")
        return named[1] if named else None
    return found if isinstance(found, str) and found else None


def documents(result: Mapping[str, object]) -> Iterator[object]:
    """What a result says, as JSON: its structured content, its texts; a plain text as it is."""
    structured, content = result.get("structuredContent"), result.get("content")
    if isinstance(structured, dict):
        yield structured
    for block in content if isinstance(content, list) else ():
        text = block.get("text") if isinstance(block, dict) else None
        if isinstance(text, str):
            yield _read(text.strip())


def _read(text: str) -> object:
    try:
        return jsontext.read(text) if text.startswith("{") else text
    except ValueError:
        return text


def seconds(found: object) -> float | None:
    """A number of seconds, also as text (RFC 9110 §10.2.3); a date says nothing without a clock."""
    if isinstance(found, str) and re.fullmatch(r"\d{1,9}(\.\d{1,9})?", found):
        return float(found)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found) if 0 <= found < _MOST_SECONDS else None
