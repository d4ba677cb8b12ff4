"""The file that `config init` writes: every key, each with a word on what it is for.

`starter.toml` beside this module travels with the package; `config.example.toml` at the
top of the repository is the same file, where people look for it.
"""

from __future__ import annotations

from importlib.resources import files


def starter() -> bytes:
    """A settings file to begin with; it loads as it is."""
    return files("mcp_proxy.config").joinpath("starter.toml").read_bytes()
