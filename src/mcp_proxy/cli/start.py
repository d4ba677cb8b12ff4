"""The deed of `serve`, however its options were read: answer first, load the rest behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.cli.target import chosen
from mcp_proxy.proxy import prologue

if TYPE_CHECKING:
    import argparse


def start(options: argparse.Namespace) -> int:
    """Serve the profile that `options` mean; the exit code.

    Raises:
        ConfigError: there is no such profile, or something in it is wrong.
    """
    profile, home = chosen(options, options.target)
    opening = prologue.begin(profile, home)
    # The event loop alone costs four starts of a bare interpreter.
    import asyncio  # noqa: PLC0415

    from mcp_proxy.proxy.serve import serve  # noqa: PLC0415

    return asyncio.run(serve(profile, home, opening))
