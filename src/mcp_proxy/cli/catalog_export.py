"""`catalog export`: a page for a browser, Markdown for a wiki, JSON for a program."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_proxy.catalog.diff import difference
from mcp_proxy.catalog.markdown import markdown
from mcp_proxy.catalog.page import page
from mcp_proxy.cli.catalog_diff import earlier, seen
from mcp_proxy.cli.moment import written
from mcp_proxy.cli.output import document, raw_document, size
from mcp_proxy.cli.sheet import sheet_of, shown_tools, with_environments
from mcp_proxy.cli.tools import fits
from mcp_proxy.errors import ConfigError, StoreError
from mcp_proxy.values import replace

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from mcp_proxy.catalog.sheet import Sheet
    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths


def export(profile: Profile, home: Paths, words: Sequence[str], options: argparse.Namespace) -> int:
    """Write the catalog; the exit code."""
    if words:
        raise ConfigError(f"{words[0]} names no profile", hint="mcp-permit catalog --help")
    text = _written(_sheet(profile, home, options), options.format).encode()
    if options.output is None:
        raw_document(text.rstrip(b"\n"))
        return 0
    path = Path(options.output)
    try:
        path.write_bytes(text)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}", key="--output") from error
    if options.json:
        document({"file": str(path), "format": options.format, "bytes": len(text)})
    else:
        raw_document(f"{path}: {size(len(text))} of {options.format}".encode())
    return 0


def _sheet(profile: Profile, home: Paths, options: argparse.Namespace) -> Sheet:
    snapshot = seen(profile, home)
    sheet = with_environments(profile, sheet_of(profile, snapshot))
    entries = tuple(
        entry
        for entry in sheet.entries
        if fits(entry, options) and (options.all or entry.decision.allowed)
    )
    sheet = replace(sheet, entries=entries)
    try:
        before = earlier(profile, home, snapshot, options.since)
    except StoreError:
        if options.since is not None:
            raise
        return sheet  # the first list there ever was
    changes = difference(
        shown_tools(profile, before, all_of_them=options.all),
        shown_tools(profile, snapshot, all_of_them=options.all),
    )
    return replace(sheet, since=before.taken_at, changes=changes)


def _written(sheet: Sheet, kind: str) -> str:
    if kind == "json":
        return json.dumps(sheet.document(), ensure_ascii=False)
    if kind == "markdown":
        return markdown(sheet, written)
    folder = files("mcp_proxy.catalog")
    style, script = (folder.joinpath(f"page.{end}").read_text("utf-8") for end in ("css", "js"))
    return page(sheet, written, style, script)
