"""The `demo` profile: what the demo writes into a configuration file.

Pure text. Checked by `config.parse` like everybody's file before it is written.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from mcp_proxy.config.parse import parse_config
from mcp_proxy.errors import ConfigError

if TYPE_CHECKING:
    from mcp_proxy.demo.integration.world import IntegrationWorld

NAME = "demo"
DENIED = "delete_*"
_BEGIN = "# ---- written by `mcp-permit demo --keep`; it replaces what stands down to the end mark"
_END = "# ---- end of what `mcp-permit demo --keep` has written"
_OURS = re.compile(rf"^{re.escape(_BEGIN)}\n.*?^{re.escape(_END)}\n?", re.MULTILINE | re.DOTALL)


def profile_text(world: IntegrationWorld, secret: str) -> str:
    """The profile of `world`; `secret` says where the client's secret lies (`env:…`, `@…`)."""
    # A JSON string is a TOML basic string (TOML 1.0, String).
    url, client_id, redirect_uri, place = map(
        json.dumps, (world.url, world.client_id, world.redirect_uri, secret)
    )
    return f"""[profiles.{NAME}]
url = {url}

[profiles.{NAME}.auth]
client_id = {client_id}
client_secret = {place}
redirect_uri = {redirect_uri}

[profiles.{NAME}.permissions]
read_only = true
deny = ["{DENIED}"]
"""


def with_profile(text: str, profile: str, *, where: str) -> str:
    """A configuration file's text with the demo's profile in it, in place of an earlier one.

    Raises:
        ConfigError: the file has mistakes, or a profile of this name that somebody else wrote.
    """
    rest = _OURS.sub("", text)
    if NAME in parse_config(rest, where=where).profiles:
        raise ConfigError(
            f"{where} has a profile {NAME} that is not the demo's",
            key=f"profiles.{NAME}",
            hint="Give it another name, then start the demo again",
        )
    gap = "\n" if rest.strip() else ""
    found = f"{rest.rstrip()}\n{gap}" if rest.strip() else ""
    found += f"{_BEGIN}\n{profile}{_END}\n"
    parse_config(found, where=where)
    return found
