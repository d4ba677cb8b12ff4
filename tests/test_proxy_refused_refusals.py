"""All that is done about refusals, put together when it is needed."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.proxy.refused.aside import META
from refusing_world import audit, failed, listing, talk, told, words

if TYPE_CHECKING:
    from pathlib import Path

    from net_world import Gateway
    from relay_world import Client, Json

WHO = {"environment": "dev", "contact": "the desk"}

DENIED = {"code": "PERMISSION_DENIED", "message": "lacks models:manage"}
REGISTERED = {
    "error": {"error": DENIED},
    "bare": DENIED,
    "envelope": {"status": "error", "error": DENIED, "meta": {"request_id": "r-7"}},
}


@pytest.mark.parametrize("document", REGISTERED.values(), ids=REGISTERED)
@pytest.mark.parametrize("members", [{}, {"isError": True}])
def test_a_refusal_in_a_result_reaches_the_client_whole_and_explained(
    tmp_path: Path, document: Json, members: Json
) -> None:
    """systems.md §7.4, C11: original text kept, `isError` set, ours in front; audited as such."""

    async def story(client: Client, _gateway: Gateway) -> None:
        await client.tools()
        result = (await client.call("models_list", name="m"))["result"]
        assert result["isError"] is True
        ours, theirs = words(result)
        assert json.loads(theirs) == document
        assert ours.startswith("models_list needs a permission")
        assert "models:manage (PERMISSION_DENIED)" in ours
        assert "environment dev" in ours
        assert ours.endswith("Whom to ask: the desk.")
        assert result["_meta"][META]["gateway_code"] == "PERMISSION_DENIED"

    talk(
        tmp_path,
        story,
        {"preset": "scaimcp"} | WHO,
        tools_call=lambda message: told(message, document, **members),
        tools_list=listing("models_list"),
    )
    (row,) = audit(tmp_path)
    assert (row["outcome"], row["error_code"]) == ("refused-by-gateway", "PERMISSION_DENIED")
    assert row["request_id"] == ("r-7" if "meta" in document else None)
    assert (row["environment"], row["argument_names"]) == ("dev", ["name"])


def test_a_refusal_in_an_error_keeps_its_code_and_data(tmp_path: Path) -> None:
    """systems.md X17."""

    async def story(client: Client, _gateway: Gateway) -> None:
        error = (await client.call("look"))["error"]
        assert error["code"] == -32003
        assert error["data"]["code"] == "permission_denied"
        assert error["data"][META]["about"] == "argument"
        assert error["message"].endswith("The gateway's own words: not yours")

    talk(
        tmp_path,
        story,
        {},
        tools_call=lambda message: failed(
            message, {"code": -32003, "message": "not yours", "data": {"code": "permission_denied"}}
        ),
    )


def test_what_a_gateway_documents_as_an_answer_passes_to_the_byte(tmp_path: Path) -> None:
    """systems.md §7.2: `merge_conflict` passes unchanged and counts as no refusal."""
    conflict = {"success": False, "error": "merge_conflict", "message": "saved since"}

    async def story(client: Client, _gateway: Gateway) -> None:
        answer = await client.call("write_integration", id=1)
        (text,) = words(answer["result"])
        assert json.loads(text) == conflict
        assert set(answer["result"]) == {"content"}

    talk(
        tmp_path,
        story,
        {"preset": "integration-gateway"},
        tools_call=lambda message: told(message, conflict),
        tools_list=listing("write_integration"),
    )
    (row,) = audit(tmp_path)
    assert (row["outcome"], row["error_code"]) == ("failed", "merge_conflict")


def test_an_answer_without_a_refusal_is_not_touched(tmp_path: Path) -> None:
    """Ours."""

    async def story(client: Client, _gateway: Gateway) -> None:
        answer = await client.call("look")
        assert answer["result"] == {"content": [], "called": "look"}

    talk(tmp_path, story, {})
    assert [row["outcome"] for row in audit(tmp_path)] == ["answered"]


PARTS = ("behind", "counsel", "learnt", "rights")


def test_none_of_it_is_loaded_with_a_relay() -> None:
    """Ours: a start does not pay for refusals."""
    program = (
        "import sys, mcp_proxy.proxy.assembly;"
        "print([name for name in sys.modules if name.startswith('mcp_proxy.')])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    loaded = run.stdout.decode()
    assert "mcp_proxy.proxy.refused.refusals" in loaded
    assert [part for part in PARTS if f"'mcp_proxy.proxy.{part}'" in loaded] == []
    assert "'mcp_proxy.policy.refusals'" not in loaded
