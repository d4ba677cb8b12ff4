"""The words of MCP, checked against the schemas of the official package."""

from __future__ import annotations

import json
import re
from pathlib import Path

import mcp_types
import pytest

from mcp_proxy.wire import mcp
from mcp_proxy.wire.jsonrpc import parse, request


@pytest.mark.parametrize(
    ("method", "params", "era"),
    [
        ("initialize", {"protocolVersion": "2025-11-25"}, "legacy"),
        ("initialize", {"_meta": {mcp.META_PROTOCOL_VERSION: "2026-07-28"}}, "legacy"),
        ("server/discover", None, "modern"),
        ("tools/list", {"_meta": {mcp.META_PROTOCOL_VERSION: "2026-07-28"}}, "modern"),
        ("tools/list", {"_meta": {"progressToken": 1}}, "legacy"),
        ("tools/list", {"_meta": "io.modelcontextprotocol/protocolVersion"}, "legacy"),
        ("tools/list", {}, "legacy"),
        ("ping", None, "legacy"),
    ],
)
def test_the_era_of_a_message(method: str, params: dict[str, object] | None, era: str) -> None:
    """MCP 2026-07-28, Basic: modern requests name their revision in `_meta`."""
    assert mcp.era(parse(request(1, method, params))) == era


def test_params_that_are_an_array_are_legacy() -> None:
    """Ours: MCP knows no such params."""
    assert mcp.era(parse(b'{"jsonrpc":"2.0","id":1,"method":"m","params":["_meta"]}')) == "legacy"


def test_every_word_stands_in_the_official_schemas() -> None:
    """MCP 2024-11-05 to 2026-07-28, as the package `mcp-types` has them."""
    folder = Path(mcp_types.__file__).parent
    source = "".join(file.read_text("utf-8") for file in folder.rglob("*.py"))
    known = set(re.findall(r'"([^"\s]+)"', source)) | set(re.findall(r"\b(\w+Token)\b", source))
    words = {v for k, v in vars(mcp).items() if k.isupper() and isinstance(v, str)}
    words |= {*mcp.LEGACY_REVISIONS, *mcp.MODERN_REVISIONS}
    # Not in the types: the tag of a subscription is put there by the transport.
    assert words - known <= {mcp.META_SUBSCRIPTION_ID, mcp.META}


def test_revisions_are_in_their_order() -> None:
    """Ours: a revision is a date, so text sorts it."""
    assert list(mcp.LEGACY_REVISIONS) == sorted(mcp.LEGACY_REVISIONS)
    assert mcp.LEGACY_REVISIONS[-1] == mcp.LATEST_LEGACY < mcp.MODERN_REVISIONS[0]
    assert json.dumps(mcp.LATEST_LEGACY) == '"2025-11-25"'
