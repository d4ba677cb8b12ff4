"""`mcp-permit demo SYSTEM`: worlds left up, for trying by hand and with a desktop program.

Their profiles go into a home of their own, which is gone with them; with `--keep` into the
person's own configuration. Secrets lie in private files. Ports are the same every time, unless
they are taken.
"""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
import sys
import tempfile
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from mcp_proxy.config.parse import parse_config
from mcp_proxy.config.paths import HOME_VARIABLE, paths
from mcp_proxy.demo.control import controlled
from mcp_proxy.demo.embedded import bound
from mcp_proxy.demo.faults import settings
from mcp_proxy.demo.profile import NAME, with_profiles
from mcp_proxy.demo.transcript import Transcript
from mcp_proxy.demo.world import quiet
from mcp_proxy.errors import ConfigError
from mcp_proxy.files import private_folder, read_private, write_private
from mcp_proxy.tokens.choice import encoded
from mcp_proxy.tokens.place import KEY_FILE
from mcp_proxy.tokens.vault import KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rich.console import Console

    from mcp_proxy.config.paths import Paths
    from mcp_proxy.demo.control import Control
    from mcp_proxy.demo.exhibit import Exhibit

_CURL_FILE = "demo-admin.curl"
"""Holds the token of the admin port, as curl reads it; words in argv can be seen by everybody."""


@contextmanager
def own_home(environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The environment of a home that is made for the demo and removed with it.

    The key of its vault lies in a file: one that is gone tomorrow has no business in a keyring.
    """
    with tempfile.TemporaryDirectory(prefix="mcp-permit-demo-") as folder:
        own = dict(environ) | {HOME_VARIABLE: folder}
        vault = private_folder(paths(own).vault)
        write_private(vault / KEY_FILE, encoded(os.urandom(KEY_BYTES)).encode())
        yield own


@contextmanager
def only_one(home: Paths) -> Iterator[None]:
    """Keep the profiles for one demo: a second would lead everybody away from the first.

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


async def show(
    console: Console, kind: type[Exhibit], *, keep: bool, faults: Sequence[str] = ()
) -> int:
    """Keep a system's worlds up until Ctrl-C; the exit code.

    Args:
        console: where it is told.
        kind: the system.
        keep: whether the profiles go into the person's own configuration.
        faults: how it misbehaves, by name.

    Raises:
        ConfigError: another one is kept already, or the configuration has mistakes.
    """
    quiet()
    transcript = Transcript(console)
    if keep:
        with only_one(paths(os.environ)):
            return await stay(transcript, os.environ, kind, faults=faults)
    with own_home(os.environ) as environ:
        return await stay(transcript, environ, kind, faults=faults)


async def stay(
    transcript: Transcript,
    environ: Mapping[str, str],
    kind: type[Exhibit],
    *,
    faults: Sequence[str] = (),
    port: Callable[[int], int] | None = None,
) -> int:
    """Keep a system's worlds up until Ctrl-C, misbehaving as `faults` say; the exit code.

    Args:
        transcript: where it is told.
        environ: says where the configuration is that the profiles go into.
        kind: the system.
        faults: by name.
        port: gives the wanted port or another one.

    Raises:
        ConfigError: the configuration has mistakes, or another profile of such a name.
        StoreError: a file cannot be written.
    """
    exhibit = kind(port or _free, settings(faults, kind.faults))
    async with AsyncExitStack() as stack:
        for world in exhibit.worlds.values():
            await stack.enter_async_context(world.up())
        home = paths(environ)
        _furnish(home, exhibit)
        control = await stack.enter_async_context(controlled(next(iter(exhibit.worlds.values()))))
        curl_file = home.state / _CURL_FILE
        write_private(curl_file, f'header = "Authorization: Bearer {control.token}"\n'.encode())
        _tell(transcript, exhibit, home, environ)
        _tell_of_admin(transcript, exhibit, control, curl_file)
        transcript.blank()
        transcript.good("All this is up until you press Ctrl-C")
        # Ctrl-C cancels the task that runs us (`asyncio.run`); ending is all that is wanted then.
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            transcript.blank()
    transcript.good("The gateway is down")
    return 0


def _furnish(home: Paths, exhibit: Exhibit) -> None:
    """Write the secrets, and the profiles that say where they lie."""
    folder = private_folder(home.state)
    for name, text in exhibit.secrets().items():
        write_private(folder / name, text.encode())
    private_folder(home.config_file.parent)
    before = (read_private(home.config_file) or b"").decode()
    profiles = exhibit.profiles(lambda name: f"@{folder / name}")
    found = with_profiles(before, profiles, where=str(home.config_file))
    write_private(home.config_file, found.encode())


def _tell(
    transcript: Transcript, exhibit: Exhibit, home: Paths, environ: Mapping[str, str]
) -> None:
    names = ", ".join(parse_config(exhibit.profiles(lambda _: "@there"), where="demo").profiles)
    gateways = [(name, world.url) for name, world in exhibit.worlds.items()]
    facts = [("profiles", f"{names} in {home.config_file}")]
    transcript.title(exhibit.title, [*gateways, *facts])
    transcript.step("Who may come")
    width = max(len(name) for name, _ in exhibit.identities())
    for name, description in exhibit.identities():
        transcript.plain(f"{name.ljust(width)}  {description}")
    if environ.get(HOME_VARIABLE) != os.environ.get(HOME_VARIABLE):
        transcript.step("In another terminal, so that your own configuration is left alone")
        transcript.quoted(f"export {HOME_VARIABLE}={shlex.quote(environ[HOME_VARIABLE])}")
    transcript.step("What to try")
    for words, shows in exhibit.tries:
        transcript.hidden(shows)
        transcript.quoted(f"{_shown()} {words}")
    transcript.step("For the configuration of a desktop program (Claude Desktop, Cursor, ...)")
    transcript.quoted(host_entry(environ))


def _tell_of_admin(
    transcript: Transcript, exhibit: Exhibit, control: Control, curl_file: Path
) -> None:
    transcript.step("Switches, at an admin port of its own")
    curl = f"curl -K {shlex.quote(str(curl_file))}"
    transcript.hidden("all switches, all deeds, and what was counted")
    transcript.quoted(f"{curl} {control.url}")
    for name, asked, shows in exhibit.deeds:
        transcript.hidden(shows)
        transcript.quoted(f"{curl} -d {shlex.quote(asked)} {control.url}deeds/{name}")


def host_entry(environ: Mapping[str, str]) -> str:
    """The lines of an `mcpServers` section; absolute paths, since hosts know no shell's PATH."""
    command, *words = _command()
    entry: dict[str, object] = {"command": command, "args": [*words, "serve", NAME]}
    if HOME_VARIABLE in environ:
        entry["env"] = {HOME_VARIABLE: environ[HOME_VARIABLE]}
    return json.dumps({"mcpServers": {f"permit-{NAME}": entry}}, indent=2)


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


def _free(port: int) -> int:
    """This port, or 0 for any where somebody has it."""
    try:
        bound(port).close()
    except OSError:
        return 0
    return port
