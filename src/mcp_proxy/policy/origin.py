"""Where a tool comes from, as far as its name says.

Pure. A gateway that collects the tools of other servers writes the server into the name:
`remote.tenant.notion-a1b2c3.search` (systems.md §3.5, SC-NAME), or plainly `github.search`.
"""

from __future__ import annotations

import re
from typing import Final

OWN: Final = ""
"""The origin of the gateway's own tools."""

_REMOTE: Final = re.compile(r"remote\.([^.]+)\.([^.]+)\..+", re.DOTALL)
_SHARED: Final = "tenant"


def origin(name: str) -> str:
    """The server that offers the tool of this real name; `OWN` for the gateway itself.

    A personal server is named without its owner: whoever reads a catalog need not learn
    somebody's user id.
    """
    if (found := _REMOTE.fullmatch(name)) is not None:
        owner, server = found.groups()
        return server if owner == _SHARED else f"{server} (personal)"
    return name.rpartition(".")[0].strip(".")
