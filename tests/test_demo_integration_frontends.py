"""The frontends tool."""

from __future__ import annotations

from typing import Any

import pytest

from demo_person import ask
from mcp_proxy.demo.integration.seed import fresh_instance

DESK = {"frontend": "loan-desk"}


def operate(action: str, instance: Any = None, **arguments: str) -> dict[str, Any]:
    return ask("frontend_operations", {"action": action, **arguments}, instance=instance)


def test_frontends_and_files_are_listed_and_read() -> None:
    """systems.md §1.5."""
    assert operate("list-frontends")["frontends"] == ["loan-desk"]
    assert operate("list-files", **DESK)["files"] == ["app.js", "index.html"]
    assert operate("get-file", **DESK, path="app.js")["content"] == "render();"


def test_a_frontend_is_created_filled_and_emptied() -> None:
    """systems.md §1.5."""
    instance = fresh_instance()
    assert operate("create-frontend", instance, frontend="new")["success"] is True
    put = operate("put-file", instance, frontend="new", path="a/b.txt", content="hello")
    assert put["size"] == 5
    assert operate("delete-file", instance, frontend="new", path="a/b.txt")["success"] is True
    assert instance.frontends["new"] == {}


@pytest.mark.parametrize("path", ["", "/etc/passwd", "a/../b", "..\\b", "a\0b", "\\\\host"])
def test_a_path_may_not_lead_out(path: str) -> None:
    """systems.md §1.5: not absolute, no NUL, no `..`."""
    assert operate("put-file", **DESK, path=path, content="x")["error"] == "invalid_path"


def test_what_is_not_there_is_not_found_and_what_is_there_not_made_again() -> None:
    """Ours."""
    assert operate("get-file", frontend="none", path="x")["error"] == "not_found"
    assert operate("get-file", **DESK, path="none")["error"] == "not_found"
    assert operate("create-frontend", **DESK)["error"] == "validation_error"
    assert operate("create-frontend")["error"] == "validation_error"
