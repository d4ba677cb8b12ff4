from __future__ import annotations

import inspect

import pytest

from mcp_proxy.proxy.crossings.legacy_host import LegacyHost
from mcp_proxy.proxy.crossings.modern_host import ModernHost
from mcp_proxy.proxy.crossings.sessions import Sessions
from mcp_proxy.proxy.gateway.crossroads import Crossroads
from mcp_proxy.proxy.gateway.side import Side, Way
from mcp_proxy.proxy.gateway.upstream import Upstream
from mcp_proxy.proxy.refused.patient import Patient


def face(protocol: type) -> list[str]:
    """What somebody with this face can be asked to do."""
    return [name for name in dir(protocol) if not name.startswith("_")]


def shape(function: object) -> tuple[bool, list[object]]:
    """What a caller must know of a method: whether to await it, and how to pass what."""
    assert callable(function)
    parameters = inspect.signature(function).parameters.values()
    # A wire may take more, for those who know it.
    needed: list[object] = [(one.name, one.kind) for one in parameters if one.default is one.empty]
    return inspect.iscoroutinefunction(function), needed


@pytest.mark.parametrize("side", [Crossroads, Patient])
@pytest.mark.parametrize("name", face(Side))
def test_the_relay_sees_one_face_and_no_eras(side: type, name: str) -> None:
    """Ours."""
    assert shape(getattr(side, name)) == shape(getattr(Side, name))


@pytest.mark.parametrize("way", [Upstream, LegacyHost, ModernHost, Sessions])
@pytest.mark.parametrize("name", face(Way))
def test_every_pair_of_eras_has_a_way_of_the_same_face(way: type, name: str) -> None:
    """Issue 5: all four pairs."""
    assert shape(getattr(way, name)) == shape(getattr(Way, name))
