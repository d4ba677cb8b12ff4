"""README, docs and help say what the program does.

`python tests/test_docs.py` writes the help of every command into docs/cli.md.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mcp_proxy import errors
from mcp_proxy.cli.command import parse, parser_of
from mcp_proxy.cli.main import COMMANDS, command_of, overview
from mcp_proxy.cli.result import TOOL_ERROR
from mcp_proxy.config.parse import parse_config
from mcp_proxy.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
CLI = ROOT / "docs" / "cli.md"
SHARED = "\n\ngateway:\n"
"""Where in a command's help the options begin that all of them share; the page tells them once."""
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


def help_of(name: str) -> str:
    """The help of a command as a terminal of 80 columns shows it, without colours."""
    before = {key: os.environ.get(key) for key in ("COLUMNS", "NO_COLOR")}
    os.environ.update(COLUMNS="80", NO_COLOR="1")
    try:
        return parser_of(name, command_of(name)).format_help().strip()
    finally:
        for key, value in before.items():
            os.environ.pop(key) if value is None else os.environ.__setitem__(key, value)


def with_help(page: str) -> str:
    """docs/cli.md with the help of every command between its marks."""
    _, shared = help_of("serve").split(SHARED)
    told = {"overview": overview(), "gateway": SHARED.lstrip() + shared}
    told |= {name: help_of(name).replace(SHARED + shared, "") for name in COMMANDS}
    for name, text in told.items():
        before, mark, rest = page.partition(f"<!-- help: {name} -->\n")
        _, end, after = rest.partition("<!-- end -->")
        assert end, f"docs/cli.md has no place for {name}"
        page = f"{before}{mark}```text\n{text}\n```\n{end}{after}"
    return page


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", page, flags=re.DOTALL)


def typed(page: str) -> Iterator[list[str]]:
    """Every `mcp-permit ...` that a page has somebody type, in words."""
    lines = [line[2:] for block in blocks(page, "console") for line in block.splitlines()]
    inline = re.findall(r"`(mcp-permit [a-z][^`]*)`", page)
    for line in (*lines, *inline):
        words = shlex.split(line, comments=True)
        if words[:1] == ["mcp-permit"]:
            yield words[1:]


def test_the_page_of_commands_holds_their_help() -> None:
    """Ours. `python tests/test_docs.py` writes it anew."""
    assert CLI.read_text() == with_help(CLI.read_text())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_every_command_that_is_told_can_be_typed(page: Path) -> None:
    """Ours: options and all."""
    for name, *words in typed(page.read_text()):
        assert name in COMMANDS, f"{page.name} tells of {name}"
        parse(name, command_of(name), [word for word in words if word != "..."])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    """Ours."""
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} -> {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_every_target_of_make_that_is_told_is_there(page: Path) -> None:
    """Ours."""
    known = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    told = set(re.findall(r"`make ([a-z]+)`|\$ make ([a-z]+)", page.read_text()))
    assert {name for pair in told for name in pair if name} <= known


def test_the_two_commands_stand_first_in_the_readme() -> None:
    """Issue 2."""
    first = blocks(README, "console")[0].splitlines()
    assert [line.split("#")[0].strip() for line in first] == ["$ make demo", "$ make test"]


def test_settings_that_are_told_can_be_read() -> None:
    """Ours."""
    for page in PAGES:
        for block in blocks(page.read_text(), "toml"):
            assert parse_config(block, where=page.name).profiles


def test_the_configuration_of_a_host_launches_serve() -> None:
    """Ours: five lines to paste."""
    (block,) = blocks(README, "json")
    assert len(block.splitlines()) == 5
    (server,) = json.loads(block)["mcpServers"].values()
    assert server["command"] in project()["scripts"]
    assert server["args"][0] == "serve"
    parse("serve", command_of("serve"), server["args"][1:])


def test_exit_codes_are_those_of_the_errors() -> None:
    """Architecture §7."""
    told = dict(re.findall(r"^\| (\d) \| (.+?) \|", CLI.read_text(), flags=re.MULTILINE))
    kinds = [found for found in vars(errors).values() if isinstance(found, type)]
    codes = {kind.exit_code for kind in kinds if issubclass(kind, errors.PermitError)}
    assert set(map(int, told)) == codes | {0, TOOL_ERROR}


def test_the_changelog_begins_with_this_version() -> None:
    """Ours."""
    assert (
        re.findall(r"^## (\S+),", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)[0]
        == VERSION
    )


def test_the_house_is_described_as_it_is_built() -> None:
    """Ours: every room in the table, in the order that is checked."""
    from test_architecture import ORDER

    page = (ROOT / "docs" / "architecture.md").read_text()
    cells = re.findall(r"^\| (`.+?) \|", page, flags=re.MULTILINE)
    told = [room for cell in cells for room in re.findall(r"`(\w+)/?`", cell)]
    assert told == [room for room in ORDER.split() if room != "__main__"]


def test_the_map_names_every_room() -> None:
    """Ours."""
    from test_architecture import ORDER

    told = (ROOT / "src" / "mcp_proxy" / "__init__.py").read_text()
    rooms = [room for room in ORDER.split() if room != "__main__"]
    assert [room for room in rooms if not re.search(rf"\b{room}\b", told)] == []


def project() -> dict[str, dict[str, str]]:
    """The project's own description of itself."""
    found: dict[str, dict[str, str]] = tomllib.loads((ROOT / "pyproject.toml").read_text())[
        "project"
    ]
    return found


if __name__ == "__main__":
    CLI.write_text(with_help(CLI.read_text()))
