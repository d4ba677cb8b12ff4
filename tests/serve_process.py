"""`mcp-permit serve` as a desktop program launches it: a process, its pipes, its end."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from relay_world import PATIENCE, Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

LINE_LIMIT = 64 << 20
"""Bytes of the longest line that a test reads."""

END_SECONDS = 3.0
"""Within which a process must be gone: 2 s are promised (peers.md §8, behaviours 11 and 12),
one more is for a machine that is busy with other things."""

BROWSER = f"{sys.executable} -m mcp_proxy.demo.browser %s"


def surroundings(home: Path, **more: str) -> dict[str, str]:
    """The environment of a launched program: next to nothing, as from a desktop program."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in {"PATH", "PYTHONPATH", "SYSTEMROOT"} or name.startswith("COVERAGE")
    }
    own = {
        "MCP_PERMIT_HOME": str(home),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "BROWSER": BROWSER,
    }
    return kept | own | more


class Served(Client):
    """A desktop program in front of a launched `serve`; every line on stdout is checked."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        super().__init__()
        self.process = process
        self.relay = self  # type: ignore[assignment]  # what a `Client` sends to
        self._reading = asyncio.create_task(self._read())
        self._stderr = asyncio.create_task(self._hear())
        self.stderr = b""

    def receive(self, line: bytes) -> None:
        """Write one line to the process."""
        self.write(line + b"\n")

    def write(self, data: bytes) -> None:
        """Write bytes to the process."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)

    def hang_up(self) -> None:
        """Close its stdin."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    async def ended(self, within: float = END_SECONDS) -> int:
        """Its exit code, once it is gone and all it wrote is read."""
        async with asyncio.timeout(within):
            code = await self.process.wait()
        async with asyncio.timeout(PATIENCE):
            await self._reading
            await self._stderr
        return code

    async def _read(self) -> None:
        if self.process.stdout is None:
            return  # the test has a pipe or a file of its own for it
        async for line in self.process.stdout:
            assert json.loads(line)["jsonrpc"] == "2.0"
            self.deliver(line.rstrip(b"\n"))

    async def _hear(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.stderr += line
            self._news.set()


@asynccontextmanager
async def served(
    home: Path, *words: str, environ: dict[str, str] | None = None, **streams: Any
) -> AsyncIterator[Served]:
    """`mcp-permit serve WORDS…`; killed at the end of the block if it still runs."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mcp_proxy", "serve", *words),
        **({"stdin": pipe, "stdout": pipe, "stderr": pipe} | streams),
        limit=LINE_LIMIT,
        env=environ or surroundings(home),
    )
    client = Served(process)
    try:
        yield client
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        client._reading.cancel()
        client._stderr.cancel()
