"""A flow judged by a transcript: who was asked what, and what they answered.

converse(
    refresh(grant, now=0),
    (
        "POST https://auth.example/token",
        {"grant_type": "refresh_token", "refresh_token": "r1", "client_id": "c"},
        ok({"access_token": "a2", "token_type": "Bearer"}),
    ),
)
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qsl

from mcp_proxy.oauth.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from mcp_proxy.oauth.http import Flow

Result = TypeVar("Result")
Answer = HttpResponse | Exception
Exchange = tuple[str, Answer] | tuple[str, dict[str, object], Answer]
"""The request as `METHOD URL`, what it said where that matters, and the answer."""


def converse(flow: Flow[Result], *exchanges: Exchange) -> Result:
    """What `flow` ends with after exactly these exchanges; what it raises, it raises here.

    An answer that is an exception is thrown into the flow, as `net.http` does it.
    """
    heard = 0
    try:
        request = next(flow)
        for line, *said, answer in exchanges:
            heard += 1
            assert f"{request.method} {request.url}" == line
            assert said in ([], [words(request)])
            if isinstance(answer, Exception):
                request = flow.throw(answer)
            else:
                assert isinstance(answer, HttpResponse)
                request = flow.send(answer)
    except StopIteration as end:
        result: Result = end.value
    else:
        raise AssertionError(f"asked for more: {request.method} {request.url}")
    finally:
        assert heard == len(exchanges), f"ended after {heard} of {len(exchanges)} exchanges"
    return result


def words(request: HttpRequest) -> dict[str, object]:
    """What a request says: its form or JSON body, and `authorization` where it has one."""
    body = (request.body or b"").decode()
    if request.headers.get("Content-Type") == "application/json":
        said: dict[str, object] = json.loads(body)
    else:
        said = dict(parse_qsl(body, keep_blank_values=True, strict_parsing=bool(body)))
    proof = request.headers.get("Authorization")
    return said if proof is None else said | {"authorization": proof}


def ok(document: object) -> HttpResponse:
    """200 with a JSON body."""
    return answer(200, document)


def answer(status: int, document: object = None) -> HttpResponse:
    """A JSON body under any status; bytes stay as they are, None is an empty body."""
    if isinstance(document, bytes):
        return HttpResponse(status, {"content-type": "text/html"}, document)
    body = b"" if document is None else json.dumps(document).encode()
    return HttpResponse(status, {"content-type": "application/json"}, body)
