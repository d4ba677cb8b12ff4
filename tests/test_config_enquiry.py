"""The table `[enquiry]` of a preset."""

from __future__ import annotations

import pytest

from mcp_proxy.config.preset import parse_preset
from mcp_proxy.errors import ConfigError
from mcp_proxy.policy.enquiry import EmptyList, Enquiry, MatrixTool, ToolRegister

WHOLE = """
title = "Archive"
[resource.box]
arguments = ["box_id"]
[enquiry.matrix]
tool = "boxes"
rows = "/boxes"
name = "/label"
id = "/id"
rights = "/may"
on = "box"
source = "the door"
[enquiry.register]
path = "/admin/tools"
rows = ["", "/data"]
name = "/name"
permission = "/needs"
module = "/module"
[enquiry.empty]
causes = ["it is closed"]
besides = ["who_am_i"]
probe = "who_am_i"
[enquiry.relist]
build = "new_tool"
"""


def parsed(text: str) -> Enquiry:
    return parse_preset(text, where="archive.toml").enquiry


def test_all_that_may_be_asked_is_read() -> None:
    """docs/permissions.md."""
    assert parsed(WHOLE) == Enquiry(
        MatrixTool("boxes", "/boxes", "/label", "/id", "/may", "box"),
        ToolRegister("/admin/tools", ("", "/data"), "/name", "/needs", "/module"),
        EmptyList(("it is closed",), ("who_am_i",), "who_am_i"),
        (("build", "new_tool"),),
    )


def test_none_of_it_must_be_there() -> None:
    """Ours."""
    assert parsed('title = "x"') == Enquiry()
    short = 'title = "x"\n[enquiry.register]\npath = "/t"\nname = "/n"\npermission = "/p"'
    assert parsed(short).register == ToolRegister("/t", ("",), "/n", "/p")
    assert parsed('title = "x"\n[enquiry.empty]\ncauses = ["c"]').empty == EmptyList(("c",))


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ('on = "box"', 'on = "crate"', "enquiry.matrix.on"),
        ('rows = "/boxes"', 'rows = "boxes"', "enquiry.matrix.rows"),
        ('tool = "boxes"', "", "enquiry.matrix.tool"),
        ('tool = "boxes"', 'tol = "boxes"', "enquiry.matrix.tol"),
        ('path = "/admin/tools"', 'path = "//evil.example/tools"', "enquiry.register.path"),
        ('path = "/admin/tools"', 'path = "https://evil.example"', "enquiry.register.path"),
        ('rows = ["", "/data"]', 'rows = ["data"]', "enquiry.register.rows"),
        ('module = "/module"', 'module = "module"', "enquiry.register.module"),
        ('causes = ["it is closed"]', "causes = []", "enquiry.empty.causes"),
        ('build = "new_tool"', "build = 5", "enquiry.relist.build"),
    ],
)
def test_a_mistake_is_named_by_its_key(before: str, after: str, key: str) -> None:
    """Ours, as everywhere in settings; and a token stays on the gateway's own origin."""
    assert before in WHOLE
    with pytest.raises(ConfigError) as found:
        parsed(WHOLE.replace(before, after))
    assert found.value.key == key
