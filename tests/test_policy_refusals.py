"""Recognising what a gateway refuses, in every shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import mcp_proxy.policy
from mcp_proxy.config.preset import parse_preset
from mcp_proxy.policy.preset import RefusalShape
from mcp_proxy.policy.refusals import (
    ERROR_BYTES,
    GENERIC,
    RESULT_BYTES,
    Recogniser,
    Refusal,
    request_id,
)

PRESETS = Path(mcp_proxy.policy.__file__).parent / "presets"


def knowing(*names: str) -> Recogniser:
    """A recogniser for a profile with these presets."""
    texts = [(PRESETS / f"{name}.toml").read_text() for name in names]
    return Recogniser(
        shape for text in texts for shape in parse_preset(text, where="the package").refusals
    )


def result(document: object, **members: Any) -> bytes:
    """A tool's answer: one text block of JSON, or of plain text."""
    text = document if isinstance(document, str) else json.dumps(document)
    return answer(result={"content": [{"type": "text", "text": text}]} | members)


def answer(**members: Any) -> bytes:
    """A JSON-RPC answer."""
    return json.dumps({"jsonrpc": "2.0", "id": 1} | members).encode()


DENIED = {"code": "PERMISSION_DENIED", "message": "lacks models:manage"}


@pytest.mark.parametrize(
    "document",
    [
        {"error": DENIED},
        DENIED,
        {"status": "error", "error": DENIED, "meta": {"request_id": "r-7"}},
    ],
    ids=["error", "bare", "envelope"],
)
@pytest.mark.parametrize("members", [{}, {"isError": True}, {"isError": False}])
def test_a_scaimcp_refusal_is_found_in_its_three_shapes(
    document: dict[str, Any], members: dict[str, Any]
) -> None:
    """systems.md C11, SC-ERR: in a result that looks well, too."""
    found = knowing("scaimcp").in_answer(result(document, **members))
    assert found is not None
    assert (found.about, found.code) == ("tool", "PERMISSION_DENIED")
    assert (found.permission, found.words) == ("models:manage", "lacks models:manage")
    assert found.request_id == ("r-7" if "meta" in document else None)


@pytest.mark.parametrize(
    ("preset", "document", "about", "code", "permission"),
    [
        ("scaimcp", {"code": "TOOL_NOT_FOUND", "message": "no"}, "tool", "TOOL_NOT_FOUND", None),
        (
            "scaimcp",
            {"error": {"code": "MODULE_NOT_ENABLED", "message": "Module scaibunker is off"}},
            "tool",
            "MODULE_NOT_ENABLED",
            "scaibunker",
        ),
        (
            "scaimcp",
            {"error": {"code": "SESSION_EXPIRED", "message": "gone"}},
            "identity",
            "SESSION_EXPIRED",
            None,
        ),
        (
            "stable-baseline",
            {
                "code": "permission",
                "error": "Credential lacks 'can_lifecycle' on this organisation",
            },
            "tool",
            "permission",
            "can_lifecycle",
        ),
        (
            "stable-baseline",
            {"code": "user_facing", "error": "Workspace is outside credential scope"},
            "argument",
            "user_facing",
            None,
        ),
        (
            "stable-baseline",
            {"code": "validation", "error": "id must be a valid UUID"},
            "argument",
            "validation",
            None,
        ),
        (
            "integration-gateway",
            {
                "success": False,
                "error": "permission_denied",
                "message": "staff-limited lacks the permission 'debug' on A",
                "permission": "debug",
                "integration": "A",
            },
            "argument",
            "permission_denied",
            "debug",
        ),
        (
            "integration-gateway",
            {
                "success": False,
                "error": "permission_denied",
                "message": "lacks the permission 'auth.change_user'",
                "model": "auth.User",
            },
            "argument",
            "permission_denied",
            "auth.change_user",
        ),
        (
            "integration-gateway",
            {
                "success": False,
                "error": "permission_denied",
                "message": "lacks the account permission 'Can use MCP Run History tool'",
            },
            "tool",
            "permission_denied",
            "Can use MCP Run History tool",
        ),
    ],
)
def test_what_is_refused_is_told_from_what_it_is_about(
    preset: str, document: object, about: str, code: str, permission: str | None
) -> None:
    """systems.md §4.5, §3.6, X27: only what is about the tool hides it."""
    found = knowing(preset).in_answer(result(document, isError=True))
    assert found is not None
    assert (found.about, found.code, found.permission) == (about, code, permission)


@pytest.mark.parametrize(
    "document",
    [
        {"success": False, "error": "merge_conflict", "message": "saved since"},
        {"success": False, "requires_tool_definition": True},
        {"id": 7, "size_error": "The items take 900001 bytes"},
    ],
)
def test_a_documented_answer_that_is_no_refusal_stays_as_it_is(document: object) -> None:
    """systems.md §7.2: `merge_conflict` and its like pass through unchanged."""
    found = knowing("integration-gateway").in_answer(result(document))
    assert found is not None
    assert found.untouched
    assert found.about != "tool"


def test_a_permission_that_nobody_knows_is_told_as_it_stands() -> None:
    """systems.md §7.3: unknown permission names pass through verbatim."""
    words = {"error": "permission_denied", "message": "no", "permission": "Peut gérer: 'X' §9"}
    found = knowing("integration-gateway").in_answer(result(words, isError=True))
    assert found is not None
    assert found.permission == "Peut gérer: 'X' §9"


def test_several_permissions_are_all_told() -> None:
    """Ours."""
    words = {"code": "PERMISSION_DENIED", "required_permission": ["a:b", "c:d", 5]}
    found = knowing().in_answer(result(words))
    assert found is not None
    assert found.permission == "a:b, c:d"
    empty = knowing().in_answer(result(words | {"required_permission": []}))
    assert empty is not None
    assert empty.permission is None


