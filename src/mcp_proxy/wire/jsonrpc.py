"""JSON-RPC 2.0 as MCP uses it: one message strictly read, and messages built.

Pure. Strict, because what we judge and what the gateway reads must be the same:
two readers may differ over a repeated member name, or over `NaN`. The parsed
form is for judging only; the original bytes go on. Batches (MCP 2025-03-26)
are refused.
Follows JSON-RPC 2.0 and RFC 8259.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, Literal, TypeGuard

from mcp_proxy.errors import LocalProtocolError
from mcp_proxy.values import dataclass, field
from mcp_proxy.wire.jsontext import WHITE, RepeatedNameError, read, read_pairs, read_strictly

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.errors import PermitError

Id = int | float | str
"""What tells requests apart (JSON-RPC 2.0 §4; MCP forbids null)."""

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600

FULL_CHECK_LIMIT: Final = 256 * 1024
"""Bytes up to which `answers` parses a whole body (ours: 256 KiB take 3 ms)."""

_ONE_LINE: Final = bytes.maketrans(b"\r\n", b"  ")
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_NO_VERSION: Final = 'The message has no "jsonrpc": "2.0"'
_BAD_ID: Final = "The id is neither a string nor a finite number"
_INFINITE: Final = (float("inf"), float("-inf"))


@dataclass(frozen=True, slots=True)
class Message:
    """One message, as it was received and as it was understood."""

    raw: bytes = field(repr=False)
    """The message's own JSON text, without white space around it."""
    kind: Literal["request", "notification", "response"]
    id: Id | None = None
    """None for notifications, and for an error answer to an unreadable request."""
    method: str | None = None
    params: Mapping[str, Any] | list[Any] | None = field(default=None, repr=False)
    error: Mapping[str, Any] | None = field(default=None, repr=False)
    has_result: bool = False

    @property
    def request_id(self) -> Id:
        """The id that the answer to this request must carry."""
        if self.id is None:
            raise AssertionError("a notification has no id")
        return self.id


def parse(line: bytes) -> Message:
    """Read one message.

    Raises:
        LocalProtocolError: code -32700, it is not one JSON text in UTF-8, or nested
            too deeply; code -32600, it is JSON but no single, unambiguous JSON-RPC
            message. The latter's `request_id` is the id of what wants an answer.
    """
    raw = line.strip(WHITE)
    try:
        text = raw.decode()
        value = read_strictly(text)
    except RepeatedNameError as error:
        raise _invalid(str(error), _only_id(text)) from None
    except UnicodeDecodeError:
        raise LocalProtocolError("The message is not UTF-8", code=PARSE_ERROR) from None
    except ValueError as error:
        sentence = f"The message is not JSON: {error}"
        raise LocalProtocolError(sentence, code=PARSE_ERROR) from None
    if not isinstance(value, dict):
        raise _invalid("The message is not a JSON object")
    if "method" in value:
        return _asking(raw, value)
    return _answering(raw, value)


def _asking(raw: bytes, members: dict[str, Any]) -> Message:
    """A request or a notification (JSON-RPC 2.0 §4)."""
    method, params, request_id = members["method"], members.get("params"), members.get("id")
    if members.get("jsonrpc") != "2.0":
        raise _invalid(_NO_VERSION, request_id)
    if not isinstance(method, str):
        raise _invalid("The method is not a string", request_id)
    if "result" in members or "error" in members:
        raise _invalid("The message is a request and an answer at once", request_id)
    # `"params": null` is not JSON-RPC, but harmless, and common.
    if params is not None and not isinstance(params, dict | list):
        raise _invalid("The params are neither an object nor an array", request_id)
    if "id" not in members:
        return Message(raw, "notification", None, method, params)
    if not is_id(request_id):
        raise _invalid(_BAD_ID)
    return Message(raw, "request", request_id, method, params)


def _answering(raw: bytes, members: dict[str, Any]) -> Message:
    """A response (JSON-RPC 2.0 §5).

    Its id is never that of a request which waits here, so no complaint carries it.
    """
    request_id, error, has_result = members.get("id"), members.get("error"), "result" in members
    if members.get("jsonrpc") != "2.0":
        raise _invalid(_NO_VERSION)
    if has_result == ("error" in members):
        raise _invalid("The message has neither a method nor exactly one of result and error")
    if not has_result and not isinstance(error, dict):
        raise _invalid("The error is not an object")
    # An error answer has a null id where the request's own could not be read.
    if not is_id(request_id) and (has_result or request_id is not None):
        raise _invalid(_BAD_ID)
    return Message(raw, "response", request_id, error=error, has_result=has_result)


