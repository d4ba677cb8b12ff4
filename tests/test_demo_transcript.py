"""How the demo tells what happens."""

from __future__ import annotations

import io

from rich.console import Console

from mcp_proxy.demo.transcript import Transcript


def told(*, encoding: str = "utf-8", width: int = 120) -> tuple[Transcript, io.BytesIO]:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    return Transcript(Console(file=stream, width=width, color_system=None)), raw


def everything(transcript: Transcript) -> None:
    transcript.title("A title", [("gateway", "http://127.0.0.1:1/"), ("profile", "demo")])
    transcript.step("First")
    transcript.good("one two " * 20)
    transcript.bad("refused")
    transcript.ask("a tool")
    transcript.hidden("a hidden one")
    transcript.plain("[not markup]")
    with transcript.waiting("nothing to see in a pipe"):
        transcript.step("Second")


def test_it_fits_eighty_columns_and_needs_no_colours() -> None:
    """Issue 2: short and good-looking, in a pipe as well."""
    transcript, raw = told()
    everything(transcript)
    lines = raw.getvalue().decode().splitlines()
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in raw.getvalue().decode()
    assert " 1  First" in [line.rstrip() for line in lines]
    assert " 2  Second" in [line.rstrip() for line in lines]
    assert any(line.strip() == "[not markup]" for line in lines)
    assert "nothing to see" not in raw.getvalue().decode()


def test_without_utf8_it_is_plain_ascii() -> None:
    """Ours: a C locale is no reason to fail."""
    transcript, raw = told(encoding="ascii")
    everything(transcript)
    assert "x refused" in raw.getvalue().decode("ascii")


def test_words_to_copy_are_never_broken() -> None:
    """Ours: a wrapped command cannot be pasted."""
    transcript, raw = told(width=40)
    transcript.quoted("x" * 100)
    assert "x" * 100 in raw.getvalue().decode()
