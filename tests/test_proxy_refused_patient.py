"""The gateway's side, with patience."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.config.paths import paths
from mcp_proxy.proxy.refused.patient import Patient
from refusing_world import audit, failed, listing, named, status, talk, told

if TYPE_CHECKING:
    from pathlib import Path

    from net_world import Gateway
    from relay_world import Client, Json

SCAI = {"preset": "scaimcp"}


def busy(times: int, *headers: str) -> list[bytes]:
    """So many refusals."""
    body = {"status": "error", "error": {"code": "RATE_LIMITED", "message": "slow down"}}
    return [status("429 Too Many Requests", body, *headers)] * times


def calls(gateway: Gateway) -> int:
    return sum(b'"tools/call"' in request for request in gateway.requests)


def lists(gateway: Gateway) -> int:
    return sum(b'"tools/list"' in request for request in gateway.requests)


READS = [{"name": "look", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": True}}]


def test_a_list_is_asked_for_again_after_the_pause(tmp_path: Path) -> None:
    """SC-RATE, RFC 9110 §10.2.3."""
    answers = busy(2, "Retry-After: 0")

    async def story(client: Client, gateway: Gateway) -> None:
        assert await client.tools() == ["look"]
        assert lists(gateway) == 3

    talk(
        tmp_path,
        story,
        SCAI,
        tools_list=lambda message: answers.pop() if answers else listing("look")(message),
    )


def test_a_gateway_that_stays_busy_is_not_hammered(tmp_path: Path) -> None:
    """systems.md §7.4: no hammering; the error tells."""

    async def story(client: Client, gateway: Gateway) -> None:
        answer = await client.ask("tools/list")
        assert answer["error"]["data"]["status"] == 429
        assert lists(gateway) == 4

    talk(tmp_path, story, SCAI, tools_list=lambda _message: busy(1, "Retry-After: 0")[0])


@pytest.mark.parametrize("header", ["Retry-After: 60", "X-Other: 1"])
def test_a_long_pause_is_told_instead(tmp_path: Path, header: str) -> None:
    """systems.md §7.4: up to a limit, otherwise the error with the seconds."""

    async def story(client: Client, gateway: Gateway) -> None:
        error = (await client.ask("tools/list"))["error"]
        assert ("wait 60 s" in error["message"]) == ("60" in header)
        assert "slow down" in error["message"]
        assert lists(gateway) == 1

    talk(tmp_path, story, SCAI, tools_list=lambda _message: busy(1, header)[0])


def test_a_read_is_called_again_and_a_write_never(tmp_path: Path) -> None:
    """X14, systems.md §7.4: the write is not repeated."""
    asked: list[str] = []

    def answer(message: Json) -> bytes:
        asked.append(named(message))
        return busy(1, "Retry-After: 0")[0] if len(asked) in {1, 3} else told(message, {"ok": 1})

    async def story(client: Client, gateway: Gateway) -> None:
        await client.tools()
        assert "result" in await client.call("look")
        error = (await client.call("models_create"))["error"]
        assert error["data"]["status"] == 429
        assert asked == ["look", "look", "models_create"]
        assert calls(gateway) == 3

    def tools_list(message: Json) -> bytes:
        tools = [*READS, {"name": "models_create", "inputSchema": {"type": "object"}}]
        from relay_world import json_answer

        return json_answer(message, {"tools": tools})

    talk(tmp_path, story, SCAI, tools_call=answer, tools_list=tools_list)


def test_a_limit_within_an_answer_is_honoured_too(tmp_path: Path) -> None:
    """systems.md §3.6: `RATE_LIMITED` with `retry_after`, in a result or in an error."""
    limited = {"error": {"code": "RATE_LIMITED", "message": "slow", "retry_after": 0}}
    asked: list[str] = []

    def answer(message: Json) -> bytes:
        asked.append(named(message))
        if len(asked) == 1:
            return told(message, limited)
        if len(asked) == 2:
            error = {"code": -32000, "message": "slow"}
            return failed(message, error | {"data": {"code": "RATE_LIMITED", "retry_after": 0}})
        return told(message, {"ok": 1})

    def tools_list(message: Json) -> bytes:
        from relay_world import json_answer

        return json_answer(message, {"tools": READS})

    async def story(client: Client, _gateway: Gateway) -> None:
        await client.tools()
        answer = await client.call("look")
        assert json.loads(answer["result"]["content"][0]["text"]) == {"ok": 1}
        assert asked == ["look"] * 3

    talk(tmp_path, story, {}, tools_call=answer, tools_list=tools_list)


def test_a_write_that_is_limited_within_its_answer_is_not_repeated(tmp_path: Path) -> None:
    """X14: whatever the gateway says."""
    asked: list[str] = []

    def answer(message: Json) -> bytes:
        asked.append(named(message))
        return told(message, {"error": {"code": "RATE_LIMITED", "retry_after": 0}})

    async def story(client: Client, _gateway: Gateway) -> None:
        await client.tools()
        result = (await client.call("models_create"))["result"]
        assert result["isError"] is True
        assert asked == ["models_create"]

    talk(tmp_path, story, SCAI, tools_call=answer, tools_list=listing("models_create"))


@pytest.mark.parametrize(("seconds", "pauses"), [("0", [0.0] * 3), ("2", [2.0] * 2), ("6", [])])
def test_all_pauses_together_have_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: str, pauses: list[float]
) -> None:
    """Ours: hosts give up after ten seconds. Nothing is waited for before giving up."""
    slept: list[float] = []

    async def sleep(length: float) -> None:
        slept.append(length)

    monkeypatch.setattr("mcp_proxy.proxy.assembly.Patient", partial(Patient, sleep=sleep))

    async def story(client: Client, gateway: Gateway) -> None:
        assert "error" in await client.ask("tools/list")
        assert (slept, lists(gateway)) == (pauses, len(pauses) + 1)

    talk(tmp_path, story, SCAI, tools_list=lambda _message: busy(1, f"Retry-After: {seconds}")[0])


def test_a_refused_call_is_told_by_its_status(tmp_path: Path) -> None:
    """systems.md C2: 403 on a tool; the gateway's own code and words survive."""
    body = {
        "status": "error",
        "error": {"code": "AUTHZ_PERMISSION_DENIED", "message": "needs users:manage"},
        "meta": {"request_id": "r-9"},
    }

    async def story(client: Client, _gateway: Gateway) -> None:
        await client.tools()
        error = (await client.call("users_list"))["error"]
        assert (error["code"], error["data"]["code"]) == (1004, "PERMISSION_DENIED")
        assert error["data"]["gateway_code"] == "AUTHZ_PERMISSION_DENIED"
        assert error["data"]["permission"] == "users:manage"
        assert error["data"]["tool"] == "users_list"
        assert '"needs users:manage"' in error["message"]
        assert await client.tools() == []

    talk(
        tmp_path,
        story,
        SCAI,
        tools_call=lambda _message: status("403 Forbidden", body),
        tools_list=listing("users_list"),
    )
    (row,) = audit(tmp_path)
    assert (row["outcome"], row["error_code"]) == ("refused-by-gateway", "AUTHZ_PERMISSION_DENIED")
    assert row["request_id"] == "r-9"


def test_an_identity_that_is_let_in_nowhere_hears_it_clearly(tmp_path: Path) -> None:
    """systems.md §7.2: account is not Staff; one message, and no browser (there is none)."""
    body = {"error": "forbidden", "error_description": "standard is not Staff"}

    async def story(client: Client, _gateway: Gateway) -> None:
        for method in ("tools/list", "tools/list", "prompts/list"):
            error = (await client.ask(method))["error"]
            assert "only Staff and Superuser" in error["message"]
            assert error["data"]["code"] == "PERMISSION_DENIED"
        assert len([one for one in client.complaints if "Staff" in one]) == 1
        assert client.pages == []

    talk(
        tmp_path,
        story,
        {"preset": "integration-gateway"},
        initialize=lambda _message: status("403 Forbidden", body),
    )
    assert not (paths({"MCP_PERMIT_HOME": str(tmp_path)}).audit_file).exists()
