"""`mcp-permit demo`. The tour itself is tested in test_demo_tour.py, on a port of its own."""

from __future__ import annotations

import contextlib
import socket

import pytest

from mcp_proxy.cli.main import main
from mcp_proxy.demo.world import REDIRECT_URI


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


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--fault", "no-such-fault"], ("no-such-fault", "token-503")),
        (["--fault", "module-off"], ("module-off", "insufficient-scope")),
        (["scaimcp", "--fault", "anonymous-list"], ("anonymous-list", "module-off")),
        (["scaimcp", "--browser"], ("--browser", "tour")),
        (["scaigrid"], ("scaigrid", "scaimcp")),
    ],
)
def test_what_there_is_not_is_named_with_what_there_is(
    words: list[str], said: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """peers.md behaviour 23; a fault belongs to its system."""
    assert main(["demo", *words]) == 2
    complaint = capsys.readouterr().err
    assert all(each in complaint for each in said)


def test_help_tells_the_systems_and_their_faults(capsys: pytest.CaptureFixture[str]) -> None:
    """Issue 4."""
    with pytest.raises(SystemExit):
        main(["demo", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "gateway, scaimcp, stable-baseline" in told
    assert "module-off" in told
