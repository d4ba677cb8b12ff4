"""A catalog as Markdown."""

from __future__ import annotations

from dataclasses import replace

from mcp_proxy.catalog.diff import difference
from mcp_proxy.catalog.markdown import code, markdown, plain
from sheet_world import CHANGED, SHEET, day


def test_the_document_tells_where_the_list_is_from_and_when_it_was_taken() -> None:
    """Ours."""
    text = markdown(SHEET, day)
    assert text.startswith("# bank\n")
    assert "- Environment: prod\n" in text
    assert "- Tools: 2 of 3 surfaced\n" in text
    assert "- Taken: day 1000, digest 0123456789ab\n" in text
    assert "Environment" not in markdown(replace(SHEET, environment=None), day)


def test_each_tool_has_its_state_its_call_and_its_arguments() -> None:
    """Ours."""
    text = markdown(SHEET, day)
    assert "### write\\_page\n\nread, write; hidden: prod permits read and debug." in text
    assert "`search(query: string, limit?: integer = 10, where?: object)`" in text
    assert "| `query` | `string` | What to look for |" in text
    assert "| `limit` (optional) | `integer` | at most 50. default 10 |" in text
    assert "## notion\\-a1b2c3\n" in text


def test_a_gateways_words_cannot_end_a_cell_or_a_code_span() -> None:
    """CommonMark 0.31 §6.1; GitHub's tables."""
    assert '| `where.a\\|b` (optional) | ``` "x\\|y" \\| "`z`" ``` |'.replace(
        "```", "``"
    ) in markdown(SHEET, day)
    assert code("") == "`  `"
    assert code("a ``b`` c") == "``` a ``b`` c ```"
    assert plain("a\n| b <i> `c`") == "a \\| b \\<i\\> \\`c\\`"


def test_what_changed_is_told_first() -> None:
    """systems.md X19."""
    text = markdown(CHANGED, day)
    assert "## What changed since day 500\n\n- new: `write_page`\n- gone: `gone*one`\n" in text
    assert "- changed: `search` (description, title, inputSchema, outputSchema)\n" in text
    assert "Nothing." in markdown(replace(CHANGED, changes=difference([], [])), day)
