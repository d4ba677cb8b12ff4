"""`mcp-permit serve`: what a desktop client launches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.cli.command import Command
from mcp_proxy.cli.start import start
from mcp_proxy.cli.target import TARGET_USAGE, add_gateway

if TYPE_CHECKING:
    import argparse


def _options(parser: argparse.ArgumentParser) -> None:
    add_gateway(parser, json=False)


COMMANDS = {
    "serve": Command(
        f"{TARGET_USAGE} [options]",
        "Serve a gateway's permitted tools on stdin and stdout, until stdin ends.",
        _options,
        start,
    )
}
