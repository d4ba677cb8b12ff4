"""The profiles that the demo writes into a configuration file.

Pure text. Checked by `config.parse` like everybody's file before it is written.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from mcp_proxy.config.parse import parse_config
from mcp_proxy.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    Values = Mapping[str, str | bool | list[str]]

NAME = "demo"
"""The first profile of every system, with which a person signs in; others begin with it."""

_BEGIN = "# ---- written by `mcp-permit demo --keep`; it replaces what stands down to the end mark"
_END = "# ---- end of what `mcp-permit demo --keep` has written"
_OURS = re.compile(rf"^{re.escape(_BEGIN)}\n.*?^{re.escape(_END)}\n?", re.MULTILINE | re.DOTALL)


def profile_text(name: str, values: Values, auth: Values, permissions: Values | None = None) -> str:
    """One profile; secrets only say where they lie (`env:…`, `@…`)."""
    tables = {
        f"profiles.{name}": values,
        f"profiles.{name}.auth": auth,
        f"profiles.{name}.permissions": permissions or {},
    }
    return "\n".join(_table(at, some) for at, some in tables.items() if some)


def _table(name: str, values: Values) -> str:
    # JSON strings, lists of them, true and false are TOML as well (TOML 1.0).
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in values.items()]
    return "".join([f"[{name}]\n", *lines])


def with_profiles(text: str, profiles: str, *, where: str) -> str:
    """A configuration file's text with the demo's profiles in it, in place of earlier ones.

    Raises:
        ConfigError: the file has mistakes, or a profile of such a name that somebody else wrote.
    """
    rest = _OURS.sub("", text)
    theirs = parse_config(rest, where=where).profiles
    for name in parse_config(profiles, where="demo").profiles:
        if name in theirs:
            raise ConfigError(
                f"{where} has a profile {name} that is not the demo's",
                key=f"profiles.{name}",
                hint="Give it another name, then start the demo again",
            )
    gap = "\n" if rest.strip() else ""
    found = f"{rest.rstrip()}\n{gap}" if rest.strip() else ""
    found += f"{_BEGIN}\n{profiles}{_END}\n"
    parse_config(found, where=where)
    return found