def test_a_refusal_is_found_in_structured_content() -> None:
    """MCP 2025-06-18, Tools, "Structured Content"."""
    refused = answer(result={"content": [], "structuredContent": {"code": "permission"}})
    found = knowing("stable-baseline").in_answer(refused)
    assert found is not None
    assert found.code == "permission"


@pytest.mark.parametrize(
    "error",
    [
        {"code": -32000, "message": "no", "data": {"code": "PERMISSION_DENIED"}},
        {"code": -32000, "message": "no", "data": {"error": {"code": "FORBIDDEN"}}},
    ],
)
def test_a_refusal_is_found_in_a_json_rpc_error(error: dict[str, Any]) -> None:
    """systems.md §7.6: refusal shapes; the gateway's own code is the one in its data."""
    found = knowing().in_answer(answer(error=error))
    assert found is not None
    assert found.code in {"PERMISSION_DENIED", "FORBIDDEN"}
    assert found.words == "no"


def test_an_http_answer_is_judged_by_its_status_and_its_envelope() -> None:
    """systems.md §3.6, C2: 403 with a code of its own is about the tool, without one it is not."""
    body = json.dumps({"status": "error", "error": {"code": "AUTHZ_PERMISSION_DENIED"}}).encode()
    found = knowing("scaimcp").in_http(403, {}, body)
    assert found is not None
    assert (found.about, found.code) == ("tool", "AUTHZ_PERMISSION_DENIED")
    plain = knowing("scaimcp").in_http(403, {}, b"<h1>Forbidden</h1>")
    assert plain is not None
    assert (plain.about, plain.code) == ("identity", 403)
    staff = knowing("integration-gateway").in_http(403, {}, b"")
    assert staff is not None
    assert "Staff" in staff.says
    assert knowing().in_http(500, {}, b"") is None


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"retry-after": "3"}, b"{}", 3.0),
        ({"retry-after": "2.5"}, b"{}", 2.5),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, b"{}", None),
        ({}, b'{"error":{"retry_after":12}}', 12.0),
        ({}, b'{"retry_after":true}', None),
        ({}, b'{"retry_after":-1}', None),
        ({}, b'{"retry_after":1e300}', None),
        ({}, b'{"retry_after":[1]}', None),
    ],
)
def test_a_limit_tells_when_to_come_again(
    headers: dict[str, str], body: bytes, seconds: float | None
) -> None:
    """RFC 9110 §10.2.3, SC-RATE: in a header, or as `retry_after` in the envelope."""
    found = knowing().in_http(429, headers, body)
    assert found is not None
    assert (found.about, found.retry_after) == ("passing", seconds)


def test_a_pattern_that_must_be_in_the_words_is_looked_for() -> None:
    """Ours: of a system whose refusals are plain text."""
    shape = RefusalShape(
        "result", "tool", "is closed", matches="(?i)you may not", named="may not (.+)$"
    )
    known = Recogniser([shape])
    found = known.in_answer(result("You may not bake", isError=True))
    assert found == Refusal("tool", "is closed", permission="bake", words="You may not bake")
    assert known.in_answer(result("Baked")) is None
    unnamed = Recogniser([RefusalShape("result", "tool", "-", matches="no", named="(x)")])
    told = unnamed.in_answer(result("no", isError=True))
    assert told is not None
    assert told.permission is None


def test_pointers_go_into_arrays_and_odd_names() -> None:
    """RFC 6901 §3, §4."""
    shape = RefusalShape(
        "result", "tool", "-", has=("/a~1b/0/~0", "/list"), message=("/list/1",), status=()
    )
    known = Recogniser([shape])
    words = {"a/b": [{"~": 0}], "list": ["x", "the words"]}
    found = known.in_answer(result(words))
    assert found is not None
    assert found.words == "the words"
    assert known.in_answer(result(words | {"a/b": []})) is None
    assert known.in_answer(result(words | {"a/b": "text", "~": 1})) is None


@pytest.mark.parametrize(
    "good",
    [
        result({"count": 1, "integrations": []}),
        result("Access was denied to the burglar in chapter 2"),
        result("{ code: forbidden"),
        result({"note": "PERMISSION_DENIED is what it answers", "code": "text"}),
        answer(result={"content": "code forbidden"}),
        answer(result={"content": [1, {"type": "image"}, {"text": 5}]}, forbidden="code"),
        answer(result=["code", "forbidden"]),
        answer(error="forbidden"),
        b'{"code":"forbidden"',
        b'{"error"',
        result({"code": ["PERMISSION_DENIED"]}),
        result({"code": True, "x": "denied"}, isError=True),
        result({"code": "PERMISSION_DENIED", "pad": "x" * RESULT_BYTES}),
        result({"code": "PERMISSION_DENIED", "pad": "x" * ERROR_BYTES}, isError=True),
    ],
)
def test_what_is_no_refusal_is_not_taken_for_one(good: bytes) -> None:
    """X27: and nothing is hidden for it."""
    assert knowing().in_answer(good) is None


def test_without_a_preset_nothing_is_about_the_tool() -> None:
    """X27: what a gateway does not say hides nothing. Each shape finds its own codes."""
    known = Recogniser()
    for shape in GENERIC:
        assert shape.about != "tool"
        for code in shape.code if shape.where == "result" else ():
            found = known.in_answer(result({"code": code}))
            assert found is not None
            assert (found.code, found.says) == (code, shape.says)


def test_the_envelope_names_the_exchange() -> None:
    """SC-ERR: `meta.request_id`."""
    assert request_id({"status": "ok", "meta": {"request_id": "r-1"}}) == "r-1"
    assert request_id({"meta": {"request_id": 5}}) is None
