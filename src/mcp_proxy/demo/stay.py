"""`mcp-permit demo --keep`: the world left up, for trying by hand and with a desktop program.

Writes the profile `demo` into the person's own configuration, and the client's secret beside the
other state, both private. The port is the same every time, unless it is taken.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import shlex
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from mcp_proxy.config.paths import HOME_VARIABLE
from mcp_proxy.demo.embedded import bound
from mcp_proxy.demo.integration.world import IntegrationWorld
from mcp_proxy.demo.profile import NAME, profile_text, with_profile
from mcp_proxy.errors import ConfigError
from mcp_proxy.files import private_folder, read_private, write_private

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mcp_proxy.config.paths import Paths
    from mcp_proxy.demo.integration.switches import IntegrationFaults
    from mcp_proxy.demo.transcript import Transcript

PORT = 6544
NEXT_COMMANDS = (
    f"login {NAME}",
    f"status {NAME}",
    f"tools {NAME} --all --why",
    f"call {NAME} list_integrations",
    f"tools {NAME} --offline",
)


@contextmanager
def only_one(home: Paths) -> Iterator[None]:
    """Keep the profile for one gateway: a second would lead everybody away from the first.

    Raises:
        ConfigError: one is up already.
    """
    lock = FileLock(private_folder(home.state) / "demo.lock", mode=0o600)
    try:
        with lock.acquire(timeout=0):
            yield
    except Timeout as error:
        raise ConfigError(
            f"A demo is up already, and the profile {NAME} leads to it",
            hint=f"Use that one (mcp-permit tools {NAME}), or end it first with Ctrl-C",
        ) from error


async def stay(
    transcript: Transcript,
    home: Paths,
    environ: Mapping[str, str],
    *,
    port: int = PORT,
    faults: IntegrationFaults | None = None,
) -> int:
    """Keep a world up until Ctrl-C, misbehaving as `faults` say; the exit code.

    Raises:
        ConfigError: the person's configuration has mistakes, or another profile `demo`.
        StoreError: a file cannot be written.
    """
    secret_file = private_folder(home.state) / "demo-client-secret"
    secret = (read_private(secret_file) or b"").decode() or secrets.token_urlsafe(24)
    write_private(secret_file, secret.encode())
    port = port if _is_free(port) else 0
    async with IntegrationWorld.start(
        port, client_secret=secret, consent="person", faults=faults
    ) as world:
        private_folder(home.config_file.parent)
        text = (read_private(home.config_file) or b"").decode()
        profile = profile_text(world, f"@{secret_file}")
        found = with_profile(text, profile, where=str(home.config_file))
        write_private(home.config_file, found.encode())
        _tell(transcript, world, home, environ)
        # Ctrl-C cancels the task that runs us (`asyncio.run`); ending is all that is wanted then.
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            transcript.blank()
    transcript.good(f"The gateway is down; the profile {NAME} is still there")
    return 0


def _tell(
    transcript: Transcript, world: IntegrationWorld, home: Paths, environ: Mapping[str, str]
) -> None:
    accounts = ", ".join(world.accounts)
    transcript.title(
        "An Integration Gateway, instance DEV, to try",
        [
            ("gateway", world.url),
            ("profile", f"{NAME} in {home.config_file}"),
            ("accounts", f"{accounts} (you choose on the consent page)"),
        ],
    )
    transcript.step("For the configuration of a desktop program (Claude Desktop, Cursor, ...)")
    transcript.quoted(host_entry(environ))
    transcript.step("The next five commands")
    transcript.quoted("\n".join(f"{_shown()} {words}" for words in NEXT_COMMANDS))
    transcript.blank()
    transcript.good("The gateway is up until you press Ctrl-C")


def host_entry(environ: Mapping[str, str]) -> str:
    """The lines of an `mcpServers` section; absolute paths, since hosts know no shell's PATH."""
    command, *words = _command()
    entry: dict[str, object] = {"command": command, "args": [*words, "serve", NAME]}
    if HOME_VARIABLE in environ:
        entry["env"] = {HOME_VARIABLE: environ[HOME_VARIABLE]}
    return json.dumps({"mcpServers": {f"ig-{NAME}": entry}}, indent=2)


def _command() -> list[str]:
    """How to start this program from anywhere."""
    script = shutil.which("mcp-permit", path=str(Path(sys.executable).parent))
    return [script] if script else [sys.executable, "-m", "mcp_proxy"]


def _shown() -> str:
    """How to start this program from here, as short as it can be typed."""
    if shutil.which("mcp-permit"):
        return "mcp-permit"
    script, *words = _command()
    here, place = Path.cwd(), Path(script)
    short = str(place.relative_to(here)) if place.is_relative_to(here) else script
    return shlex.join([short, *words])


def _is_free(port: int) -> bool:
    try:
        bound(port).close()
    except OSError:
        return False
    return True
