"""One tool on the screen: how it is called, what it takes, who decides over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.cli.output import Row, one_line, printable, say, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mcp_proxy.catalog.sheet import Entry
    from mcp_proxy.catalog.signature import Parameter


def show_tool(entry: Entry) -> None:
    """Print one tool with its signature, its arguments and the rule that decides."""
    say("")
    say(printable(entry.signature()))
    for text in filter(None, (entry.title, entry.description)):
        say(f"\n{printable(text)}")
    _show_members("Argument", entry.arguments())
    _show_members("Result", entry.results())
    say("")
    say("\n".join(_decided(entry)))


def _decided(entry: Entry) -> Iterator[str]:
    verb = "Surfaced" if entry.decision.allowed else "Hidden"
    yield f"{verb} by the rule {entry.decision.rule}: {entry.decision.reason}."
    yield f"Class {' or '.join(entry.classes)}."
    if entry.decision.needs:
        yield f"The gateway wants {entry.decision.needs}."
    if entry.origin:
        yield f"It comes from {printable(entry.origin)}."
    if entry.shown_as != entry.tool.name:
        yield f"Desktop clients see it as {entry.shown_as}."


def _show_members(heading: str, members: Sequence[Parameter]) -> None:
    if members:
        say("")
        table([heading, "Type", "What it is"], [*_rows(members, "")], wrap=True)


def _rows(members: Iterable[Parameter], within: str) -> Iterator[Row]:
    for one in members:
        name = f"{within}{one.name}"
        mark = "" if one.is_required else "?"
        yield Row((printable(f"{name}{mark}"), printable(one.type), one_line(_told(one))))
        yield from _rows(one.members, f"{name}.")


def _told(one: Parameter) -> str:
    default = [] if one.default is None else [f"default {one.default}"]
    description = " ".join(one.description.split()).rstrip(".")
    return ". ".join(filter(None, [description, one.limits, *default]))
