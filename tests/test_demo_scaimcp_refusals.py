"""How ScaiGrid says no."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from mcp_proxy.demo.scaimcp.refusals import STATUS, Refused, content, in_result, response
from mcp_proxy.demo.scaimcp.switches import ScaiFaults, Shape

DENIED = Refused("PERMISSION_DENIED", "Permission 'a:b' is required")


def payload(result: dict[str, Any]) -> dict[str, Any]:
    (block,) = result["content"]
    return dict(json.loads(block["text"]))


@pytest.mark.parametrize("shape", get_args(Shape))
def test_a_failure_in_a_result_is_one_text_of_json_and_no_error_of_mcp(shape: Shape) -> None:
    """SC-API; the three shapes of systems.md C11."""
    found = in_result(DENIED, ScaiFaults(shape=shape))
    assert set(found) == {"content"}
    told = payload(found)
    inner = told if shape == "flat" else told["error"]
    assert (inner["code"], inner["message"]) == ("PERMISSION_DENIED", str(DENIED))
    assert ("meta" in told) == (shape == "envelope")


def test_it_may_be_marked_as_an_error() -> None:
    """Ours: a gateway that does more than is documented."""
    assert in_result(DENIED, ScaiFaults(marks_errors=True))["isError"] is True


@pytest.mark.parametrize("code", STATUS)
def test_over_rest_every_code_comes_in_the_envelope_with_an_id(code: str) -> None:
    """SC-ERR, SC-ERRC."""
    answer = response(Refused(code, "why"))
    told = json.loads(bytes(answer.body))
    assert answer.status_code == STATUS[code]
    assert told["status"] == "error"
    assert told["error"]["code"] == code
    assert told["meta"]["request_id"].startswith("req_")
    waits = "RATE_LIMITED" in code
    assert ("retry_after" in told["error"]) == waits
    assert ("retry-after" in answer.headers) == waits


def test_details_name_the_fields() -> None:
    """SC-ERR: a list of field and message."""
    details = [{"field": "id", "message": "is missing"}]
    answer = response(Refused("VALIDATION_ERROR", "no", details))
    assert json.loads(bytes(answer.body))["error"]["details"] == details


def test_a_good_result_is_one_text_of_json_too() -> None:
    """SC-API."""
    assert payload(content({"a": 1})) == {"a": 1}
