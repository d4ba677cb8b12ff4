"""The rules of the house (docs/architecture.md), checked."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "src" / "mcp_proxy"

ORDER = "values errors redact version wire oauth policy config files catalog audit tokens net login proxy doctor demo cli __main__"  # noqa: E501 - one line of data
"""All rooms, from the ground up: each may use those before it and itself."""

PURE = (
    "values errors redact version wire oauth policy"
    " config.model config.checks config.enquiry config.headers config.overrides config.parse"
    " config.preset config.secret config.table config.urls"
    " audit.row audit.question"
    " catalog.diff catalog.matrix catalog.model catalog.register catalog.sheet catalog.page"
    " catalog.markdown catalog.search catalog.signature"
    " login.person"
    " tokens.cachekey tokens.choice tokens.pause tokens.record tokens.vault"
    " proxy.refused.aside proxy.batch proxy.person.elicitation proxy.eras proxy.handshake"
    " proxy.host proxy.own_answers proxy.plan proxy.tools.shape proxy.gateway.status"
    " proxy.person.step_up proxy.tools.view proxy.person.waiting proxy.person.wish"
    " doctor.finding doctor.question"
    " cli.arguments cli.content cli.result"
    " demo.account demo.complaints demo.faults demo.granting demo.switches"
    " demo.baseline.calls demo.baseline.catalogue demo.baseline.consent demo.baseline.desk"
    " demo.baseline.documents demo.baseline.estate demo.baseline.grants demo.baseline.keys"
    " demo.baseline.navigation demo.baseline.orders demo.baseline.organisation"
    " demo.baseline.reading demo.baseline.refusals demo.baseline.signup"
    " demo.baseline.switches"
)
"""Rooms and modules of the floors 0 and 1, which think and never touch."""

TOUCHING = (
    "anyio asyncio concurrent contextvars ctypes datetime filelock getpass glob http httptools"
    " httpx2 io keyring logging multiprocessing os pathlib platform platformdirs random secrets"
    " select shutil signal socket socketserver ssl subprocess sys tempfile threading time"
    " urllib.request uuid"
)
"""What they must not import: clocks, chance, files, processes, the network."""

LONGEST = 300
"""Lines of a file; 150 is normal."""

MODULES = {
    ".".join(path.relative_to(HOUSE).with_suffix("").parts): path
    for path in sorted(HOUSE.rglob("*.py"))
}
"""Dotted names below mcp_proxy, `wire.__init__` included, and their files."""

WHOLE = {
    "architecture", "docs", "end_to_end", "end_to_end_baseline", "end_to_end_eras",
    "end_to_end_integration", "end_to_end_scaimcp", "end_to_end_streams", "presets",
}  # fmt: skip
"""Tests of the whole, which belong to no single file."""


def room(module: str) -> str:
    return module.partition(".")[0]


def is_pure(module: str) -> bool:
    return not _prefixes(module).isdisjoint(PURE.split())


def imported(path: Path) -> set[str]:
    """Full names of all that a file imports, wherever in it the import stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides where it goes"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _prefixes(name: str) -> set[str]:
    """`a.b.c` -> `a`, `a.b`, `a.b.c`."""
    parts = name.split(".")
    return {".".join(parts[:length]) for length in range(1, len(parts) + 1)}


def ours(names: set[str]) -> set[str]:
    """Our own modules among imported names, as keys of `MODULES`."""
    below = {name.removeprefix("mcp_proxy.") for name in names if name.startswith("mcp_proxy.")}
    # `from a.b import c`: c may be a module of the room a.b or a name in the module a.b.
    return {name if name in MODULES else name.rpartition(".")[0] for name in below}


def test_every_room_has_its_place_in_the_order() -> None:
    """Ours, docs/architecture.md."""
    assert {room(module) for module in MODULES} == {*ORDER.split(), "__init__"}


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_downwards_only(module: str) -> None:
    """Ours, docs/architecture.md. On one floor only inside the own room."""
    if module == "__init__":
        return
    order = ORDER.split()
    allowed = set(order[: order.index(room(module)) + 1])
    used = {room(name) for name in ours(imported(MODULES[module]))}
    assert used <= allowed, f"{module} reaches up to {used - allowed}"
    assert "demo" not in used or room(module) in {"demo", "cli"}, "the demo is a wing of the cli"


