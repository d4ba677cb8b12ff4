"""Worlds as they are shown to somebody who wants to try them: profiles, identities, commands.

Each system has its own: `integration.exhibit`, `scaimcp.exhibit`, `baseline.exhibit`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp_proxy.demo.world import World


class Exhibit(ABC):
    """One system's worlds, and what is needed to try them."""

    title: ClassVar[str]
    faults: ClassVar[Mapping[str, Mapping[str, Any]]]
    """What can be made to go wrong, by name."""
    tries: ClassVar[tuple[tuple[str, str], ...]]
    """What to type after `mcp-permit`, and what it shows."""
    deeds: ClassVar[tuple[tuple[str, str, str], ...]]
    """Deeds at the admin port of the first world: name, JSON, and what it does."""

    @abstractmethod
    def __init__(self, port: Callable[[int], int], faults: Mapping[str, Any]) -> None:
        """Make the worlds; `port` gives the wanted port or another, `faults` are attributes."""

    @property
    @abstractmethod
    def worlds(self) -> Mapping[str, World]:
        """By name; the first is the one to try first."""

    @abstractmethod
    def secrets(self) -> Mapping[str, str]:
        """Texts that lie in private files while they are up, by the name of the file."""

    @abstractmethod
    def profiles(self, place: Callable[[str], str]) -> str:
        """Profiles as TOML; `place` says where a secret lies."""

    def identities(self) -> list[tuple[str, str]]:
        """Who may come, and what each may do."""
        world = next(iter(self.worlds.values()))
        return [(each.name, each.description) for each in world.accounts.values()]
