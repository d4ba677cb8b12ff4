from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.proxy.stdio import LineReader, LineWriter

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "chunks",
    [
        [b"one\ntwo\nthree\n"],
        [b"o", b"ne", b"\n", b"two\nth", b"ree\n"],
        [bytes([byte]) for byte in b"one\ntwo\nthree\n"],
        [b"one\r\ntwo\r\n\r\n", b"  three  \n"],
        [b"one\n\n\ntwo\nthree"],
    ],
)
def test_lines_are_whole_however_they_arrive(chunks: list[bytes]) -> None:
    """peers.md §8, behaviour 29: CRLF; ours: empty lines, a last line without its break."""
    told: list[bytes | str] = []
    reader = LineReader(told.append, lambda: told.append("end"))
    for chunk in chunks:
        reader.data_received(chunk)
    reader.connection_lost(None)
    assert told == [b"one", b"two", b"three", "end"]


def test_a_slow_reader_gets_everything_in_order() -> None:
    """Ours. More than a pipe holds, and nobody waits."""

    async def scenario() -> None:
        theirs, ours = os.pipe()
        writer = LineWriter(ours, lambda: None)
        lines = [b"%d:" % number + b"x" * 100_000 for number in range(20)]
        for line in lines:
            writer.write(line)
        taken = asyncio.create_task(asyncio.to_thread(read_all, theirs, sum(map(len, lines)) + 20))
        await writer.drain(20)
        whole = await taken
        os.close(theirs)
        os.close(ours)
        assert whole == b"".join(line + b"\n" for line in lines)

    asyncio.run(scenario())


def read_all(descriptor: int, length: int) -> bytes:
    """So many bytes from a pipe."""
    whole = b""
    while len(whole) < length:
        whole += os.read(descriptor, 1 << 20)
    return whole


def test_a_reader_that_is_gone_is_told_once_and_stops_nothing() -> None:
    """Ours. Whoever reads no more has hung up."""
    gone: list[str] = []

    async def scenario() -> None:
        theirs, ours = os.pipe()
        writer = LineWriter(ours, lambda: gone.append("gone"))
        os.close(theirs)
        for _ in range(3):
            writer.write(b"x" * 100_000)
        await writer.drain(20)
        os.close(ours)

    asyncio.run(scenario())
    assert gone == ["gone"]


def test_a_reader_that_hangs_is_not_waited_for() -> None:
    """Ours. A host that no longer reads cannot keep us from ending."""

    async def scenario() -> None:
        theirs, ours = os.pipe()
        writer = LineWriter(ours, lambda: None)
        writer.write(b"x" * 1_000_000)
        await writer.drain(0.05)
        asyncio.get_running_loop().remove_writer(ours)
        os.close(theirs)
        os.close(ours)

    asyncio.run(scenario())


def test_a_file_can_stand_in_for_the_pipe(tmp_path: Path) -> None:
    """Ours. `mcp-permit serve > file` loses nothing."""
    target = os.open(tmp_path / "out", os.O_WRONLY | os.O_CREAT, 0o600)
    writer = LineWriter(target, lambda: None)
    writer.write(b"one")
    writer.write(b"two")
    os.close(target)
    assert (tmp_path / "out").read_bytes() == b"one\ntwo\n"


ECHO = """
import asyncio, os, sys
from mcp_proxy.proxy.stdio import LineWriter, claim_stdout, read_lines

async def main():
    ended = asyncio.Event()
    writer = LineWriter(claim_stdout(), ended.set)
    print("a stray word")
    os.system("echo another")
    await read_lines(writer.write, ended.set)
    await ended.wait()
    await writer.drain(5)

asyncio.run(main())
"""


@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_only_lines_reach_stdout(tmp_path: Path, kind: str) -> None:
    """peers.md §8, behaviour 40: a `print` or a child cannot break the protocol."""
    said = tmp_path / "in"
    said.write_bytes(b'{"a":1}\n{"b":2}\n')
    with said.open("rb") as file:
        process = subprocess.run(
            [sys.executable, "-c", ECHO],
            stdin=file if kind == "file" else None,
            input=None if kind == "file" else said.read_bytes(),
            capture_output=True,
            timeout=30,
            check=True,
        )
    assert process.stdout == b'{"a":1}\n{"b":2}\n'
    assert sorted(process.stderr.split()) == [b"a", b"another", b"stray", b"word"]
