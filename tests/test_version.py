from __future__ import annotations

from importlib.metadata import version

from mcp_proxy.version import VERSION


def test_the_program_and_its_package_have_one_version() -> None:
    """Ours. The build reads it from the same line."""
    assert version("mcp-permit") == VERSION