@pytest.mark.parametrize("module", [module for module in MODULES if is_pure(module)])
def test_pure_modules_touch_nothing(module: str) -> None:
    """Ours: time, randomness and the world are arguments of the floors 0 and 1."""
    names = imported(MODULES[module])
    touched = {name for name in names if not _prefixes(name).isdisjoint(TOUCHING.split())}
    assert not touched
    impure = {name for name in ours(names) if not is_pure(name)}
    assert not impure, "what it builds on touches the world"
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(MODULES[module].read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"open", "print", "input", "__import__"}


@pytest.mark.parametrize("module", [name for name in MODULES if name.endswith("__init__")])
def test_a_signpost_holds_only_its_words(module: str) -> None:
    """Ours: an `__init__` that imports makes every start pay for the whole room."""
    body = ast.parse(MODULES[module].read_text()).body
    assert len(body) == 1, "more than a docstring"
    assert isinstance(body[0], ast.Expr)
    assert isinstance(body[0].value, ast.Constant)
    assert len(str(body[0].value.value).split()) > 1 + ("." in module), "the signpost is blank"


@pytest.mark.parametrize("module", MODULES)
def test_a_file_fits_the_eye(module: str) -> None:
    """Ours."""
    assert len(MODULES[module].read_text().splitlines()) <= LONGEST


def test_every_source_file_has_its_test_file() -> None:
    """Ours: one file, one noun, one test; and no test of what is gone."""
    sources = {
        module.replace(".", "_")
        for module in MODULES
        if not module.endswith(("__init__", "__main__"))
    }
    tests = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    assert sources - tests == set(), "without a test file"
    assert tests - sources - WHOLE == set(), "tests of nothing"


HEAVY = {
    "anyio", "authlib", "cryptography", "filelock", "httpx2", "jsonschema", "keyring",
    "logging.config", "mcp", "mcp_proxy.demo", "mcp_proxy.login.browser",
    "mcp_proxy.oauth.discovery", "platformdirs", "pydantic", "rich", "starlette", "tomllib",
    "truststore",
}  # fmt: skip
"""What `serve URL` must not have loaded when it answers. A set of names, not a stopwatch."""

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


class _Gateway(BaseHTTPRequestHandler):
    """A gateway that wants no sign-in and knows one answer."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        result = {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "serverInfo": {"name": "stub", "version": "1"},
        }
        answer = {"jsonrpc": "2.0", "id": asked.get("id"), "result": result}
        body = json.dumps(answer).encode() if "id" in asked else b""
        self.send_response(200 if body else 202)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.send_error(405)

    def log_message(self, *_words: object) -> None:
        """Keep quiet."""


@contextmanager
def gateway() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Gateway)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/mcp"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_serve_answers_before_it_loads_what_costs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours. What costs and that `asyncio` does not bring anyway waits until it is needed."""
    monkeypatch.setenv("MCP_PERMIT_HOME", str(tmp_path))
    command = [sys.executable, "-X", "importtime", "-m", "mcp_proxy", "serve"]
    with gateway() as url, (tmp_path / "stderr").open("wb") as stderr:
        pipe = subprocess.PIPE
        with subprocess.Popen([*command, url], stdin=pipe, stdout=pipe, stderr=stderr) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(INITIALIZE).encode() + b"\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
    told = (tmp_path / "stderr").read_text()
    assert process.returncode == 0, told
    assert answer["result"]["serverInfo"]["name"] == "stub"
    # What came before is the interpreter's, and that of who measures coverage.
    _, ours_and_later = told.split("| mcp_proxy\n", maxsplit=1)
    loaded = set(re.findall(r"^import time:.*\| +(\S+)$", ours_and_later, flags=re.MULTILINE))
    assert "mcp_proxy.proxy.relay" in loaded
    assert loaded & HEAVY == set()
