from __future__ import annotations

import json
from typing import Any

import pytest

from mcp_proxy.proxy.host import IGNORED, Host
from mcp_proxy.wire import jsonrpc

M = "io.modelcontextprotocol/"
META = {f"{M}protocolVersion": "2026-07-28", f"{M}clientCapabilities": {}}
TOOLS = jsonrpc.notification("notifications/tools/list_changed", None)


class Listener(Host):
    """A host that keeps what it hears."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        super().__init__(self.lines.append)

    def hears(self, line: bytes) -> list[bytes]:
        """What comes of a line for it."""
        before = len(self.lines)
        self.say(line)
        return self.lines[before:]


def modern(method: str, **meta: Any) -> jsonrpc.Message:
    return jsonrpc.parse(jsonrpc.request(7, method, {"_meta": META | meta}))


def legacy(method: str, **params: Any) -> jsonrpc.Message:
    return jsonrpc.parse(jsonrpc.request(7, method, params))


def note(method: str) -> jsonrpc.Message:
    return jsonrpc.parse(jsonrpc.notification(method, None))


def hello() -> jsonrpc.Message:
    return legacy("initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo={})


def code(line: bytes | None) -> int:
    assert line is not None
    return int(json.loads(line)["error"]["code"])


def ack(subscription: int) -> bytes:
    told = {"_meta": {f"{M}subscriptionId": subscription}, "notifications": TOOLS_FILTER}
    return jsonrpc.notification("notifications/subscriptions/acknowledged", told)


TOOLS_FILTER = {"toolsListChanged": True}


def test_a_handshake_makes_a_legacy_host() -> None:
    """MCP 2026-07-28, Versioning: an `initialize` selects legacy semantics."""
    host = Listener()
    assert host.hear(hello()) is None
    assert host.era == "legacy"
    assert host.hear(legacy("tools/list")) is None
    assert host.stamp == {}


def test_a_request_with_an_envelope_makes_a_modern_host() -> None:
    """MCP 2026-07-28, Versioning. Requests of our own go in its name."""
    host = Listener()
    assert host.hear(modern("tools/list")) is None
    assert host.era == "modern"
    assert host.stamp == {"_meta": META}


def test_a_host_may_probe_and_then_go_either_way() -> None:
    """protocol.md §5.2: some shake hands after a good probe."""
    for then, era in ((hello(), "legacy"), (modern("tools/list"), "modern")):
        host = Listener()
        assert host.hear(modern("server/discover")) is None
        assert host.era == "probed"
        assert host.hear(modern("server/discover")) is None
        assert host.hear(then) is None
        assert host.era == era


def test_a_host_may_probe_after_the_handshake() -> None:
    """protocol.md §5.2: both orders."""
    host = Listener()
    host.hear(hello())
    assert host.hear(modern("server/discover")) is None
    assert host.hear(legacy("tools/list")) is None
    assert host.era == "legacy"


def test_what_is_refused_decides_nothing() -> None:
    """Ours: a probe in a revision of another time is followed by a handshake."""
    host = Listener()
    refusal = host.hear(modern("server/discover", **{f"{M}protocolVersion": "2031-01-01"}))
    assert code(refusal) == -32022
    assert code(host.hear(legacy("server/discover"))) == -32602
    assert code(host.hear(modern("ping"))) == -32601
    assert host.era == "unknown"
    assert host.hear(hello()) is None


def test_a_modern_host_must_say_so_with_each_request() -> None:
    """MCP 2026-07-28, Overview, `_meta`: -32602."""
    host = Listener()
    host.hear(modern("tools/list"))
    assert code(host.hear(legacy("tools/list"))) == -32602


def test_a_modern_host_does_not_go_back_to_a_handshake() -> None:
    """MCP 2026-07-28, Key Changes 2. With an envelope it is a method that is no more."""
    host = Listener()
    host.hear(modern("tools/list"))
    refusal = host.hear(hello())
    assert code(refusal) == -32022
    assert refusal is not None
    assert json.loads(refusal)["error"]["data"]["requested"] == "2025-11-25"
    assert code(host.hear(modern("initialize"))) == -32601
    assert host.era == "modern"


def test_a_handshake_is_one_even_with_an_envelope_around_it() -> None:
    """Ours: what asks for a revision shakes hands; what does not is no request of any era."""
    assert code(Listener().hear(modern("initialize"))) == -32601
    host = Listener()
    stamped = legacy("initialize", protocolVersion="2025-11-25", _meta=META)
    assert host.hear(stamped) is None
    assert host.era == "legacy"
    assert Listener().hear(jsonrpc.parse(b'{"jsonrpc":"2.0","id":7,"method":"initialize"}')) is None


def test_a_modern_host_sends_no_answers_and_settles_nothing() -> None:
    """MCP 2026-07-28, stdio: the client never writes responses."""
    answer = jsonrpc.parse(b'{"jsonrpc":"2.0","id":"g1","result":{}}')
    strange = [answer, note("notifications/initialized"), note("notifications/roots/list_changed")]
    host = Listener()
    assert [host.hear(message) for message in strange] == [None] * 3
    host.hear(modern("tools/list"))
    assert [host.hear(message) for message in strange] == [IGNORED] * 3
    assert host.hear(note("notifications/cancelled")) is None


def test_batches_come_only_where_they_were_agreed_upon() -> None:
    """MCP 2025-03-26, Overview, "Batching"; removed in 2025-06-18."""
    host = Listener()
    for version, may in (("2025-03-26", True), ("2025-06-18", False)):
        host.greeted(json.dumps({"protocolVersion": version}).encode())
        assert host.takes_batches is may
    host.greeted(b"{}")
    assert not host.takes_batches


def test_a_legacy_host_hears_everything_as_it_came() -> None:
    """Ours: bytes pass, and are not looked at."""
    host = Listener()
    host.hear(hello())
    for line in (TOOLS, b"anything", jsonrpc.request("g1", "ping", None)):
        assert host.hears(line) == [line]
    host.answered(7)
    assert host.farewell(b"{}") == []


def test_a_modern_host_hears_no_requests() -> None:
    """MCP 2026-07-28, stdio: MUST NOT. What cannot be judged may be one."""
    host = Listener()
    host.hear(modern("tools/list"))
    assert host.hears(jsonrpc.request("g1", "ping", None)) == []
    assert host.hears(b'{"jsonrpc":"2.0","method":"a","method":"b"}') == []


def test_a_modern_host_hears_of_changes_where_it_listens() -> None:
    """MCP 2026-07-28, Subscriptions."""
    host = Listener()
    host.hear(modern("tools/list"))
    assert host.hears(TOOLS) == []
    assert host.hears(ack(7)) == [ack(7)]
    (line,) = host.hears(TOOLS)
    assert json.loads(line)["params"]["_meta"] == {f"{M}subscriptionId": 7}
    host.answered(7)
    assert host.hears(TOOLS) == []


def test_who_listens_is_told_that_we_end() -> None:
    """MCP 2026-07-28, `SubscriptionsListenResult`."""
    host = Listener()
    host.hear(modern("tools/list"))
    host.say(ack(7))
    assert host.farewell(b'{"name":"g","version":"1"}') == [7]
    assert json.loads(host.lines[-1])["result"]["resultType"] == "complete"
    assert host.farewell(b"{}") == []


@pytest.mark.parametrize("message", [legacy("ping"), legacy("tools/list")])
def test_who_has_not_begun_is_not_refused_for_it_here(message: jsonrpc.Message) -> None:
    """Ours: whoever serves it says what is wrong with it."""
    host = Listener()
    assert host.hear(message) is None
    assert host.era == "unknown"