def is_id(value: object) -> TypeGuard[Id]:
    """Whether `value` can be the id of a request: a string or a finite number."""
    if isinstance(value, float):
        return value not in _INFINITE
    return isinstance(value, str | int) and not isinstance(value, bool)


def _invalid(sentence: str, request_id: object = None) -> LocalProtocolError:
    known = request_id if is_id(request_id) else None
    return LocalProtocolError(sentence, code=INVALID_REQUEST, request_id=known)


def _only_id(text: str) -> object:
    """The id of a request in which a name is repeated, unless it is the id's."""
    try:
        members = read_pairs(text)
    except ValueError:
        return None  # what comes after the repeated name is not JSON
    if not isinstance(members, tuple) or "method" not in dict(members):
        return None
    ids = [value for name, value in members if name == "id"]
    return ids[0] if len(ids) == 1 else None


def one_line(raw: bytes) -> bytes:
    """JSON text on one line: CR and LF become spaces, outer white space goes.

    Safe on any JSON text: its strings cannot hold a raw line break (RFC 8259 §7).
    """
    raw = raw.strip(WHITE)
    return raw.translate(_ONE_LINE) if b"\n" in raw or b"\r" in raw else raw


def result(request_id: Id, value: object, /) -> bytes:
    """A successful answer."""
    return result_raw(request_id, _encode(value))


def result_raw(request_id: Id, raw_result: bytes, /) -> bytes:
    """A successful answer around the JSON text of its result."""
    return b'{"jsonrpc":"2.0","id":%b,"result":%b}' % (_encode(request_id), raw_result)


def failure(
    request_id: Id | None, code: int, message: str, data: Mapping[str, object] | None = None, /
) -> bytes:
    """An error answer; the id is None where the request's own could not be read."""
    error = {"code": code, "message": message} | ({} if data is None else {"data": data})
    return b'{"jsonrpc":"2.0","id":%b,"error":%b}' % (_encode(request_id), _encode(error))


def error_answer(request_id: Id | None, error: PermitError, /) -> bytes:
    """The error answer that tells of `error`."""
    code = error.code if isinstance(error, LocalProtocolError) else error.rpc_code
    return failure(request_id, code, str(error), error.data())


def request(request_id: Id, method: str, params: Mapping[str, object] | None = None, /) -> bytes:
    """A request of our own."""
    return _encode({"jsonrpc": "2.0", "id": request_id} | _call(method, params))


def notification(method: str, params: Mapping[str, object] | None = None, /) -> bytes:
    """A notification of our own."""
    return _encode({"jsonrpc": "2.0"} | _call(method, params))


def _call(method: str, params: Mapping[str, object] | None) -> dict[str, object]:
    return {"method": method} | ({} if params is None else {"params": params})


def _encode(value: object) -> bytes:
    # ASCII only, so that a lone surrogate out of an escape can be written again.
    return _ENCODER.encode(value).encode("ascii")


_SPACE = rb"[ \t\r\n]*"
_SCALAR = rb'(?:"(?:[^"\\]|\\.)*"|[^\s",:{}\[\]]+)'
_HEAD: Final = re.compile(
    rb'_\{((?:_"(?:jsonrpc|id)"_:_%b_,)*)_"(?:result|error)"_:'.replace(b"_", _SPACE) % _SCALAR
)
_TAIL: Final = re.compile(
    rb',_("id"_:_%b_(?:,_"jsonrpc"_:_"2\.0"_)?\})_\Z'.replace(b"_", _SPACE) % _SCALAR
)


def answers(body: bytes, request_id: Id, /) -> bool:
    """Whether `body` is one JSON-RPC response to `request_id`.

    A whole look up to `FULL_CHECK_LIMIT`. Of a longer body, which HTTP says has
    arrived whole, only the members before and after the result are looked at.
    """
    if len(body) > FULL_CHECK_LIMIT:
        return _is_same(_edge_id(body, 1024 + 12 * len(str(request_id))), request_id)
    try:
        members = read(body.strip(WHITE).decode())
    except ValueError:
        return False
    return (
        isinstance(members, dict)
        and _is_same(members.get("id"), request_id)
        and ("result" in members or "error" in members)
    )


def _edge_id(body: bytes, edge: int) -> object:
    """The id before the result, or after it within the last `edge` bytes."""
    head, tail = _HEAD.match(body), body[-edge:]
    if head is None or not tail.rstrip(WHITE).endswith(b"}"):
        return None
    after = _TAIL.search(tail)
    try:
        members = json.loads(b"{%b%b" % (head[1], after[1] if after else b'"":0}'))
    except ValueError:
        return None
    return members.get("id")


def _is_same(found: object, request_id: Id) -> bool:
    # A string never equals a number, but True equals 1.
    return is_id(found) and found == request_id
