from __future__ import annotations

import inspect

import pytest

from mcp_proxy.proxy.side import Side
from mcp_proxy.proxy.upstream import Upstream

FACE = [name for name in vars(Side) if not name.startswith("_")]


def shape(function: object) -> tuple[bool, list[tuple[str, object, object]]]:
    """What a caller must know of a method: whether to await it, and how to pass what."""
    assert callable(function)
    parameters = inspect.signature(function).parameters.values()
    return inspect.iscoroutinefunction(function), [
        (one.name, one.kind, one.default is one.empty)
        for one in parameters
        # A wire may take more, for those who know it.
        if one.default is one.empty
    ]


@pytest.mark.parametrize("side", [Upstream])
@pytest.mark.parametrize("name", FACE)
def test_everybody_who_speaks_for_the_gateway_has_the_same_face(side: type, name: str) -> None:
    """Ours: the relay does not know of eras."""
    assert shape(getattr(side, name)) == shape(getattr(Side, name))
