"""What `serve` loads before its first answer: a set of names, not a stopwatch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from mcp_proxy.catalog.model import Snapshot
from mcp_proxy.catalog.store import CatalogStore
from mcp_proxy.config.model import Auth, Profile
from mcp_proxy.login.keys import catalog_key
from relay_world import home

if TYPE_CHECKING:
    from pathlib import Path

URL = "http://127.0.0.1:9/mcp"
RESULT = (
    b'{"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"far","version":"1"}}'
)
HELLO = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}\n'

LIGHT = """
    catalog catalog.model catalog.store cli cli.main cli.options cli.output cli.start cli.target
    config config.checks config.headers config.load config.model config.overrides config.paths
    config.secret config.urls errors files login login.keys oauth oauth.model policy policy.model
    policy.glob proxy proxy.handshake proxy.prologue proxy.tools proxy.tools.shape tokens
    tokens.cachekey tokens.pointer tokens.record values version wire wire.jsonrpc
    wire.jsontext wire.mcp wire.splice
"""
"""Our own modules that may be loaded when `initialize` is answered from a snapshot."""

LIGHT_OF_PYTHON = """
    __future__ collections contextlib copyreg enum errno fnmatch functools hashlib ipaddress
    itertools json keyword math ntpath operator pathlib re reprlib select types typing urllib
    warnings
"""
"""And those of the standard library. Each was looked at: one more is a millisecond more."""

PROGRAM = """
import sys
class Watch:
    before = set(sys.modules)
    def find_spec(self, name, *_more):
        if name == "asyncio":
            print(*sorted(set(sys.modules) - self.before), file=sys.stderr)
            sys.meta_path.remove(self)
sys.meta_path.insert(0, Watch())
from mcp_proxy.cli.main import main
sys.exit(main(["serve", *sys.argv[1:]]))
"""


def test_a_snapshot_is_told_before_anything_heavy_is_loaded(tmp_path: Path) -> None:
    """Issue 6: only what the first answer needs is imported before it; no event loop, no HTTP."""
    profile, place = Profile(URL, URL, auth=Auth(grant="bearer")), home(tmp_path)
    settled = {"2025-11-25": "2025-06-18"}
    seen = Snapshot(URL, "default", 1.0, "2025-06-18", RESULT, (), settled)
    CatalogStore(place.catalogs).write(catalog_key(profile, place), seen)
    own = {"MCP_PERMIT_HOME": str(tmp_path), "TOKEN": "secret"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, URL, "--token", "env:TOKEN", "--deny", "zzz*"],
        input=HELLO,
        capture_output=True,
        env=os.environ | own,
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout)["result"]["serverInfo"]["name"] == "far"
    loaded = done.stderr.decode().split()
    ours = {name.partition(".")[2] for name in loaded if name.startswith("mcp_proxy.")}
    assert ours == set(LIGHT.split())
    others = {name.partition(".")[0] for name in loaded} - {"mcp_proxy"}
    assert {name for name in others if not name.startswith("_")} <= set(LIGHT_OF_PYTHON.split())
