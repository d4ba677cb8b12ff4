"""`catalog show`: the tools as they were last listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.cli.tools import show_list

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths


def show(profile: Profile, home: Paths, words: Sequence[str], options: argparse.Namespace) -> int:
    """Print the list as `tools --offline` does; the exit code."""
    options.offline, options.why = True, False
    return show_list(profile, home, words, options)
