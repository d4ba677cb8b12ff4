"""How ScaiGrid says no: in a tool's result, and over REST (SC-API, SC-ERR, SC-ERRC).

Who asks is to branch on the code, never on the HTTP status or the words.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.demo.scaimcp.switches import ScaiFaults

STATUS = {
    "AUTH_TOKEN_MISSING": 401,
    "AUTH_TOKEN_INVALID": 401,
    "SESSION_EXPIRED": 401,
    "SERVICE_TOKEN_INVALID": 401,
    "AUTH_FLOW_INVALID": 401,
    "AUTH_INSUFFICIENT_SCOPE": 403,
    "AUTHZ_PERMISSION_DENIED": 403,
    "VALIDATION_ERROR": 422,
    "NOT_FOUND": 404,
    "RATE_LIMITED": 429,
    "BACKEND_RATE_LIMITED": 429,
    "BACKEND_ERROR": 502,
    "BACKEND_TIMEOUT": 504,
    "SCAILINK_REGISTRY_DISABLED": 503,
}
"""HTTP status by code. Those of the last seven are ours, but for 429 and 503."""

_WAITS = {"RATE_LIMITED", "BACKEND_RATE_LIMITED"}
_WAIT_SECONDS = 2


class Refused(Exception):
    """A call or a request that ScaiGrid refuses; `code` is what it is known by."""

    def __init__(
        self, code: str, message: str, details: list[dict[str, str]] | None = None
    ) -> None:
        super().__init__(message)
        self.code, self.details = code, details


def envelope(refused: Refused, retry_after: int | None = None) -> dict[str, Any]:
    """The REST envelope, with an id of the request (SC-ERR)."""
    error: dict[str, Any] = {"code": refused.code, "message": str(refused)}
    if retry_after is not None:
        error["retry_after"] = retry_after
    if refused.details is not None:
        error["details"] = refused.details
    return {"status": "error", "error": error, "meta": {"request_id": request_id()}}


def response(
    refused: Refused, headers: Mapping[str, str] | None = None, retry_after: int | None = None
) -> JSONResponse:
    """A refusal over HTTP."""
    if retry_after is None and refused.code in _WAITS:
        retry_after = _WAIT_SECONDS
    waits = {} if retry_after is None else {"Retry-After": str(retry_after)}
    found = envelope(refused, retry_after)
    return JSONResponse(found, STATUS[refused.code], {**(headers or {}), **waits})


def in_result(refused: Refused, faults: ScaiFaults) -> dict[str, Any]:
    """A refusal in a tool's result: one text block of JSON, and no error as far as MCP knows."""
    flat = {"code": refused.code, "message": str(refused)}
    shapes: dict[str, dict[str, Any]] = {
        "nested": {"error": flat},
        "flat": flat,
        "envelope": envelope(refused),
    }
    found = content(shapes[faults.shape])
    return found | ({"isError": True} if faults.marks_errors else {})


def content(payload: object) -> dict[str, Any]:
    """A tool's result as ScaiMCP has it: always a single text block whose text is JSON."""
    return {"content": [{"type": "text", "text": json.dumps(payload, ensure_ascii=False)}]}


def request_id() -> str:
    """What a support desk asks for."""
    return "req_" + secrets.token_hex(8)
