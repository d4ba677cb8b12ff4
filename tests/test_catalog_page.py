"""A catalog as a page for a browser."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from typing import TYPE_CHECKING

from mcp_proxy.catalog.diff import difference
from mcp_proxy.catalog.page import page
from sheet_world import CHANGED, ENTRIES, SHEET, day

if TYPE_CHECKING:
    from mcp_proxy.catalog.sheet import Sheet


def page_of(sheet: Sheet) -> str:
    return page(sheet, day, "body{}", "void 0")


class Reader(HTMLParser):
    """What a browser would make of it: tags, their attributes, text."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "input"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_every_tag_that_opens_closes() -> None:
    """HTML, §13.1.2."""
    for sheet in (SHEET, CHANGED, replace(SHEET, entries=())):
        assert Reader(page_of(sheet)).open == []


def test_a_gateways_words_are_text_and_never_markup() -> None:
    """peers.md behaviour 27: what a gateway writes is data."""
    read = Reader(page_of(CHANGED))
    assert "</script><script>alert(1)</script>" in read.text
    assert [tag for tag, _ in read.tags].count("script") == 1
    assert "Search <everything>" in read.text


def test_nothing_is_loaded_and_nothing_but_our_own_script_runs() -> None:
    """Issue 7: no network, no script from elsewhere, CSP."""
    document = page_of(CHANGED)
    (policy,) = re.findall('Content-Security-Policy" content="([^"]+)"', document)
    for text, kind in (("body{}", "style"), ("void 0", "script")):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src &#x27;sha256-{digest}&#x27;" in policy
    assert policy.startswith("default-src &#x27;none&#x27;")
    attributes = {name for _, found in Reader(document).tags for name in found}
    assert attributes.isdisjoint({"src", "href", "style", "onclick"})


def test_tools_stand_by_origin_and_class_with_their_arguments() -> None:
    """Issue 7."""
    text = Reader(page_of(SHEET)).text
    assert text.index("The gateway's own tools") < text.index("notion-a1b2c3")
    assert "where.a|b" in text
    assert "default 10" in text
    assert "at most 50" in text
    assert "Desktop clients see it as notion_find." in text


def test_hidden_tools_say_why_and_what_they_need() -> None:
    """peers.md behaviour 26."""
    text = Reader(page_of(SHEET)).text
    assert "Hidden by the rule environment: prod permits read and debug." in text
    assert "Needs permission write." in text


def test_the_matrix_shows_what_each_environment_permits() -> None:
    """Issue 7: permission matrix by environment."""
    rows = re.findall(r"<tr><td><code>(.+?)</code></td>((?:<td .+?</td>)+)</tr>", page_of(SHEET))
    found = {name: re.findall('class="(yes|no)"', cells) for name, cells in rows}
    assert found["write_page"] == ["yes", "no"]
    plain = replace(SHEET, entries=tuple(replace(one, environments=()) for one in ENTRIES))
    assert "matrix" not in page_of(plain)


def test_what_changed_since_last_time_stands_first_word_for_word() -> None:
    """Issue 7: what changed since last time."""
    document = page_of(CHANGED)
    assert "since day 500" in document
    assert '<ins class="mono">write_page</ins> is new' in document
    assert '<del class="mono">gone*one</del> is gone' in document
    assert "<ins> &amp; files</ins>" in document
    nothing = replace(CHANGED, changes=difference([], []))
    assert "Nothing." in Reader(page_of(nothing)).text
    assert "What changed" not in page_of(SHEET)


def test_the_style_and_the_script_travel_with_the_package() -> None:
    """The script text cannot end its own element."""
    texts = [
        files("mcp_proxy.catalog").joinpath(f"page.{kind}").read_text() for kind in ("css", "js")
    ]
    assert all(text and "</" not in text for text in texts)
    assert "://" not in "".join(texts)
