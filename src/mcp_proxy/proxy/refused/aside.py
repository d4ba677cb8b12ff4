"""A refusing answer with words of ours before those of the gateway, which all stay.

Pure. A result gets one text block more, in front, and says that it failed, should the
gateway have forgotten that; an error gets a longer message. Everything else keeps its bytes:
the gateway's own code and data reach the client as they came (systems.md X17).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from mcp_proxy.wire import jsontext, splice

if TYPE_CHECKING:
    from collections.abc import Mapping

META: Final = "mcp-permit/refusal"
"""Under which name the facts stand, in a result's `_meta` or in an error's `data`."""


def with_aside(answer: bytes, text: str, facts: Mapping[str, object]) -> bytes:
    """`answer` with `text` in front and `facts` beside; as it is where it cannot be cut."""
    try:
        members: dict[str, Any] = jsontext.read(answer.decode().strip())
        if isinstance(members.get("error"), dict):
            return _error(answer, members["error"], text, facts)
        return _result(answer, members["result"], text, facts)
    # A name twice, somewhere on the way: readers differ over which one counts.
    except ValueError:
        return answer


def _result(answer: bytes, result: dict[str, Any], text: str, facts: Mapping[str, object]) -> bytes:
    content = splice.member(answer, "result", "content")
    blocks = splice.elements(content) if isinstance(result.get("content"), list) and content else []
    ours = _encoded({"type": "text", "text": text})
    told = splice.replace(answer, ("result", "content"), b"[" + b",".join([ours, *blocks]) + b"]")
    if result.get("isError") is not True:
        told = splice.replace(told, ("result", "isError"), b"true")
    if not isinstance(result.get("_meta"), dict):
        return splice.replace(told, ("result", "_meta"), _encoded({META: facts}))
    return splice.replace(told, ("result", "_meta", META), _encoded(facts))


def _error(answer: bytes, error: dict[str, Any], text: str, facts: Mapping[str, object]) -> bytes:
    words = error.get("message")
    message = f"{text} The gateway's own words: {words}" if isinstance(words, str) else text
    told = splice.replace(answer, ("error", "message"), _encoded(message))
    data = error.get("data")
    if data is None:
        return splice.replace(told, ("error", "data"), _encoded({META: facts}))
    if isinstance(data, dict):
        return splice.replace(told, ("error", "data", META), _encoded(facts))
    return told  # data of another kind has no place for ours


def _encoded(value: object) -> bytes:
    return json.dumps(value).encode()
