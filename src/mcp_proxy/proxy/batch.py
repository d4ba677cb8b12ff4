"""Several messages of the host in one line, and their answers in one line.

Of MCP 2025-03-26 alone ("Overview", Batching). Each message is judged as if it had come
by itself. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.errors import LocalProtocolError
from mcp_proxy.wire import jsonrpc, mcp, splice

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.wire.jsonrpc import Message


def is_batch(line: bytes) -> bool:
    """Whether a line holds an array, whatever is in it."""
    return line.lstrip().startswith(b"[")


def parse(line: bytes) -> list[Message | LocalProtocolError]:
    """The messages of a batch, each as it was understood, or what is wrong with it.

    Raises:
        LocalProtocolError: -32700, it is not JSON; -32600, it is empty, or two of its
            requests have one id, so that nobody could tell their answers apart.
    """
    try:
        parts = splice.elements(line)
    except ValueError as error:
        sentence = f"The message is not JSON: {error}"
        raise LocalProtocolError(sentence, code=jsonrpc.PARSE_ERROR) from None
    if not parts:
        raise LocalProtocolError("The batch is empty", code=jsonrpc.INVALID_REQUEST)
    found = [_parsed(part) for part in parts]
    ids = [one.id for one in found if not isinstance(one, Exception) and one.kind == "request"]
    if len(set(ids)) != len(ids):
        sentence = "Two requests of the batch have the same id"
        raise LocalProtocolError(sentence, code=jsonrpc.INVALID_REQUEST)
    return found


def wants_answer(one: Message | LocalProtocolError) -> bool:
    """Whether a message of a batch is answered: a request, or what could not be read."""
    return isinstance(one, LocalProtocolError) or one.kind == "request"


def _parsed(part: bytes) -> Message | LocalProtocolError:
    try:
        message = jsonrpc.parse(part)
    except LocalProtocolError as error:
        return error
    if message.method != mcp.INITIALIZE:
        return message
    return LocalProtocolError(
        "initialize must not be part of a batch",
        code=jsonrpc.INVALID_REQUEST,
        request_id=message.id,
    )


class Answers:
    """The answers to one batch, as they come.

    Args:
        count: of the messages that want an answer.
        emit: takes the one line, once all are there.
    """

    def __init__(self, count: int, emit: Callable[[bytes], None]) -> None:
        self._missing = count
        self._emit = emit
        self._answers: list[bytes] = []

    def take(self, answer: bytes | None) -> None:
        """Take an answer; None where a request was cancelled, and has none."""
        self._missing -= 1
        if answer is not None:
            self._answers.append(answer)
        if not self._missing and self._answers:
            self._emit(b"[%b]" % b",".join(self._answers))
