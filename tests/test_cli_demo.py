"""`mcp-permit demo`. The tour itself is tested in test_demo_tour.py, on a port of its own."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

from mcp_proxy.cli.main import main
from mcp_proxy.demo.world import REDIRECT_URI

if TYPE_CHECKING:
    import pytest


def test_a_port_that_is_taken_is_said_before_anything_begins(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Ours. The documented redirect allows this one port only, and somebody has it."""
    with contextlib.ExitStack() as ours:
        # Whoever had it before us will do as well. The remains of a demo that has ended are nobody.
        with contextlib.suppress(OSError):
            ours.enter_context(socket.create_server(("127.0.0.1", 6545)))
        assert main(["demo"]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert ":6545" in REDIRECT_URI
    assert "6545" in err


def test_a_fault_that_there_is_not_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """peers.md behaviour 23."""
    assert main(["demo", "--fault", "no-such-fault"]) == 2
    assert "no-such-fault" in capsys.readouterr().err
